"""Stripe's own library against the sandbox: whoever uses it there can use it here, failures included."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import stripe

from okpay_sandbox.acquirer.cards import SHOWN, brand_of
from okpay_sandbox.acquirer.records import Behaviour, Method
from okpay_sandbox.acquirer.store import Store
from okpay_sandbox.inbox.changes import Changes
from tests.okpay_sandbox.running import ACQUIRER_KEY, Running, running

Charge = Callable[..., stripe.PaymentIntent]

DECLINES = {
    Behaviour.DECLINED: ("card_declined", "generic_decline"),
    Behaviour.INSUFFICIENT: ("card_declined", "insufficient_funds"),
    Behaviour.EXPIRED: ("expired_card", "expired_card"),
    Behaviour.WRONG_CODE: ("incorrect_cvc", "incorrect_cvc"),
    Behaviour.ERROR: ("processing_error", "processing_error"),
    Behaviour.AUTHENTICATION: ("authentication_required", "authentication_required"),
}


def put_cards(folder: Path) -> None:
    """Leave one card of each behaviour in the folder of a sandbox that does not run yet, named after it."""
    store = Store(folder, Changes())
    for behaviour, number in SHOWN:
        store.put(
            Method(
                id=f"pm_{behaviour}", at=int(time.time()), brand=brand_of(number), last4=number[-4:], month=12,
                year=2040, fingerprint=number[-4:] * 4, behaviour=behaviour,
            )
        )  # fmt: skip


def library(sandbox: Running, *, retries: int = 0, key: str = ACQUIRER_KEY) -> stripe.StripeClient:
    """Return Stripe's client, pointed at the sandbox."""
    return stripe.StripeClient(key, base_addresses={"api": sandbox.url}, max_network_retries=retries)


def charge(
    client: stripe.StripeClient, behaviour: Behaviour, key: str, amount: int = 1250, **more: Any
) -> stripe.PaymentIntent:
    """Charge the card of a behaviour, as the wallet does."""
    params: Any = {
        "amount": amount, "currency": "usd", "payment_method": f"pm_{behaviour}", "confirm": True,
        "capture_method": "automatic", "off_session": True, "metadata": {"movement": key}, **more,
    }  # fmt: skip
    return client.v1.payment_intents.create(params, {"idempotency_key": key})


def charges_of(client: stripe.StripeClient, movement: str) -> list[stripe.PaymentIntent]:
    """Return every charge that a movement caused."""
    found = client.v1.payment_intents.list({"limit": 100})
    return [one for one in found.auto_paging_iter() if one.metadata and one.metadata["movement"] == movement]


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """A sandbox with a card of each behaviour."""
    folder = tmp_path_factory.mktemp("acquirer")
    put_cards(folder)
    with running(folder) as found:
        yield found


@pytest.fixture
def sandbox(shared: Running) -> Iterator[Running]:
    """The sandbox, without failures before and after."""
    yield shared
    shared.set_switches(cards={"mode": "works"})
    shared.ask("/control/v1/rates", "PUT", b"{}")


@contextmanager
def failing(sandbox: Running, mode: str, **more: object) -> Iterator[None]:
    """Run the body with the failure switch of cards set."""
    assert sandbox.set_switches(cards={"mode": mode, **more}).status == 200
    try:
        yield
    finally:
        sandbox.set_switches(cards={"mode": "works"})


def test_a_session_is_opened_and_read(sandbox: Running) -> None:
    client = library(sandbox)
    opened = client.v1.checkout.sessions.create({
        "mode": "setup", "currency": "usd", "locale": "zh",
        "success_url": "http://localhost:8000/cards/done?session={CHECKOUT_SESSION_ID}",
        "cancel_url": "http://localhost:8000/cards", "client_reference_id": "card-1",
        "metadata": {"person": "7"},
    })  # fmt: skip
    assert opened.id.startswith("cs_test_")
    assert opened.status == "open"
    assert opened.url
    assert opened.url.startswith(f"{sandbox.url}/")
    read = client.v1.checkout.sessions.retrieve(opened.id, {"expand": ["setup_intent"]})
    assert isinstance(read.setup_intent, stripe.SetupIntent)
    assert read.setup_intent.payment_method is None
    assert read.client_reference_id == "card-1"
    assert read.metadata == {"person": "7"}


