"""What comes as an event of the acquirer: refused without effect, or a reason to ask the acquirer now."""

from __future__ import annotations

import hashlib
import hmac
import json
import time
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client
from pytest_django.fixtures import Settings

from okpay.base import clock
from okpay.base.ids import new_uuid7
from okpay.funding.actions.hear import LARGEST_EVENT_BYTES
from okpay.funding.models import TopUp
from okpay.movements.records import State
from tests.doors.web.funding.conftest import SECRET, Visitor, charge, visitor
from tests.doors.web.funding.test_top_ups import only_movement
from tests.okpay_sandbox.running import Running

LATER = timedelta(minutes=9)


def event(movement_id: object, kind: str = "payment_intent.succeeded", **charge: Any) -> bytes:
    """Return an event as the acquirer writes it."""
    about = {"id": "pi_1", "object": "payment_intent", "metadata": {"movement": str(movement_id)}, **charge}
    return json.dumps(
        {"id": "evt_1", "object": "event", "type": kind, "data": {"object": about}}, separators=(",", ":")
    ).encode()


def signed(body: bytes, *, secret: str = SECRET, at: int | None = None) -> str:
    """Return the header of the acquirer's signature."""
    stamp = int(time.time()) if at is None else at
    digest = hmac.new(secret.encode(), f"{stamp}.".encode() + body, hashlib.sha256).hexdigest()
    return f"t={stamp},v1={digest}"


def send(body: bytes, signature: str | None) -> HttpResponse:
    """Send it as a stranger from the network does: without session and form."""
    client = Client(headers={"host": "localhost"}, enforce_csrf_checks=True)
    headers = {} if signature is None else {"Stripe-Signature": signature}
    return client.post("/webhooks/acquirer", body, content_type="application/json", headers=headers)  # type: ignore[return-value]


@pytest.fixture
def waiting(outside: Running) -> tuple[Visitor, datetime]:
    """Somebody whose top-up's answer was lost, and when the acquirer is asked again."""
    anna = visitor()
    address = anna.draft(anna.add_card(outside, "4000000000008021"), "20")
    anna.client.post(address, {"fee": anna.fee(address)})
    charge()
    due_at = clock.now() + LATER
    TopUp.objects.filter(customer_id=anna.customer.id).update(due_at=due_at)
    return anna, due_at


def test_an_event_has_the_acquirer_asked_now(waiting: tuple[Visitor, datetime], outside: Running) -> None:
    anna, _ = waiting
    movement = only_movement(anna)
    (charge_id,) = [
        row["id"]
        for row in outside.ask(
            "/v1/payment_intents?limit=100", Authorization="Bearer sk_test_for_tests"
        ).json["data"]
        if row["metadata"].get("movement") == str(movement.id)
    ]
    body = event(movement.id, id=charge_id)
    for _ in range(3):
        assert send(body, signed(body)).status_code == 200
        assert only_movement(anna).state is State.UNKNOWN, "an event books nothing"
    charge()
    assert only_movement(anna).state is State.COMPLETED
    assert anna.maturing == 20_00
    assert send(body, signed(body)).status_code == 200
    charge()
    assert anna.maturing == 20_00


def test_an_event_that_says_paid_of_what_was_not_pays_nothing(outside: Running) -> None:
    anna = visitor()
    address = anna.draft(anna.add_card(outside, "4000000000000002"), "20")
    anna.client.post(address, {"fee": anna.fee(address)})
    movement = only_movement(anna)
    body = event(movement.id, status="succeeded", amount=20_20, currency="usd")
    assert send(body, signed(body)).status_code == 200
    charge()
    # The charge that it named is none of the acquirer's; what it is asked for decides.
    assert only_movement(anna).state is State.DECLINED
    assert anna.maturing == 0


