"""The acquirer by HTTP: the part of Stripe's API that we use, as Stripe and the sandbox speak it.

Source: Stripe API reference, PaymentIntents, Checkout Sessions in mode `setup`, PaymentMethods, idempotent requests.
"""

from __future__ import annotations

import calendar
import contextlib
import http.client
import ssl
from collections.abc import Iterator, Mapping
from datetime import date, datetime
from typing import Any
from urllib.parse import quote, urlencode, urlsplit
from uuid import UUID

from okpay.base.errors import InvalidInput
from okpay.base.ids import parse_uuid
from okpay.base.money import Money
from okpay.base.patience import at_most
from okpay.base.strict_json import parse_json
from okpay.funding.providers.protocol import (
    NO_SUCH_CHARGE,
    AcquirerUnavailable,
    Charge,
    ChargeAnswer,
    ChargeOrder,
    FoundCard,
    OpenPage,
    Outcome,
    PageOrder,
)

CALL_SECONDS = 20.0
"""How long one call may take in all."""
STEP_SECONDS = 10.0
"""How long one read or write of it may wait."""
LARGEST_ANSWER_BYTES = 1_000_000
PAGE = 100
_DECLINES = {
    "insufficient_funds": "card_insufficient_funds",
    "expired_card": "card_expired",
    "incorrect_cvc": "card_code_wrong",
    "invalid_cvc": "card_code_wrong",
    "processing_error": "card_error",
}
_HOPELESS = {
    "amount_too_small": "card_error",
    "amount_too_large": "card_error",
    "resource_missing": "card_removed",
    "payment_method_unexpected_state": "card_removed",
}
"""Errors that no later call will get over: this one was turned away before it began."""
_STATES = {
    "succeeded": Outcome.SUCCEEDED,
    "processing": Outcome.PROCESSING,
    "requires_payment_method": Outcome.DECLINED,
    "requires_action": Outcome.DECLINED,
    "canceled": Outcome.DECLINED,
}
_LOCALES = {"en": "en", "zh-hans": "zh"}


class _NotConnected(Exception):
    """No connection was made, so nothing was sent."""


