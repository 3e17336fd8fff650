"""Limits that are enforced by the ledger, and what is left of them."""

from __future__ import annotations

from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from okpay.base import clock
from okpay.base.ids import new_uuid7
from okpay.base.money import Money
from okpay.customers import queries
from okpay.customers.errors import CustomerRefused
from okpay.customers.records import Customer
from okpay.ledger import queries as book
from okpay.ledger.records import Count, Outcome, Result
from okpay.regions import queries as regions
from okpay.regions.errors import CountryNotSupported
from okpay.regions.records import Flow, Window
from okpay.wallets import queries as wallets
from tests.customers.test_opening import COUNTRIES
from tests.factories.customers import new_customer
from tests.factories.ledger import new_account, post, reserve, transfer
from tests.factories.wallets import pay_in
from tests.laws.windows import Subject
from tests.queries_sent import noted_statements


class Spender:
    """A customer with money who pays somebody, each movement counted against one flow."""

    def __init__(self, customer: Customer, flow: Flow = Flow.SEND, *, minor: int = 10**9) -> None:
        self.customer = customer
        self.subject_id = customer.subject_id(flow)
        (wallet,) = wallets.wallets(customer.id)
        self.account = wallet.available_account_id
        pay_in(self.account, minor, wallet.currency)
        self.payee = new_account(currency=wallet.currency)

    def spend(self, amount_minor: int) -> Result:
        """Move and count an amount, in one call of the posting function."""
        item = transfer(self.account, self.payee, amount_minor, Count(self.subject_id, amount_minor))
        return post(item)[0]


@pytest.mark.parametrize("country", COUNTRIES)
def test_level_0_sends_up_to_its_limit_and_not_more(country: str) -> None:
    level = regions.country(country).levels[0]
    per_movement, per_day = (
        level.limit(Flow.SEND, window).amount_minor for window in (Window.MOVEMENT, Window.DAY)
    )
    spender = Spender(new_customer(country))
    over = spender.spend(per_movement + 1)
    assert (over.outcome, over.culprit_id) == (Outcome.LIMIT_PER_MOVEMENT, spender.subject_id)
    assert over.remaining_minor == per_movement
    for _ in range(per_day // per_movement):
        assert spender.spend(per_movement).outcome is Outcome.POSTED
    assert spender.spend(per_day % per_movement + 1).outcome is Outcome.LIMIT_PER_DAY
    balance = wallets.balances(spender.customer.id)[0]
    assert balance.available.minor == 10**9 - per_day // per_movement * per_movement


def test_level_0_cannot_move_a_cent_where_the_pack_says_nothing_may() -> None:
    spender = Spender(new_customer(), Flow.WITHDRAW)
    refused = spender.spend(1)
    assert (refused.outcome, refused.remaining_minor) == (Outcome.LIMIT_PER_MOVEMENT, 0)


def test_each_flow_counts_for_itself() -> None:
    customer = new_customer()
    assert Spender(customer, Flow.RECEIVE).spend(3_000).outcome is Outcome.POSTED
    used = {
        state.flow: state.used.minor
        for state in queries.limits(customer.id, now=clock.now())
        if state.window is Window.YEAR
    }
    assert used == {Flow.SEND: 0, Flow.RECEIVE: 3_000, Flow.TOP_UP: 0, Flow.WITHDRAW: 0}


def test_what_is_held_is_used() -> None:
    spender = Spender(new_customer())
    (result,) = post(reserve(spender.account, 4_000, Count(spender.subject_id, 4_000)))
    assert result.outcome is Outcome.POSTED
    state = queries.limits(spender.customer.id, now=clock.now())[1]
    assert (state.used, state.left) == (Money(4_000, "USD"), Money(1_000, "USD"))


def test_limits_come_flow_by_flow_with_the_shortest_window_first() -> None:
    states = queries.limits(new_customer("JP").id, now=clock.now())
    assert [(state.flow, state.window) for state in states] == [
        (flow, window) for flow in Flow for window in Window
    ]
    assert {state.limit.currency for state in states} == {"JPY"}
    assert all(state.left == state.limit for state in states)


AMOUNTS = st.lists(st.integers(1, 60_000), max_size=6)
LATER = st.timedeltas(timedelta(0), timedelta(days=500))


@settings(max_examples=40, deadline=None)
@given(flow=st.sampled_from(Flow), amounts=AMOUNTS, later=LATER)
def test_what_is_left_and_used_is_the_limit(flow: Flow, amounts: list[int], later: timedelta) -> None:
    customer = new_customer(level=1)
    spender = Spender(customer, flow)
    model = Subject(spender.subject_id, ZoneInfo("America/New_York"))
    for amount in amounts:
        result = spender.spend(amount)
        entry = book.entry(result.id)
        if entry is not None:
            assert model.count(amount, entry.booked_at) is None
    now = clock.now() + later
    expected = dict(zip(list(Window)[1:], model.used_on(now.astimezone(model.zone).date()), strict=True))
    for state in queries.limits(customer.id, now=now):
        assert state.left + state.used == state.limit
        used = expected.get(state.window, 0) if state.flow is flow else 0
        assert state.used == Money(used, "USD"), state


def test_limits_take_two_queries() -> None:
    customer, now = new_customer(), clock.now()
    with noted_statements() as sent:
        queries.limits(customer.id, now=now)
    assert len(sent) == 2, sent


def test_nobody_has_no_limits() -> None:
    with pytest.raises(CustomerRefused) as refused:
        queries.limits(new_uuid7(), now=clock.now())
    assert refused.value.code == "customer_not_found"
    with pytest.raises(CustomerRefused):
        queries.balance_ceiling(new_uuid7())


@pytest.mark.parametrize(("level", "ceiling"), [(0, 100_000), (1, 500_000), (3, 20_000_000)])
def test_the_ceiling_of_balances_is_that_of_the_level(level: int, ceiling: int) -> None:
    assert queries.balance_ceiling(new_customer("CN", level=level).id) == Money(ceiling, "CNY")


def test_what_a_new_customer_may_do() -> None:
    terms = queries.level_terms("US")
    assert (terms.country, terms.level) == ("US", 0)
    assert terms.allowed == {Flow.SEND, Flow.RECEIVE, Flow.TOP_UP}
    assert terms.balance_ceiling == Money(20_000, "USD")
    assert terms.limits == queries.limits(new_customer("US").id, now=clock.now())
    assert queries.level_terms("US", 1).allowed == set(Flow)


def test_there_are_no_terms_where_there_is_no_pack_or_level() -> None:
    with pytest.raises(CountryNotSupported):
        queries.level_terms("XX")
    with pytest.raises(CustomerRefused) as refused:
        queries.level_terms("US", 4)
    assert refused.value.code == "level_unknown"
