"""Stripe's own library against the sandbox: whoever uses it there can use it here, failures included."""

from __future__ import annotations

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pytest
import stripe

from okpay_sandbox.acquirer.records import Behaviour
from tests.okpay_sandbox.acquirer.client import (
    NUMBERS,
    WALLET,
    Client,
    add_card,
    enter,
    library,
    movement_of,
    open_page,
    page_of,
)
from tests.okpay_sandbox.running import ACQUIRER_KEY, Running, running

DECLINES = {
    Behaviour.DECLINED: ("card_declined", "generic_decline"),
    Behaviour.INSUFFICIENT: ("card_declined", "insufficient_funds"),
    Behaviour.EXPIRED: ("expired_card", "expired_card"),
    Behaviour.WRONG_CODE: ("incorrect_cvc", "incorrect_cvc"),
    Behaviour.ERROR: ("processing_error", "processing_error"),
    Behaviour.AUTHENTICATION: ("authentication_required", "authentication_required"),
}


@pytest.fixture(scope="module")
def known(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    """A client with a sandbox of these tests."""
    with running(tmp_path_factory.mktemp("acquirer")) as sandbox:
        yield Client(sandbox)


@pytest.fixture
def client(known: Client) -> Iterator[Client]:
    """The client, without failures before and after."""
    yield known
    known.sandbox.set_switches(cards={"mode": "works"})
    known.sandbox.ask("/control/v1/rates", "PUT", b"{}")


@contextmanager
def failing(sandbox: Running, mode: str, **more: object) -> Iterator[None]:
    """Run the body with the failure switch of cards set."""
    assert sandbox.set_switches(cards={"mode": mode, **more}).status == 200
    try:
        yield
    finally:
        sandbox.set_switches(cards={"mode": "works"})


def test_a_session_is_opened_completed_and_read(client: Client) -> None:
    session = open_page(client.sandbox, client_reference_id="card-1", metadata={"person": "7"})
    assert session.id.startswith("cs_test_")
    assert session.status == "open"
    assert session.url
    assert session.url.startswith(f"{client.sandbox.url}/")
    assert session.expires_at - session.created == 30 * 60
    before = client.v1.checkout.sessions.retrieve(session.id, {"expand": ["setup_intent"]})
    assert isinstance(before.setup_intent, stripe.SetupIntent)
    assert before.setup_intent.payment_method is None
    answer = enter(client.sandbox, page_of(session), "5555 5555 5555 4444", expiry="07/2031")
    assert answer.headers["location"] == f"{WALLET}/cards/done?session={session.id}"
    after = client.v1.checkout.sessions.retrieve(session.id, {"expand": ["setup_intent.payment_method"]})
    assert (after.status, after.url, after.client_reference_id) == ("complete", None, "card-1")
    assert after.metadata
    assert after.metadata["person"] == "7"
    assert isinstance(after.setup_intent, stripe.SetupIntent)
    method = after.setup_intent.payment_method
    assert isinstance(method, stripe.PaymentMethod)
    assert method.card
    assert (method.card.brand, method.card.last4, method.card.exp_month, method.card.exp_year) == (
        "mastercard", "4444", 7, 2031,
    )  # fmt: skip


def test_a_card_is_known_again_and_let_go(client: Client) -> None:
    first, again, other = (
        client.v1.payment_methods.retrieve(add_card(client.sandbox, number))
        for number in ("4111111111111111", "4111 1111-1111 1111", "4012888888881881")
    )
    assert first.card
    assert again.card
    assert other.card
    assert first.id != again.id
    assert first.card.fingerprint == again.card.fingerprint
    assert first.card.fingerprint != other.card.fingerprint
    client.v1.payment_methods.detach(first.id)
    with pytest.raises(stripe.InvalidRequestError) as refused:
        client.charge(Behaviour.SUCCEEDS, "detached", payment_method=first.id)
    assert refused.value.http_status == 400
    assert client.charges_of("detached") == []
    assert client.v1.payment_methods.retrieve(first.id).card


def test_a_charge_succeeds_and_is_found(client: Client) -> None:
    made = client.charge(Behaviour.SUCCEEDS, "plain", description="Top-up")
    assert (made.status, made.amount, made.amount_received, made.currency) == ("succeeded", 1250, 1250, "usd")
    assert movement_of(made) == "plain"
    assert client.v1.payment_intents.retrieve(made.id).status == "succeeded"
    assert [one.id for one in client.charges_of("plain")] == [made.id]


@pytest.mark.parametrize(("behaviour", "codes"), DECLINES.items())
def test_a_decline_is_a_card_error_with_its_charge(
    client: Client, behaviour: Behaviour, codes: tuple[str, str]
) -> None:
    for _ in range(2):
        # Asking again under the key is answered with the same decline.
        with pytest.raises(stripe.CardError) as declined:
            client.charge(behaviour, f"decline-{behaviour}")
        error = declined.value
        assert error.http_status == 402
        assert error.error
        assert (error.code, error.error.decline_code) == codes
        assert error.error.payment_intent
        assert error.error.payment_intent.status == "requires_payment_method"
        failed = error.error.payment_intent.id
    (only,) = client.charges_of(f"decline-{behaviour}")
    assert only.id == failed
    assert only.last_payment_error
    assert only.last_payment_error.code == codes[0]
    assert client.v1.payment_intents.cancel(only.id).status == "canceled"
    with pytest.raises(stripe.InvalidRequestError) as refused:
        client.v1.payment_intents.cancel(only.id)
    assert refused.value.code == "payment_intent_unexpected_state"


def test_the_same_key_answers_the_same_and_charges_once(client: Client) -> None:
    first, again = (client.charge(Behaviour.SUCCEEDS, "replayed") for _ in range(2))
    assert again.id == first.id
    assert again.last_response
    assert again.last_response.headers["Idempotent-Replayed"] == "true"
    assert first.last_response
    assert "Idempotent-Replayed" not in first.last_response.headers
    assert again.last_response.body == first.last_response.body
    assert len(client.charges_of("replayed")) == 1


def test_a_key_stands_for_one_order_only(client: Client) -> None:
    client.charge(Behaviour.SUCCEEDS, "reused")
    for more in ({"amount": 1251}, {"description": "other"}, {"currency": "eur"}):
        with pytest.raises(stripe.IdempotencyError) as refused:
            client.charge(Behaviour.SUCCEEDS, "reused", **more)
        assert refused.value.http_status == 400
    with pytest.raises(stripe.IdempotencyError):
        client.v1.refunds.create({"payment_intent": "pi_x"}, {"idempotency_key": "reused"})
    (only,) = client.charges_of("reused")
    assert only.amount == 1250


def test_an_order_that_was_never_begun_leaves_its_key_free(client: Client) -> None:
    for more in ({"amount": 0}, {"currency": "xyz"}, {"payment_method": "pm_none"}, {"confirm": False}):
        with pytest.raises(stripe.InvalidRequestError):
            client.charge(Behaviour.SUCCEEDS, "corrected", **more)
    assert client.charge(Behaviour.SUCCEEDS, "corrected").status == "succeeded"
    assert len(client.charges_of("corrected")) == 1


def test_a_lost_answer_and_a_retry_are_one_charge(client: Client) -> None:
    with pytest.raises(stripe.APIConnectionError):
        client.charge(Behaviour.ANSWER_LOST, "lost")
    (only,) = client.charges_of("lost")
    assert only.status == "succeeded"
    assert client.charge(Behaviour.ANSWER_LOST, "lost").id == only.id
    # The library's own retry finds it as well.
    made = client.charge(Behaviour.ANSWER_LOST, "lost-retried", by=library(client.sandbox, retries=2))
    assert [one.id for one in client.charges_of("lost-retried")] == [made.id]


def test_a_doubled_answer_is_one_charge_and_spoils_no_later_call(client: Client) -> None:
    first = client.charge(Behaviour.DOUBLED, "doubled")
    # On the same connection, if the library kept it.
    later = client.charge(Behaviour.SUCCEEDS, "after-doubled")
    assert (movement_of(first), movement_of(later)) == ("doubled", "after-doubled")
    assert len(client.charges_of("doubled")) == 1


def test_a_slow_charge_keeps_its_key_in_use(client: Client) -> None:
    client.card(Behaviour.SLOW)
    started = time.monotonic()
    with ThreadPoolExecutor() as pool:
        first = pool.submit(client.charge, Behaviour.SLOW, "slow")
        time.sleep(1)
        with pytest.raises(stripe.StripeError) as refused:
            client.charge(Behaviour.SLOW, "slow")
        assert refused.value.http_status == 409
        assert "idempotency_key_in_use" in str(refused.value.http_body)
        made = first.result(30)
    assert 8 <= time.monotonic() - started < 12
    assert client.charge(Behaviour.SLOW, "slow").id == made.id
    assert len(client.charges_of("slow")) == 1


def test_a_processing_charge_succeeds_later(client: Client) -> None:
    made = client.charge(Behaviour.PROCESSING, "processing")
    assert (made.status, made.amount_received) == ("processing", 0)
    with pytest.raises(stripe.InvalidRequestError):
        client.v1.payment_intents.cancel(made.id)
    with pytest.raises(stripe.InvalidRequestError):
        client.v1.refunds.create({"payment_intent": made.id})
    deadline = time.monotonic() + 30
    while client.v1.payment_intents.retrieve(made.id).status == "processing":
        assert time.monotonic() < deadline
        time.sleep(0.5)
    assert client.v1.payment_intents.retrieve(made.id).status == "succeeded"
    # The key still has the answer of then.
    assert client.charge(Behaviour.PROCESSING, "processing").status == "processing"


def test_twenty_at_once_under_one_key_are_one_charge(client: Client) -> None:
    client.card(Behaviour.SUCCEEDS)

    def one(_: int) -> str:
        patient = library(client.sandbox, retries=5)
        return client.charge(Behaviour.SUCCEEDS, "at-once", by=patient).id

    with ThreadPoolExecutor(20) as pool:
        made = set(pool.map(one, range(20)))
    assert made == {charged.id for charged in client.charges_of("at-once")}
    assert len(made) == 1


def test_a_refund_gives_back_no_more_than_was_charged(client: Client) -> None:
    made = client.charge(Behaviour.SUCCEEDS, "refunded", amount=100)
    part = client.v1.refunds.create({"payment_intent": made.id, "amount": 60}, {"idempotency_key": "back-1"})
    assert (part.amount, part.status, part.payment_intent) == (60, "succeeded", made.id)
    again = client.v1.refunds.create({"payment_intent": made.id, "amount": 60}, {"idempotency_key": "back-1"})
    assert again.id == part.id
    for amount in (41, 0, -1):
        with pytest.raises(stripe.InvalidRequestError):
            client.v1.refunds.create({"payment_intent": made.id, "amount": amount})
    assert client.v1.refunds.create({"payment_intent": made.id}).amount == 40
    with pytest.raises(stripe.InvalidRequestError) as refused:
        client.v1.refunds.create({"payment_intent": made.id, "amount": 1})
    assert refused.value.code == "charge_already_refunded"


def test_charges_are_listed_newest_first_and_by_pages(client: Client) -> None:
    before = int(time.time())
    made = [client.charge(Behaviour.SUCCEEDS, f"listed-{number}").id for number in range(5)]
    page = client.v1.payment_intents.list({"limit": 2, "created": {"gte": before}})
    assert [one.id for one in page.data] == [made[4], made[3]]
    assert page.has_more
    after = client.v1.payment_intents.list({"limit": 2, "starting_after": made[3]})
    assert [one.id for one in after.data] == [made[2], made[1]]
    assert client.v1.payment_intents.list({"created": {"gte": int(time.time()) + 60}}).data == []
    for limit in (0, 101):
        with pytest.raises(stripe.InvalidRequestError):
            client.v1.payment_intents.list({"limit": limit})


@pytest.mark.parametrize(
    ("currency", "amount"), [("jpy", 9_999_999), ("idr", 2_000_000_000), ("vnd", 500_000_000)]
)
def test_currencies_with_large_numbers_can_be_charged(client: Client, currency: str, amount: int) -> None:
    made = client.charge(Behaviour.SUCCEEDS, f"large-{currency}", amount, currency=currency)
    assert (made.amount, made.currency) == (amount, currency)


def test_what_is_not_there_or_not_ours_is_refused_as_the_library_knows_it(client: Client) -> None:
    for ask in (
        client.v1.payment_intents.retrieve, client.v1.payment_methods.retrieve, client.v1.checkout.sessions.retrieve,
    ):  # fmt: skip
        with pytest.raises(stripe.InvalidRequestError) as refused:
            ask("nothing")
        assert (refused.value.http_status, refused.value.code) == (404, "resource_missing")
    with pytest.raises(stripe.InvalidRequestError) as refused:
        client.charge(Behaviour.SUCCEEDS, "unknown", payment_method_data={"type": "card"})
    assert refused.value.code == "parameter_unknown"
    for key in ("sk_test_another", f"{ACQUIRER_KEY}x"):
        with pytest.raises(stripe.AuthenticationError):
            client.charge(Behaviour.SUCCEEDS, "unauthorized", by=library(client.sandbox, key=key))
    assert client.charges_of("unauthorized") == []


def test_an_outage_refuses_everything_and_charges_nothing(client: Client) -> None:
    with failing(client.sandbox, "refuses"):
        with pytest.raises(stripe.APIError) as refused:
            client.charge(Behaviour.SUCCEEDS, "outage")
        assert refused.value.http_status == 503
        with pytest.raises(stripe.APIError):
            client.v1.payment_intents.list()
    assert client.charges_of("outage") == []
    assert client.charge(Behaviour.SUCCEEDS, "outage").status == "succeeded"


def test_with_the_switch_every_answer_about_money_is_lost(client: Client) -> None:
    with failing(client.sandbox, "answer_lost"):
        for _ in range(2):
            with pytest.raises(stripe.APIConnectionError):
                client.charge(Behaviour.SUCCEEDS, "switched")
        (only,) = client.charges_of("switched")
    assert client.charge(Behaviour.SUCCEEDS, "switched").id == only.id


def test_with_lost_and_doubled_answers_each_key_is_charged_once(client: Client) -> None:
    rates = b'{"lost": 0.3, "doubled": 0.3, "seed": 7}'
    assert client.sandbox.ask("/control/v1/rates", "PUT", rates).status == 200
    keys = [f"rates-{number}" for number in range(40)]
    lost = 0
    for key in keys:
        while True:
            try:
                client.charge(Behaviour.SUCCEEDS, key)
                break
            except stripe.APIConnectionError:
                lost += 1
    did = client.sandbox.ask("/control/v1/rates").json
    assert did["answers_lost"] == lost > 0
    assert did["answers_doubled"] > 0
    every = client.v1.payment_intents.list({"limit": 100}).auto_paging_iter()
    found = [movement_of(one) for one in every if movement_of(one).startswith("rates-")]
    assert sorted(found) == sorted(keys)


def test_a_restart_keeps_keys_and_charges(tmp_path: Path) -> None:
    with running(tmp_path) as sandbox:
        first = Client(sandbox)
        made = first.charge(Behaviour.SUCCEEDS, "kept")
        with pytest.raises(stripe.CardError):
            first.charge(Behaviour.DECLINED, "kept-declined")
        slow = first.charge(Behaviour.PROCESSING, "kept-processing")
        with pytest.raises(stripe.APIConnectionError):
            first.charge(Behaviour.ANSWER_LOST, "kept-lost")
        sandbox.kill()
    with running(tmp_path) as sandbox:
        second = Client(sandbox, first.cards)
        again = second.charge(Behaviour.SUCCEEDS, "kept")
        assert again.id == made.id
        assert again.last_response
        assert again.last_response.headers["Idempotent-Replayed"] == "true"
        with pytest.raises(stripe.IdempotencyError):
            second.charge(Behaviour.SUCCEEDS, "kept", 1)
        with pytest.raises(stripe.CardError):
            second.charge(Behaviour.DECLINED, "kept-declined")
        assert second.charge(Behaviour.ANSWER_LOST, "kept-lost").status == "succeeded"
        assert len(second.v1.payment_intents.list().data) == 4
        assert second.v1.payment_intents.retrieve(slow.id).status == "processing"
        # The same number has the same fingerprint as before.
        old, new = (
            second.v1.payment_methods.retrieve(token).card
            for token in (second.card(Behaviour.SUCCEEDS), add_card(sandbox, NUMBERS[Behaviour.SUCCEEDS]))
        )
        assert old
        assert new
        assert old.fingerprint == new.fingerprint