class HttpAcquirer:
    """An acquirer at an address, with a key."""

    def __init__(
        self, url: str, key: str, *, step_seconds: float = STEP_SECONDS, call_seconds: float = CALL_SECONDS
    ) -> None:
        parts = urlsplit(url)
        self._secure, self._host, self._port = parts.scheme == "https", parts.hostname or "", parts.port
        self._base = parts.path.rstrip("/")
        self._headers = {
            "Authorization": f"Bearer {key}",
            "Accept": "application/json",
            "Connection": "close",
        }
        self._step, self._call = step_seconds, call_seconds

    def open_page(self, order: PageOrder) -> OpenPage:
        """Open a page for one card; see `Acquirer`."""
        fields = {
            "mode": "setup",
            "currency": order.currency.lower(),
            "success_url": order.success_url,
            "cancel_url": order.cancel_url,
            "client_reference_id": str(order.id),
            "locale": _LOCALES.get(order.language, "en"),
        }
        answer = self._read("POST", "/v1/checkout/sessions", fields, key=f"page-{order.id}")
        url = _text(answer, "url")
        if not url.startswith(("https://", "http://")):
            raise AcquirerUnavailable("garbled")
        return OpenPage(_text(answer, "id"), url)

    def read_card(self, session_id: str) -> FoundCard | None:
        """Return the card typed on a page; see `Acquirer`."""
        path = f"/v1/checkout/sessions/{quote(session_id, safe='')}?expand[]=setup_intent"
        session = self._read("GET", path)
        setup = session.get("setup_intent")
        token = setup.get("payment_method") if isinstance(setup, dict) else None
        if session.get("status") != "complete" or not isinstance(token, str):
            return None
        card = self._read("GET", f"/v1/payment_methods/{quote(token, safe='')}").get("card")
        if not isinstance(card, dict):
            raise AcquirerUnavailable("garbled")
        month, year = card.get("exp_month"), card.get("exp_year")
        last4 = _text(card, "last4")
        if (
            type(month) is not int
            or type(year) is not int
            or not 1 <= month <= 12
            or not 2000 <= year <= 9999
        ):
            raise AcquirerUnavailable("garbled")
        if len(last4) != 4 or not last4.isascii() or not last4.isdigit():
            raise AcquirerUnavailable("garbled")
        expires_on = date(year, month, calendar.monthrange(year, month)[1])
        return FoundCard(token, _text(card, "brand")[:20], last4, expires_on, _text(card, "fingerprint")[:64])

    def forget_card(self, token: str) -> None:
        """Have a card forgotten; see `Acquirer`."""
        self._read("POST", f"/v1/payment_methods/{quote(token, safe='')}/detach", {})

    def charge(self, order: ChargeOrder) -> ChargeAnswer:
        """Charge a card; see `Acquirer`."""
        fields = {
            "amount": str(order.amount.minor),
            "currency": order.amount.currency.lower(),
            "payment_method": order.token,
            "confirm": "true",
            "capture_method": "automatic",
            "off_session": "true",
            "description": order.description,
            "metadata[movement]": str(order.id),
        }
        try:
            status, answer = self._exchange("POST", "/v1/payment_intents", fields, key=str(order.id))
        except _NotConnected:
            return ChargeAnswer(Outcome.NOT_SENT, code="unreachable")
        except (OSError, http.client.HTTPException):
            return ChargeAnswer(Outcome.UNKNOWN, code="answer_lost")
        return _charge_answer(status, answer, order)

    def ask(self, charge_id: str, order: ChargeOrder) -> ChargeAnswer:
        """Ask what became of a charge; see `Acquirer`."""
        try:
            status, answer = self._exchange("GET", f"/v1/payment_intents/{quote(charge_id, safe='')}")
        except (_NotConnected, OSError, http.client.HTTPException):
            return ChargeAnswer(Outcome.UNKNOWN, charge_id, "answer_lost")
        if status == 404:
            return ChargeAnswer(Outcome.UNKNOWN, code=NO_SUCH_CHARGE)
        if status != 200:
            return ChargeAnswer(Outcome.UNKNOWN, charge_id, f"status_{status}")
        return _intent(answer, order)

    def charges(self, *, since: datetime) -> Iterator[Charge]:
        """Yield the acquirer's charges; see `Acquirer`."""
        after = ""
        while True:
            query = {"limit": str(PAGE), "created[gte]": str(int(since.timestamp()))}
            if after:
                query["starting_after"] = after
            answer = self._read("GET", f"/v1/payment_intents?{urlencode(query)}")
            rows = answer.get("data")
            if not isinstance(rows, list):
                raise AcquirerUnavailable("garbled")
            for row in rows:
                yield _charge(row)
                after = _text(row, "id")
            if not answer.get("has_more") or not rows:
                return

    def _read(
        self, method: str, target: str, fields: Mapping[str, str] | None = None, key: str = ""
    ) -> dict[str, Any]:
        try:
            status, answer = self._exchange(method, target, fields, key=key)
        except (_NotConnected, OSError, http.client.HTTPException):
            raise AcquirerUnavailable("unreachable") from None
        if status != 200 or answer is None:
            raise AcquirerUnavailable(f"status_{status}")
        return answer

    def _exchange(
        self, method: str, target: str, fields: Mapping[str, str] | None = None, key: str = ""
    ) -> tuple[int, dict[str, Any] | None]:
        headers = dict(self._headers)
        body = None
        if fields is not None:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
            body = urlencode(fields).encode()
        if key:
            headers["Idempotency-Key"] = key
        with at_most(self._call) as patience, self._connected() as connection:
            patience.watch(connection.sock)
            connection.request(method, self._base + target, body=body, headers=headers)
            with contextlib.closing(connection.getresponse()) as response:
                content = response.read(LARGEST_ANSWER_BYTES)
                if patience.is_over:
                    raise TimeoutError
                return response.status, _parsed(content)

    @contextlib.contextmanager
    def _connected(self) -> Iterator[http.client.HTTPConnection]:
        connection = http.client.HTTPConnection(self._host, self._port, timeout=self._step)
        if self._secure:
            trusted = ssl.create_default_context()
            connection = http.client.HTTPSConnection(
                self._host, self._port, timeout=self._step, context=trusted
            )
        try:
            try:
                connection.connect()
            except OSError:
                raise _NotConnected from None
            yield connection
        finally:
            connection.close()


