"""An acquirer out of its mind: whatever it answers, our module never guesses whether a card was charged."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from okpay.base.ids import new_uuid7
from okpay.base.money import Money
from okpay.funding.providers.acquirer import LARGEST_ANSWER_BYTES, HttpAcquirer
from okpay.funding.providers.protocol import AcquirerUnavailable, ChargeOrder, Outcome, PageOrder

ORDER = ChargeOrder(new_uuid7(), "pm_1", Money(20_00, "USD"), "Top-up")
CALL_SECONDS = 1.0


class Mad:
    """A server that answers every call in one way."""

    def __init__(self) -> None:
        self.status, self.body, self.location = 200, b"", ""
        self.trickles = False
        self.heard: list[str] = []
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def _answer(self) -> None:
                outer.heard.append(self.path)
                self.rfile.read(int(self.headers.get("Content-Length") or 0))
                self.send_response(outer.status)
                if outer.location:
                    self.send_header("Location", outer.location)
                self.send_header("Content-Length", str(len(outer.body)))
                self.end_headers()
                try:
                    for byte in outer.body if outer.trickles else ():
                        self.wfile.write(bytes([byte]))
                        self.wfile.flush()
                        time.sleep(0.05)
                    if not outer.trickles:
                        self.wfile.write(outer.body)
                except OSError:
                    return

            do_GET = do_POST = _answer  # noqa: N815

            def log_message(self, *_: Any) -> None:
                """Say nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)
        self._thread.start()
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def stop(self) -> None:
        """Stop listening."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


@pytest.fixture
def mad() -> Iterator[Mad]:
    """A mad acquirer."""
    server = Mad()
    yield server
    server.stop()


def intent(**changes: Any) -> bytes:
    """Return a charge that succeeded for our order, but for some changes."""
    right = {
        "id": "pi_1",
        "object": "payment_intent",
        "status": "succeeded",
        "amount": 20_00,
        "currency": "usd",
        "metadata": {"movement": str(ORDER.id)},
    }
    return json.dumps({**right, **changes}).encode()


def test_the_right_answer_is_believed(mad: Mad) -> None:
    mad.body = intent()
    assert HttpAcquirer(mad.url, "key").charge(ORDER).outcome is Outcome.SUCCEEDED


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (200, b""),
        (200, b"OK"),
        (200, b"[]"),
        (200, b"null"),
        (200, b"{}"),
        (200, b"\xff\xfe"),
        (200, intent()[:-1]),
        (200, intent(id=None)),
        (200, intent(id=7)),
        (200, intent(status=None)),
        (200, intent(status="requires_confirmation")),
        (200, intent(status="a_state_of_next_year")),
        (200, intent(amount=20_01)),
        (200, intent(amount="2000")),
        (200, intent(amount=2000.5)),
        (200, intent(currency="eur")),
        (200, intent(currency=None)),
        (200, intent(metadata={})),
        (200, intent(metadata=None)),
        (200, intent(metadata={"movement": str(new_uuid7())})),
        (200, intent(padding="x" * LARGEST_ANSWER_BYTES)),
        (200, intent().replace(b"{", b'{"status": "requires_payment_method", ', 1)),
        (201, intent()),
        (204, b""),
        (400, b"{}"),
        (402, b"{}"),
        (402, b'{"error": {"type": "api_error"}}'),
        (402, b'{"error": "card_error"}'),
        (409, b'{"error": {"type": "idempotency_error", "code": "idempotency_key_in_use"}}'),
        (400, b'{"error": {"type": "idempotency_error"}}'),
        (500, intent()),
        (502, b"<html>Bad gateway</html>"),
        (503, b""),
    ],
)
def test_what_says_nothing_certain_is_unknown(mad: Mad, status: int, body: bytes) -> None:
    mad.status, mad.body = status, body
    assert HttpAcquirer(mad.url, "key").charge(ORDER).outcome is Outcome.UNKNOWN
    assert HttpAcquirer(mad.url, "key").ask("pi_1", ORDER).outcome is Outcome.UNKNOWN


def test_a_redirect_is_not_followed_with_our_key(mad: Mad) -> None:
    mad.status, mad.location = 307, f"{mad.url}/elsewhere"
    assert HttpAcquirer(mad.url, "key").charge(ORDER).outcome is Outcome.UNKNOWN
    assert mad.heard == ["/v1/payment_intents"]


def test_a_trickle_ends_in_time(mad: Mad) -> None:
    mad.trickles, mad.body = True, intent(padding="x" * 10_000)
    begun = time.monotonic()
    assert HttpAcquirer(mad.url, "key", call_seconds=CALL_SECONDS).charge(ORDER).outcome is Outcome.UNKNOWN
    assert time.monotonic() - begun < CALL_SECONDS + 1


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"{}",
        b'{"id": 7, "url": "https://x"}',
        b'{"id": "cs_1"}',
        b'{"id": "cs_1", "url": "javascript:alert(1)"}',
        b'{"id": "cs_1", "url": "/account"}',
    ],
)
def test_a_page_needs_a_name_and_an_address(mad: Mad, body: bytes) -> None:
    mad.body = body
    with pytest.raises(AcquirerUnavailable):
        HttpAcquirer(mad.url, "key").open_page(PageOrder(new_uuid7(), "http://x", "http://x", "USD", "en"))


def test_a_name_cannot_lead_to_another_address(mad: Mad) -> None:
    mad.status = 404
    with pytest.raises(AcquirerUnavailable):
        HttpAcquirer(mad.url, "key").read_card("../payment_intents?x=1#")
    HttpAcquirer(mad.url, "key").ask("pi_1/cancel", ORDER)
    assert mad.heard == [
        "/v1/checkout/sessions/..%2Fpayment_intents%3Fx%3D1%23?expand[]=setup_intent",
        "/v1/payment_intents/pi_1%2Fcancel",
    ]
