"""What an acquirer's module must do, against the running sandbox: ours, and the official library in our words."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime
from urllib.parse import urlsplit

import pytest

from okpay.base.ids import new_uuid7
from okpay.base.money import Money
from okpay.funding.providers import acquirer as ours
from okpay.funding.providers.acquirer import HttpAcquirer
from okpay.funding.providers.protocol import (
    Acquirer,
    AcquirerUnavailable,
    ChargeOrder,
    FoundCard,
    OpenPage,
    Outcome,
    PageOrder,
)
from tests.acquirer_contract.official import OfficialAcquirer
from tests.okpay_sandbox.running import ACQUIRER_KEY, Running, running

WALLET = "http://localhost:8000"
SINCE = datetime(2020, 1, 1, tzinfo=UTC)
MAKERS = {"ours": HttpAcquirer, "official": OfficialAcquirer}


@pytest.fixture(scope="module")
def outside(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """A sandbox of its own: these tests set its switches."""
    with running(tmp_path_factory.mktemp("outside")) as found:
        yield found


@pytest.fixture(params=list(MAKERS))
def maker(request: pytest.FixtureRequest) -> type[HttpAcquirer | OfficialAcquirer]:
    """Whose module it is."""
    return MAKERS[request.param]


@pytest.fixture
def acquirer(maker: type[HttpAcquirer | OfficialAcquirer], outside: Running) -> Iterator[Acquirer]:
    """The module, connected to the sandbox, whose switches are off again afterwards."""
    yield maker(outside.url, ACQUIRER_KEY)
    outside.set_switches(cards={"mode": "works"})


def page_order(**changes: str) -> PageOrder:
    values = {
        "success_url": f"{WALLET}/back?session={{CHECKOUT_SESSION_ID}}",
        "cancel_url": f"{WALLET}/back",
        "currency": "USD",
        "language": "en",
    }
    return PageOrder(new_uuid7(), **{**values, **changes})


def type_card(outside: Running, page: OpenPage, number: str) -> str:
    """Type a card on the acquirer's page and return where it leads."""
    parts = urlsplit(page.url)
    code = "1234" if number.startswith("37") else "123"
    answer = outside.post_form(
        f"{parts.path}?{parts.query}", {"number": number, "expiry": "12 / 34", "code": code}
    )
    assert answer.status == 303, answer.text
    return str(answer.headers["Location"])


def card(acquirer: Acquirer, outside: Running, number: str = "4242424242424242") -> FoundCard:
    """Add a card by the acquirer's page."""
    page = acquirer.open_page(page_order())
    type_card(outside, page, number)
    found = acquirer.read_card(page.session_id)
    assert found is not None
    return found


def order(found: FoundCard, minor: int = 20_00, currency: str = "USD") -> ChargeOrder:
    return ChargeOrder(new_uuid7(), found.token, Money(minor, currency), "Top-up")


def charged(outside: Running, wanted: ChargeOrder) -> int:
    """Return how many charges succeeded for an order, by what the acquirer itself lists."""
    listed = outside.ask("/v1/payment_intents?limit=100", Authorization=f"Bearer {ACQUIRER_KEY}").json["data"]
    return sum(
        one["metadata"].get("movement") == str(wanted.id) and one["status"] == "succeeded" for one in listed
    )


def test_a_card_is_typed_on_the_acquirers_page_once(acquirer: Acquirer, outside: Running) -> None:
    page = acquirer.open_page(page_order())
    assert acquirer.read_card(page.session_id) is None
    where = type_card(outside, page, "5555555555554444")
    assert where == f"{WALLET}/back?session={page.session_id}"
    found = acquirer.read_card(page.session_id)
    assert found is not None
    assert (found.brand, found.last4, found.expires_on) == ("mastercard", "4444", date(2034, 12, 31))
    assert found.token
    assert found.fingerprint
    type_card(outside, page, "4242424242424242")
    assert acquirer.read_card(page.session_id) == found, "the first card counts"


def test_the_same_number_has_the_same_fingerprint(acquirer: Acquirer, outside: Running) -> None:
    first, again = card(acquirer, outside), card(acquirer, outside)
    other = card(acquirer, outside, "4111111111111111")
    assert first.fingerprint == again.fingerprint != other.fingerprint
    assert first.token != again.token


