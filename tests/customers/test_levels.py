"""Setting a customer's verification level, and with it the limits."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import partial

import pytest
from django.db import transaction

from okpay.base import audit
from okpay.base.errors import BrokenInvariant
from okpay.base.ids import new_uuid7
from okpay.base.money import Money
from okpay.customers import actions, queries
from okpay.customers.errors import CustomerRefused
from okpay.customers.records import Customer
from okpay.ledger import queries as book
from okpay.ledger.records import Count, Outcome
from okpay.regions import queries as regions
from okpay.regions.records import Country, Flow, Window
from tests.customers.test_opening import events_about
from tests.factories.customers import new_customer
from tests.factories.ledger import new_account, outcome_of, transfer
from tests.laws.crew import Crew

NOW = datetime(2026, 11, 24, 9, tzinfo=UTC)
ROUNDS = 10


def set_level(customer: Customer, level: int) -> Customer:
    """Set a level in a transaction of its own."""
    with transaction.atomic():
        return actions.set_level(customer_id=customer.id, level=level, now=NOW)


def limits_of(customer: Customer) -> list[int]:
    """Return a customer's limits in minor units, flow by flow, the shortest window first."""
    return [state.limit.minor for state in queries.limits(customer.id, now=NOW)]


def pack_limits(country: str, level: int) -> list[int]:
    """Return what the pack says of a level, in the order of `limits_of`."""
    terms = regions.country(country).levels[level]
    return [terms.limit(flow, window).amount_minor for flow in Flow for window in Window]


@pytest.mark.parametrize("level", [1, 2, 3])
def test_a_level_brings_its_limits_an_event_and_a_record(level: int) -> None:
    customer = new_customer("CN")
    with transaction.atomic():
        after = actions.set_level(
            customer_id=customer.id, level=level, now=NOW, actor="staff:7", reason="passport seen"
        )
    assert after.level == level
    assert queries.customer(customer.id) == after
    assert limits_of(customer) == pack_limits("CN", level)
    event = events_about(customer)[-1]
    assert event[:2] == ("customer_level_changed", NOW)
    assert event[2] == {
        "user_id": str(customer.user_id), "country": "CN", "level": level, "previous_level": 0,
    }  # fmt: skip
    (row,) = audit.history(f"customer:{customer.id}")
    assert (row.actor, row.action, row.reason) == ("staff:7", "level_changed", "passport seen")
    assert (row.happened_at, row.data) == (NOW, {"level": level, "previous_level": 0})


def test_the_same_level_again_says_nothing() -> None:
    customer = new_customer(level=1)
    told = len(events_about(customer))
    assert set_level(customer, 1).level == 1
    assert len(events_about(customer)) == told
    assert len(audit.history(f"customer:{customer.id}")) == 1


@pytest.mark.parametrize("level", [-1, 4, 100])
def test_an_unknown_level_changes_nothing(level: int) -> None:
    customer = new_customer(level=1)
    with pytest.raises(CustomerRefused) as refused:
        set_level(customer, level)
    assert refused.value.code == "level_unknown"
    assert queries.customer(customer.id) == customer
    assert limits_of(customer) == pack_limits("US", 1)


def test_an_unknown_customer_has_no_level() -> None:
    with pytest.raises(CustomerRefused) as refused, transaction.atomic():
        actions.set_level(customer_id=new_uuid7(), level=1, now=NOW)
    assert refused.value.code == "customer_not_found"


def test_setting_a_level_needs_a_transaction() -> None:
    customer = new_customer()
    with pytest.raises(BrokenInvariant):
        actions.set_level(customer_id=customer.id, level=1, now=NOW)
    assert queries.customer(customer.id) == customer


def test_a_lower_level_leaves_nothing_of_what_is_used_already() -> None:
    customer = new_customer(level=1)
    payer, payee = new_account(balance_minor=60_000), new_account()
    item = transfer(payer, payee, 50_000, Count(customer.send_subject_id, 50_000))
    assert outcome_of(item) is Outcome.POSTED
    set_level(customer, 0)
    entry = book.entry(item.id)
    assert entry is not None
    day = queries.limits(customer.id, now=entry.booked_at)[1]
    assert (day.flow, day.window) == (Flow.SEND, Window.DAY)
    assert (day.limit, day.used, day.left) == (Money(5_000, "USD"), Money(50_000, "USD"), Money(0, "USD"))
    more = transfer(payer, payee, 1, Count(customer.send_subject_id, 1))
    assert outcome_of(more) is Outcome.LIMIT_PER_DAY


def test_of_two_levels_set_at_once_row_and_limits_agree() -> None:
    with Crew(4) as crew:
        for _ in range(ROUNDS):
            customer = new_customer()
            crew.at_once([partial(set_level, customer, level) for level in (1, 2, 3, 1)])
            after = queries.customer(customer.id)
            assert after is not None
            assert limits_of(customer) == pack_limits("US", after.level)
            steps = [event[2] for event in events_about(customer)[1:]]
            reached = [0, *(step["level"] for step in steps)]
            assert [step["previous_level"] for step in steps] == reached[:-1], "one follows from the other"
            assert after.level == reached[-1]
            assert len(audit.history(f"customer:{customer.id}")) == len(steps)


def test_limits_are_never_set_in_another_currency(monkeypatch: pytest.MonkeyPatch) -> None:
    customer, japan = new_customer(), regions.country("JP")

    def moved(code: str) -> Country:
        return japan

    monkeypatch.setattr(regions, "country", moved)
    with pytest.raises(BrokenInvariant, match="another currency"):
        set_level(customer, 1)
    monkeypatch.undo()
    assert limits_of(customer) == pack_limits("US", 0)