def test_a_card_is_read_and_let_go(sandbox: Running, tmp_path: Path) -> None:
    put_cards(tmp_path)
    with running(tmp_path) as own:
        client = library(own)
        card = client.v1.payment_methods.retrieve("pm_succeeds").card
        assert card
        assert (card.brand, card.last4, card.exp_month, card.exp_year) == ("visa", "4242", 12, 2040)
        assert card.fingerprint
        client.v1.payment_methods.detach("pm_succeeds")
        with pytest.raises(stripe.InvalidRequestError) as refused:
            charge(client, Behaviour.SUCCEEDS, "detached")
        assert refused.value.http_status == 400
        assert charges_of(client, "detached") == []


def test_a_charge_succeeds_and_is_found(sandbox: Running) -> None:
    client = library(sandbox)
    made = charge(client, Behaviour.SUCCEEDS, "plain", description="Top-up")
    assert (made.status, made.amount, made.amount_received, made.currency) == ("succeeded", 1250, 1250, "usd")
    assert made.metadata == {"movement": "plain"}
    assert client.v1.payment_intents.retrieve(made.id).status == "succeeded"
    assert [one.id for one in charges_of(client, "plain")] == [made.id]


@pytest.mark.parametrize(("behaviour", "codes"), DECLINES.items())
def test_a_decline_is_a_card_error_with_its_charge(
    sandbox: Running, behaviour: Behaviour, codes: tuple[str, str]
) -> None:
    client = library(sandbox)
    for _ in range(2):
        # Asking again under the key is answered with the same decline.
        with pytest.raises(stripe.CardError) as declined:
            charge(client, behaviour, f"decline-{behaviour}")
        error = declined.value
        assert error.http_status == 402
        assert error.error
        assert (error.code, error.error.decline_code) == codes
        assert error.error.payment_intent
        assert error.error.payment_intent.status == "requires_payment_method"
    (only,) = charges_of(client, f"decline-{behaviour}")
    assert only.id == error.error.payment_intent.id
    assert only.last_payment_error
    assert only.last_payment_error.code == codes[0]
    assert client.v1.payment_intents.cancel(only.id).status == "canceled"
    with pytest.raises(stripe.InvalidRequestError) as refused:
        client.v1.payment_intents.cancel(only.id)
    assert refused.value.code == "payment_intent_unexpected_state"


def test_the_same_key_answers_the_same_and_charges_once(sandbox: Running) -> None:
    client = library(sandbox)
    first, again = (charge(client, Behaviour.SUCCEEDS, "replayed") for _ in range(2))
    assert again.id == first.id
    assert again.last_response
    assert again.last_response.headers["Idempotent-Replayed"] == "true"
    assert first.last_response
    assert "Idempotent-Replayed" not in first.last_response.headers
    assert again.last_response.body == first.last_response.body
    assert len(charges_of(client, "replayed")) == 1


def test_a_key_stands_for_one_order_only(sandbox: Running) -> None:
    client = library(sandbox)
    charge(client, Behaviour.SUCCEEDS, "reused")
    for more in ({"amount": 1251}, {"description": "other"}, {"currency": "eur"}):
        with pytest.raises(stripe.IdempotencyError) as refused:
            charge(client, Behaviour.SUCCEEDS, "reused", **more)
        assert refused.value.http_status == 400
    with pytest.raises(stripe.IdempotencyError):
        client.v1.refunds.create({"payment_intent": "pi_x"}, {"idempotency_key": "reused"})
    (only,) = charges_of(client, "reused")
    assert only.amount == 1250