def test_a_page_that_was_asked_for_twice_is_one_page(acquirer: Acquirer) -> None:
    wanted = page_order(language="zh-hans")
    assert acquirer.open_page(wanted) == acquirer.open_page(wanted)


def test_a_page_that_nobody_opened_has_no_card(acquirer: Acquirer) -> None:
    with pytest.raises(AcquirerUnavailable):
        acquirer.read_card("cs_test_nothing")


@pytest.mark.parametrize(("minor", "currency"), [(20_00, "USD"), (3_000, "JPY"), (12_340, "KWD")])
def test_a_charge_succeeds_once_however_often_it_is_asked_for(
    acquirer: Acquirer, outside: Running, minor: int, currency: str
) -> None:
    wanted = order(card(acquirer, outside), minor, currency)
    first = acquirer.charge(wanted)
    assert first.outcome is Outcome.SUCCEEDED
    assert acquirer.charge(wanted) == first
    assert acquirer.ask(first.charge_id, wanted) == first
    (listed,) = [one for one in acquirer.charges(since=SINCE) if one.order_id == wanted.id]
    assert (listed.charge_id, listed.outcome, listed.amount) == (
        first.charge_id,
        Outcome.SUCCEEDED,
        wanted.amount,
    )


@pytest.mark.parametrize(
    ("number", "reason"),
    [
        ("4000000000000002", "card_declined"),
        ("4000000000009995", "card_insufficient_funds"),
        ("4000000000000069", "card_expired"),
        ("4000000000000127", "card_code_wrong"),
        ("4000000000000119", "card_error"),
    ],
)
def test_a_decline_is_final_and_has_its_reason(
    acquirer: Acquirer, outside: Running, number: str, reason: str
) -> None:
    wanted = order(card(acquirer, outside, number))
    first = acquirer.charge(wanted)
    assert (first.outcome, first.code) == (Outcome.DECLINED, reason)
    assert first.charge_id
    assert acquirer.charge(wanted) == first
    assert acquirer.ask(first.charge_id, wanted) == first
    assert charged(outside, wanted) == 0


def test_a_card_that_wants_its_owner_to_confirm_is_declined(acquirer: Acquirer, outside: Running) -> None:
    wanted = order(card(acquirer, outside, "4000000000003220"))
    first = acquirer.charge(wanted)
    assert (first.outcome, first.code) == (Outcome.DECLINED, "card_declined")
    assert acquirer.charge(wanted) == first
    assert charged(outside, wanted) == 0


def test_a_lost_answer_is_unknown_and_then_one_charge(acquirer: Acquirer, outside: Running) -> None:
    wanted = order(card(acquirer, outside, "4000000000008021"))
    assert acquirer.charge(wanted).outcome is Outcome.UNKNOWN
    again = acquirer.charge(wanted)
    assert again.outcome is Outcome.SUCCEEDED
    assert acquirer.ask(again.charge_id, wanted).outcome is Outcome.SUCCEEDED
    assert charged(outside, wanted) == 1


def test_a_doubled_answer_is_one_charge(acquirer: Acquirer, outside: Running) -> None:
    wanted = order(card(acquirer, outside, "4000000000008039"))
    assert acquirer.charge(wanted).outcome is Outcome.SUCCEEDED
    assert charged(outside, wanted) == 1


def test_what_takes_long_is_processing(acquirer: Acquirer, outside: Running) -> None:
    wanted = order(card(acquirer, outside, "4000000000008047"))
    first = acquirer.charge(wanted)
    assert first.outcome is Outcome.PROCESSING
    assert acquirer.ask(first.charge_id, wanted) == first
    assert charged(outside, wanted) == 0


def test_no_answer_in_time_is_unknown_and_nobody_waits_longer(
    maker: type[HttpAcquirer | OfficialAcquirer], acquirer: Acquirer, outside: Running
) -> None:
    wanted = order(card(acquirer, outside, "4000000000008013"))
    hasty = maker(outside.url, ACQUIRER_KEY, call_seconds=1.0)
    begun = time.monotonic()
    assert hasty.charge(wanted).outcome is Outcome.UNKNOWN
    assert time.monotonic() - begun < 3
    # It is being done all the same: the same call waits, or is told that it is under way.
    deadline = time.monotonic() + 20
    while (answer := acquirer.charge(wanted)).outcome is Outcome.UNKNOWN:
        assert time.monotonic() < deadline
        time.sleep(0.5)
    assert answer.outcome is Outcome.SUCCEEDED
    assert charged(outside, wanted) == 1