def _forged(body: bytes) -> dict[str, str | None]:
    """Return headers that are not the acquirer's for this body and this moment."""
    now = int(time.time())
    right = signed(body)
    stamp, digest = right.split(",")
    return {
        "none": None,
        "empty": "",
        "nonsense": "x",
        "no time": digest,
        "no digest": stamp,
        "empty digest": f"{stamp},v1=",
        "truncated": right[:-1],
        "one digit more": right + "0",
        "upper case": f"{stamp},{digest.upper()}",
        "another secret": signed(body, secret="whsec_other"),
        "an empty secret": signed(body, secret=""),
        "another body": signed(body + b" "),
        "old": signed(body, at=now - 301),
        "very old": signed(body, at=0),
        "from the future": signed(body, at=now + 310),
        "two times": f"{stamp},t={now - 1},{digest[:]}",
        "a time of letters": f"t=now,{digest}",
        "a time of other digits": f"t=１２３,{digest}",
        "a long time": f"t={'9' * 400},{digest}",
        "an old scheme": f"{stamp},{digest.replace('v1', 'v0')}",
        "many digests": stamp + ",v1=" + ",v1=".join(["0" * 64] * 11),
        "letters that are none": f"{stamp},v1={'é' * 64}",
    }


@pytest.mark.parametrize("name", list(_forged(b"")))
def test_a_forged_event_is_refused_and_changes_nothing(waiting: tuple[Visitor, datetime], name: str) -> None:
    anna, due_at = waiting
    body = event(only_movement(anna).id)
    header = _forged(body)[name]
    if header is not None and not header.isascii():
        header = header.encode().decode("latin-1")
    answer = send(body, header)
    assert answer.status_code == 400, answer.content
    row = TopUp.objects.get(customer_id=anna.customer.id)
    assert (row.due_at, row.charge_id) == (due_at, "")


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", 422),
        (b"[]", 422),
        (b"{", 422),
        (b"null", 422),
        (b'{"object":"event"}', 422),
        (b'{"object":"event","type":7}', 422),
        (b'{"object":"event","type":"payment_intent.succeeded","type":"payment_intent.succeeded"}', 422),
        (event("not-an-id"), 422),
        (event(""), 422),
        (event(7, metadata=None), 422),
        (event(7, metadata={}), 422),
        (event(new_uuid7(), id=""), 422),
        (event(new_uuid7(), id="p" * 256), 422),
        (event(new_uuid7(), id=["pi_1"]), 422),
        (event(new_uuid7()), 404),
        (b"[" * 5000 + b"]" * 5000, 422),
        (b" " * (LARGEST_EVENT_BYTES + 1), 413),
    ],
)
def test_a_signed_event_that_says_nothing_to_us_is_refused(
    outside: Running, body: bytes, status: int
) -> None:
    assert send(body, signed(body)).status_code == status


def test_an_event_about_something_else_is_heard_and_left(waiting: tuple[Visitor, datetime]) -> None:
    anna, due_at = waiting
    for kind in ("charge.refunded", "payout.paid", "payment_intent.created"):
        body = event(only_movement(anna).id, kind)
        assert send(body, signed(body)).status_code == 200
    assert TopUp.objects.get(customer_id=anna.customer.id).due_at == due_at


def test_of_two_signatures_one_must_be_right(waiting: tuple[Visitor, datetime]) -> None:
    anna, due_at = waiting
    body = event(only_movement(anna).id)
    stamp, digest = signed(body).split(",")
    header = f"{stamp},v1={'0' * 64},{digest}, v0={'1' * 64}"
    assert send(body, header).status_code == 200
    assert TopUp.objects.get(customer_id=anna.customer.id).due_at != due_at


def test_without_a_secret_nothing_is_believed(outside: Running, settings: Settings) -> None:
    settings.ACQUIRER_WEBHOOK_SECRET = ""
    body = event(new_uuid7())
    assert send(body, signed(body, secret="")).status_code == 400


def test_it_takes_posts_only(outside: Running) -> None:
    client = Client(headers={"host": "localhost"})
    for method in ("get", "put", "delete", "head"):
        assert getattr(client, method)("/webhooks/acquirer").status_code == 405