def test_an_order_that_was_never_begun_leaves_its_key_free(sandbox: Running) -> None:
    client = library(sandbox)
    for more in ({"amount": 0}, {"currency": "xyz"}, {"payment_method": "pm_none"}, {"confirm": False}):
        with pytest.raises(stripe.InvalidRequestError):
            charge(client, Behaviour.SUCCEEDS, "corrected", **more)
    assert charge(client, Behaviour.SUCCEEDS, "corrected").status == "succeeded"
    assert len(charges_of(client, "corrected")) == 1


def test_a_lost_answer_and_a_retry_are_one_charge(sandbox: Running) -> None:
    without = library(sandbox)
    with pytest.raises(stripe.APIConnectionError):
        charge(without, Behaviour.ANSWER_LOST, "lost")
    (only,) = charges_of(without, "lost")
    assert only.status == "succeeded"
    assert charge(without, Behaviour.ANSWER_LOST, "lost").id == only.id
    # The library's own retry finds it as well.
    retrying = library(sandbox, retries=2)
    made = charge(retrying, Behaviour.ANSWER_LOST, "lost-retried")
    assert [one.id for one in charges_of(retrying, "lost-retried")] == [made.id]


def test_a_doubled_answer_is_one_charge_and_spoils_no_later_call(sandbox: Running) -> None:
    client = library(sandbox)
    first = charge(client, Behaviour.DOUBLED, "doubled")
    # On the same connection, if the library kept it.
    later = charge(client, Behaviour.SUCCEEDS, "after-doubled")
    assert (first.metadata, later.metadata) == ({"movement": "doubled"}, {"movement": "after-doubled"})
    assert len(charges_of(client, "doubled")) == 1


def test_a_slow_charge_keeps_its_key_in_use(sandbox: Running) -> None:
    client = library(sandbox)
    started = time.monotonic()
    with ThreadPoolExecutor() as pool:
        first = pool.submit(charge, client, Behaviour.SLOW, "slow")
        time.sleep(1)
        with pytest.raises(stripe.StripeError) as refused:
            charge(client, Behaviour.SLOW, "slow")
        assert refused.value.http_status == 409
        assert refused.value.code == "idempotency_key_in_use"
        made = first.result(30)
    assert 8 <= time.monotonic() - started < 12
    assert charge(client, Behaviour.SLOW, "slow").id == made.id
    assert len(charges_of(client, "slow")) == 1


def test_a_processing_charge_succeeds_later(sandbox: Running) -> None:
    client = library(sandbox)
    made = charge(client, Behaviour.PROCESSING, "processing")
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
    assert charge(client, Behaviour.PROCESSING, "processing").status == "processing"


def test_twenty_at_once_under_one_key_are_one_charge(sandbox: Running) -> None:
    with ThreadPoolExecutor(20) as pool:
        made = list(
            pool.map(lambda _: charge(library(sandbox, retries=5), Behaviour.SUCCEEDS, "at-once"), range(20))
        )
    assert len({one.id for one in made}) == 1
    assert len(charges_of(library(sandbox), "at-once")) == 1


def test_a_refund_gives_back_no_more_than_was_charged(sandbox: Running) -> None:
    client = library(sandbox)
    made = charge(client, Behaviour.SUCCEEDS, "refunded", amount=100)
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


def test_charges_are_listed_newest_first_and_by_pages(sandbox: Running) -> None:
    client = library(sandbox)
    before = int(time.time())
    made = [charge(client, Behaviour.SUCCEEDS, f"listed-{number}").id for number in range(5)]
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
    ("currency", "amount"), [("jpy", 9_999_999), ("idr", 2_000_000_000), ("vnd", 100_000_000)]
)
def test_currencies_with_large_numbers_can_be_charged(sandbox: Running, currency: str, amount: int) -> None:
    made = charge(library(sandbox), Behaviour.SUCCEEDS, f"large-{currency}", amount=amount, currency=currency)
    assert (made.amount, made.currency) == (amount, currency)