def test_twenty_at_once_are_one_charge(acquirer: Acquirer, outside: Running) -> None:
    wanted = order(card(acquirer, outside))
    with ThreadPoolExecutor(20) as pool:
        answers = list(pool.map(lambda _: acquirer.charge(wanted), range(20)))
    assert {answer.outcome for answer in answers} <= {Outcome.SUCCEEDED, Outcome.UNKNOWN}
    assert acquirer.charge(wanted).outcome is Outcome.SUCCEEDED
    assert charged(outside, wanted) == 1


def test_another_order_under_the_same_key_is_not_charged(acquirer: Acquirer, outside: Running) -> None:
    found = card(acquirer, outside)
    first = order(found)
    assert acquirer.charge(first).outcome is Outcome.SUCCEEDED
    other = ChargeOrder(first.id, found.token, Money(99_00, "USD"), "Top-up")
    assert acquirer.charge(other).outcome is not Outcome.SUCCEEDED
    assert [one.amount for one in acquirer.charges(since=SINCE) if one.order_id == first.id] == [first.amount]


def test_another_charge_is_no_answer(acquirer: Acquirer, outside: Running) -> None:
    found = card(acquirer, outside)
    first, second = order(found), order(found)
    answer = acquirer.charge(first)
    assert acquirer.ask(answer.charge_id, second).outcome is Outcome.UNKNOWN
    assert acquirer.ask("pi_nothing", first).outcome is Outcome.UNKNOWN


def test_a_wrong_key_is_ours_to_mend(
    maker: type[HttpAcquirer | OfficialAcquirer], acquirer: Acquirer, outside: Running
) -> None:
    wanted = order(card(acquirer, outside))
    stranger = maker(outside.url, "sk_test_of_somebody_else")
    assert stranger.charge(wanted).outcome is Outcome.MISCONFIGURED
    with pytest.raises(AcquirerUnavailable):
        stranger.open_page(page_order())
    assert charged(outside, wanted) == 0


def test_an_acquirer_out_of_order_may_have_done_it(acquirer: Acquirer, outside: Running) -> None:
    wanted = order(card(acquirer, outside))
    outside.set_switches(cards={"mode": "refuses"})
    assert acquirer.charge(wanted).outcome is Outcome.UNKNOWN
    with pytest.raises(AcquirerUnavailable):
        acquirer.open_page(page_order())
    outside.set_switches(cards={"mode": "works"})
    assert acquirer.charge(wanted).outcome is Outcome.SUCCEEDED
    assert charged(outside, wanted) == 1


def test_where_nobody_listens_nothing_was_sent(maker: type[HttpAcquirer | OfficialAcquirer]) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        nobody = maker(f"http://127.0.0.1:{free.getsockname()[1]}", ACQUIRER_KEY)
        wanted = ChargeOrder(new_uuid7(), "pm_1", Money(1_00, "USD"), "Top-up")
        assert nobody.charge(wanted).outcome is Outcome.NOT_SENT


def test_a_forgotten_card_is_not_charged(acquirer: Acquirer, outside: Running) -> None:
    found = card(acquirer, outside)
    acquirer.forget_card(found.token)
    wanted = order(found)
    answer = acquirer.charge(wanted)
    assert (answer.outcome, answer.code) == (Outcome.HOPELESS, "card_removed")
    assert charged(outside, wanted) == 0


def test_every_charge_is_listed_once_whatever_the_page(
    acquirer: Acquirer, outside: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ours, "PAGE", 2)
    found = card(acquirer, outside)
    wanted = [order(found, 10_00 + number) for number in range(5)]
    made = [acquirer.charge(one).charge_id for one in wanted]
    listed = [one.charge_id for one in acquirer.charges(since=SINCE)]
    assert len(set(listed)) == len(listed)
    assert listed[:5] == made[::-1], "the latest first"


def test_no_number_comes_back_from_the_acquirer(acquirer: Acquirer, outside: Running) -> None:
    found = card(acquirer, outside, "4012888888881881")
    acquirer.charge(order(found))
    for path in ("/v1/payment_intents?limit=100", f"/v1/payment_methods/{found.token}"):
        told = outside.ask(path, Authorization=f"Bearer {ACQUIRER_KEY}").text
        assert "4012888888881881" not in told
        assert "1881" in told or "payment_intents" in path
    assert found.token not in repr(found)
