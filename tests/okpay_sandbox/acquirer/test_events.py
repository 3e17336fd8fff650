"""What the wallet is told by itself: signed, until it takes it, and sometimes twice."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import stripe

from okpay.doors.cli.listening import own_certificate
from okpay_sandbox.acquirer.records import Behaviour
from tests.okpay_sandbox.acquirer.client import Client, movement_of
from tests.okpay_sandbox.acquirer.listening import Listener, listening
from tests.okpay_sandbox.running import WEBHOOK_SECRET, running


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Client, Listener]]:
    """A client, and somebody who takes the events of its sandbox."""
    with (
        listening() as listener,
        running(tmp_path_factory.mktemp("events"), "--webhook-url", listener.url) as sandbox,
    ):
        yield Client(sandbox), listener


def about(listener: Listener, movement: str, count: int = 1, seconds: float = 15) -> list[stripe.Event]:
    """Wait for so many events of a movement, and return them."""

    def found(events: list[stripe.Event]) -> list[stripe.Event]:
        return [event for event in events if movement_of(charge_of(event)) == movement]

    return found(listener.wait_for(lambda events: len(found(events)) >= count, seconds))


def charge_of(event: stripe.Event) -> stripe.PaymentIntent:
    """Return the charge that an event is about."""
    charge = event.data.object
    assert isinstance(charge, stripe.PaymentIntent)
    return charge


def test_a_charge_is_told_with_a_signature_and_its_key(told: tuple[Client, Listener]) -> None:
    client, listener = told
    made = client.charge(Behaviour.SUCCEEDS, "told")
    (event,) = about(listener, "told")
    assert event.type == "payment_intent.succeeded"
    assert charge_of(event).id == made.id
    assert charge_of(event).status == "succeeded"
    assert event.request
    assert event.request.idempotency_key == "told"
    body, signed = listener.heard[-1]
    for changed, header in (
        (body.replace(b"1250", b"1251"), signed),
        (body, signed.replace("v1=", "v1=0")),
        (body, f"t={int(time.time()) + 1},{signed.partition(',')[2]}"),
    ):
        with pytest.raises(stripe.SignatureVerificationError):
            stripe.Webhook.construct_event(changed, header, WEBHOOK_SECRET)


def test_a_decline_and_its_end_are_told(told: tuple[Client, Listener]) -> None:
    client, listener = told
    with pytest.raises(stripe.CardError):
        client.charge(Behaviour.INSUFFICIENT, "told-declined")
    (failed,) = about(listener, "told-declined")
    assert failed.type == "payment_intent.payment_failed"
    error = charge_of(failed).last_payment_error
    assert error
    assert error.decline_code == "insufficient_funds"
    client.v1.payment_intents.cancel(charge_of(failed).id)
    assert about(listener, "told-declined", 2)[1].type == "payment_intent.canceled"


def test_a_lost_answer_is_told_all_the_same(told: tuple[Client, Listener]) -> None:
    client, listener = told
    with pytest.raises(stripe.APIConnectionError):
        client.charge(Behaviour.ANSWER_LOST, "told-lost")
    assert [event.type for event in about(listener, "told-lost")] == ["payment_intent.succeeded"]


def test_a_doubled_one_is_told_twice_under_one_id(told: tuple[Client, Listener]) -> None:
    client, listener = told
    client.charge(Behaviour.DOUBLED, "told-doubled")
    first, second = about(listener, "told-doubled", 2)
    assert first.id == second.id
    client.sandbox.set_switches(cards={"mode": "doubles"})
    try:
        client.charge(Behaviour.SUCCEEDS, "told-switched")
    finally:
        client.sandbox.set_switches(cards={"mode": "works"})
    assert len({event.id for event in about(listener, "told-switched", 2)}) == 1


def test_a_processing_charge_is_told_twice_as_it_goes_on(told: tuple[Client, Listener]) -> None:
    client, listener = told
    began = time.monotonic()
    client.charge(Behaviour.PROCESSING, "told-processing")
    assert about(listener, "told-processing")[0].type == "payment_intent.processing"
    # Nobody asks for it meanwhile.
    second = about(listener, "told-processing", 2, seconds=30)[1]
    assert 18 < time.monotonic() - began < 25
    assert second.type == "payment_intent.succeeded"
    assert charge_of(second).amount_received == 1250


def test_an_event_is_sent_until_it_is_taken(tmp_path: Path) -> None:
    with (
        listening(500, 302, 404) as listener,
        running(tmp_path, "--webhook-url", listener.url) as sandbox,
    ):
        Client(sandbox).charge(Behaviour.SUCCEEDS, "insisted")
        tries = about(listener, "insisted", 4, seconds=25)
        assert len({event.id for event in tries}) == 1
        time.sleep(1.5)
        assert len(listener.heard) == 4, "it was taken"


def test_a_wallet_with_a_certificate_of_its_own_is_told(tmp_path: Path) -> None:
    certificate = own_certificate(tmp_path, ["localhost", "127.0.0.1"])
    with (
        listening(certificate=certificate) as listener,
        running(tmp_path / "data", "--webhook-url", listener.url) as sandbox,
    ):
        Client(sandbox).charge(Behaviour.SUCCEEDS, "secured")
        assert len(about(listener, "secured")) == 1


def test_an_event_outlives_the_wallet_and_the_sandbox(tmp_path: Path) -> None:
    with listening() as listener:
        url = listener.url
    port = int(url.rpartition(":")[2].partition("/")[0])
    with running(tmp_path, "--webhook-url", url) as sandbox:
        made = Client(sandbox).charge(Behaviour.SUCCEEDS, "outlived")
        sandbox.kill()
    with listening(port=port) as listener, running(tmp_path, "--webhook-url", url):
        (event,) = about(listener, "outlived")
        assert charge_of(event).id == made.id
    with listening(port=port) as listener, running(tmp_path, "--webhook-url", url) as sandbox:
        Client(sandbox).charge(Behaviour.SUCCEEDS, "next")
        assert [movement_of(charge_of(found)) for found in about(listener, "next")] == ["next"]
        assert len(listener.heard) == 1, "what was taken is not sent again"