def test_what_is_not_there_or_not_ours_is_refused_as_the_library_knows_it(sandbox: Running) -> None:
    client = library(sandbox)
    for ask in (
        client.v1.payment_intents.retrieve, client.v1.payment_methods.retrieve, client.v1.checkout.sessions.retrieve,
    ):  # fmt: skip
        with pytest.raises(stripe.InvalidRequestError) as refused:
            ask("nothing")
        assert (refused.value.http_status, refused.value.code) == (404, "resource_missing")
    with pytest.raises(stripe.InvalidRequestError) as refused:
        charge(client, Behaviour.SUCCEEDS, "unknown", payment_method_data={"type": "card"})
    assert refused.value.code == "parameter_unknown"
    for key in ("sk_test_another", f"{ACQUIRER_KEY}x"):
        with pytest.raises(stripe.AuthenticationError):
            charge(library(sandbox, key=key), Behaviour.SUCCEEDS, "unauthorized")
    assert charges_of(client, "unauthorized") == []


def test_an_outage_refuses_everything_and_charges_nothing(sandbox: Running) -> None:
    client = library(sandbox)
    with failing(sandbox, "refuses"):
        with pytest.raises(stripe.APIError) as refused:
            charge(client, Behaviour.SUCCEEDS, "outage")
        assert refused.value.http_status == 503
        with pytest.raises(stripe.APIError):
            client.v1.payment_intents.list()
    assert charges_of(client, "outage") == []
    assert charge(client, Behaviour.SUCCEEDS, "outage").status == "succeeded"


def test_with_the_switch_every_answer_about_money_is_lost(sandbox: Running) -> None:
    client = library(sandbox)
    with failing(sandbox, "answer_lost"):
        for _ in range(2):
            with pytest.raises(stripe.APIConnectionError):
                charge(client, Behaviour.SUCCEEDS, "switched")
        (only,) = charges_of(client, "switched")
    assert charge(client, Behaviour.SUCCEEDS, "switched").id == only.id


def test_with_lost_and_doubled_answers_each_key_is_charged_once(sandbox: Running) -> None:
    rates = b'{"lost": 0.3, "doubled": 0.3, "seed": 7}'
    assert sandbox.ask("/control/v1/rates", "PUT", rates).status == 200
    client = library(sandbox)
    keys = [f"rates-{number}" for number in range(40)]
    lost = 0
    for key in keys:
        while True:
            try:
                charge(client, Behaviour.SUCCEEDS, key)
                break
            except stripe.APIConnectionError:
                lost += 1
    did = sandbox.ask("/control/v1/rates").json
    assert did["answers_lost"] == lost > 0
    assert did["answers_doubled"] > 0
    found = [one.metadata["movement"] for one in client.v1.payment_intents.list({"limit": 100}).auto_paging_iter()
             if one.metadata and one.metadata["movement"].startswith("rates-")]  # fmt: skip
    assert sorted(found) == sorted(keys)


def test_a_killed_sandbox_keeps_keys_and_charges(tmp_path: Path) -> None:
    put_cards(tmp_path)
    with running(tmp_path) as first:
        made = charge(library(first), Behaviour.SUCCEEDS, "kept")
        with pytest.raises(stripe.CardError):
            charge(library(first), Behaviour.DECLINED, "kept-declined")
        slow = charge(library(first), Behaviour.PROCESSING, "kept-processing")
    with running(tmp_path) as second:
        client = library(second)
        assert charge(client, Behaviour.SUCCEEDS, "kept").id == made.id
        with pytest.raises(stripe.IdempotencyError):
            charge(client, Behaviour.SUCCEEDS, "kept", amount=1)
        with pytest.raises(stripe.CardError):
            charge(client, Behaviour.DECLINED, "kept-declined")
        assert {one.id for one in client.v1.payment_intents.list().data} >= {made.id, slow.id}
        assert len(client.v1.payment_intents.list().data) == 3
        assert client.v1.payment_intents.retrieve(slow.id).status == "processing"