def _parsed(content: bytes) -> dict[str, Any] | None:
    try:
        answer = parse_json(content)
    except InvalidInput:
        return None
    return answer if isinstance(answer, dict) else None


def _text(answer: Mapping[str, Any], name: str) -> str:
    value = answer.get(name)
    if not isinstance(value, str) or not value:
        raise AcquirerUnavailable("garbled")
    return value


def _charge_answer(status: int, answer: dict[str, Any] | None, order: ChargeOrder) -> ChargeAnswer:
    """Return what an answer means. What cannot be read may have been done all the same."""
    if status == 200:
        return _intent(answer, order)
    error = answer.get("error") if answer else None
    error = error if isinstance(error, dict) else {}
    intent = error.get("payment_intent")
    charge_id = intent.get("id", "") if isinstance(intent, dict) else ""
    if status == 402 and error.get("type") == "card_error":
        return ChargeAnswer(Outcome.DECLINED, str(charge_id), _decline_of(error))
    if status == 429:
        return ChargeAnswer(Outcome.NOT_SENT, code="too_many_requests")
    if status in (400, 404) and error.get("code") in _HOPELESS:
        return ChargeAnswer(Outcome.HOPELESS, code=_HOPELESS[error["code"]])
    if status in (401, 403, 404) or (status == 400 and error.get("type") == "invalid_request_error"):
        return ChargeAnswer(Outcome.MISCONFIGURED, code=f"status_{status}")
    # 409 is another call under the same key, not answered yet; a redirect is not followed with our key.
    return ChargeAnswer(Outcome.UNKNOWN, code=f"status_{status}")


def _intent(answer: dict[str, Any] | None, order: ChargeOrder) -> ChargeAnswer:
    if answer is None or not isinstance(answer.get("id"), str):
        return ChargeAnswer(Outcome.UNKNOWN, code="garbled")
    charge_id: str = answer["id"]
    metadata = answer.get("metadata")
    movement = metadata.get("movement") if isinstance(metadata, dict) else None
    found = (answer.get("amount"), answer.get("currency"), movement)
    if found != (order.amount.minor, order.amount.currency.lower(), str(order.id)):
        return ChargeAnswer(Outcome.UNKNOWN, code=NO_SUCH_CHARGE)
    outcome = _STATES.get(str(answer.get("status")), Outcome.UNKNOWN)
    error = answer.get("last_payment_error")
    return ChargeAnswer(outcome, charge_id, _decline_of(error) if outcome is Outcome.DECLINED else "")


def _decline_of(error: Any) -> str:
    """Return which of our reasons an error of a card is; what the card's bank says goes before what Stripe does."""
    if isinstance(error, dict):
        for said in (error.get("decline_code"), error.get("code")):
            if isinstance(said, str) and said in _DECLINES:
                return _DECLINES[said]
    return "card_declined"


def _charge(row: Any) -> Charge:
    if not isinstance(row, dict) or type(row.get("amount")) is not int:
        raise AcquirerUnavailable("garbled")
    metadata = row.get("metadata")
    order_id: UUID | None = None
    if isinstance(metadata, dict):
        with contextlib.suppress(InvalidInput):
            order_id = parse_uuid(metadata.get("movement", ""))
    outcome = _STATES.get(str(row.get("status")), Outcome.UNKNOWN)
    return Charge(_text(row, "id"), order_id, outcome, Money(row["amount"], _text(row, "currency").upper()))
