"""The rules at their boundaries: what is allowed, what is warned about, what is refused, and which rule is stricter."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import pytest

from okpay.base.ids import new_uuid7
from okpay.base.money import Money
from okpay.movements.records import Kind, Movement, State
from okpay.regions import queries as regions
from okpay.regions.records import Flow, Window
from okpay.risk import queries
from okpay.risk.records import Decision, Proposal, Rule, Verdict
from tests.factories.bare_movements import NOON, a_movement, a_step, advance, written

SEND = regions.country("US").levels[0].limit(Flow.SEND, Window.MOVEMENT).amount_minor
TOP_UP = regions.country("US").levels[0].limit(Flow.TOP_UP, Window.MOVEMENT).amount_minor
SOON = timedelta(minutes=regions.country("US").transfers.duplicate_minutes)


def proposal(
    minor: int,
    *,
    payer: UUID | None = None,
    payee: UUID | None = None,
    level: int = 1,
    kind: Kind = Kind.TRANSFER,
    currency: str = "USD",
) -> Proposal:
    """Return what somebody wants to send at noon."""
    return Proposal(
        kind, payer or new_uuid7(), payee or new_uuid7(), Money(minor, currency), "US", level, NOON
    )


def judge(*proposals: Proposal) -> list[Verdict]:
    """Ask the decision point."""
    return queries.judge(proposals)


def rules(verdict: Verdict) -> list[Rule]:
    """Return which rules spoke."""
    return [warned.rule for warned in verdict.reasons]


def earlier(
    payer: UUID,
    payee: UUID,
    minor: int,
    ago: timedelta,
    state: State = State.COMPLETED,
    currency: str = "USD",
) -> Movement:
    """Write what was sent before."""
    at = NOON - ago
    movement = a_movement(
        State.COMPLETED if state is State.COMPLETED else State.PENDING,
        payer_id=payer,
        payee_key=payee,
        amount_minor=minor,
        currency=currency,
        created_at=at,
        changed_at=at,
    )
    written(movement)
    return movement if state is movement.state else advance(a_step(movement.id, state))[movement.id]


@pytest.mark.parametrize(
    ("kind", "most"), [(Kind.TRANSFER, SEND), (Kind.TOP_UP, TOP_UP)], ids=["transfer", "top-up"]
)
def test_level_0_moves_as_much_as_the_pack_allows_and_no_more(kind: Kind, most: int) -> None:
    below, above = judge(proposal(most, level=0, kind=kind), proposal(most + 1, level=0, kind=kind))
    assert below.decision < Decision.REFUSE
    assert above.decision is Decision.REFUSE
    assert (rules(above), above.allowance) == ([Rule.LEVEL_ALLOWANCE], Money(most, "USD"))


@pytest.mark.parametrize("level", [1, 2, 3])
def test_from_level_1_on_the_ledger_s_limits_say_enough(level: int) -> None:
    (verdict,) = judge(proposal(SEND * 1_000, level=level))
    assert verdict.decision is Decision.WARN
    assert verdict.allowance is None


def test_what_is_confirmed_is_refused_as_before_and_not_warned_of() -> None:
    twice = proposal(SEND, level=0)
    wanted = [proposal(SEND + 1, level=0), twice, twice, proposal(TOP_UP + 1, level=0, kind=Kind.TOP_UP)]
    refused = [verdict if verdict.decision is Decision.REFUSE else None for verdict in judge(*wanted)]
    assert queries.refusals(wanted) == refused
    assert [verdict is None for verdict in refused] == [False, True, True, False]


def test_the_first_payment_to_somebody_is_warned_about() -> None:
    anna, ben = new_uuid7(), new_uuid7()
    (verdict,) = judge(proposal(100, payer=anna, payee=ben))
    assert (verdict.decision, rules(verdict)) == (Decision.WARN, [Rule.FIRST_PAYMENT])
    earlier(anna, ben, 7, timedelta(days=400))
    (verdict,) = judge(proposal(100, payer=anna, payee=ben))
    assert (verdict.decision, rules(verdict)) == (Decision.ALLOW, [])
    assert rules(judge(proposal(100, payer=ben, payee=anna))[0]) == [Rule.FIRST_PAYMENT]


@pytest.mark.parametrize(
    ("state", "expected"),
    [
        (State.COMPLETED, Decision.ALLOW),
        (State.PENDING, Decision.ALLOW),
        (State.CANCELLED, Decision.WARN),
        (State.RETURNED, Decision.WARN),
    ],
)
def test_what_never_left_is_no_payment(state: State, expected: Decision) -> None:
    anna, ben = new_uuid7(), new_uuid7()
    earlier(anna, ben, 7, timedelta(days=1), state)
    assert judge(proposal(100, payer=anna, payee=ben))[0].decision is expected


@pytest.mark.parametrize(
    ("ago", "is_twin"),
    [
        (timedelta(0), True),
        (SOON - timedelta(microseconds=1), True),
        (SOON, True),
        (SOON + timedelta(microseconds=1), False),
    ],
    ids=["now", "just within", "on the minute", "just after"],
)
def test_the_same_amount_to_the_same_payee_within_minutes_is_warned_about(
    ago: timedelta, is_twin: bool
) -> None:
    anna, ben = new_uuid7(), new_uuid7()
    twin = earlier(anna, ben, 100, ago)
    (verdict,) = judge(proposal(100, payer=anna, payee=ben))
    assert rules(verdict) == ([Rule.DUPLICATE] if is_twin else [])
    if is_twin:
        assert verdict.reasons[0].earlier == twin


def test_another_amount_another_payee_or_another_currency_is_no_twin() -> None:
    anna, ben, carla = new_uuid7(), new_uuid7(), new_uuid7()
    earlier(anna, ben, 100, timedelta(minutes=1))
    earlier(anna, carla, 55, timedelta(days=2))
    verdicts = judge(
        proposal(101, payer=anna, payee=ben),
        proposal(100, payer=anna, payee=carla),
        proposal(100, payer=anna, payee=ben, currency="EUR"),
        proposal(100, payer=anna, payee=ben),
    )
    assert [rules(verdict) for verdict in verdicts] == [[], [], [], [Rule.DUPLICATE]]


@pytest.mark.parametrize("state", [State.CANCELLED, State.RETURNED])
def test_what_came_back_may_be_sent_again(state: State) -> None:
    anna, ben = new_uuid7(), new_uuid7()
    earlier(anna, ben, 100, timedelta(minutes=1), state)
    (verdict,) = judge(proposal(100, payer=anna, payee=ben))
    assert Rule.DUPLICATE not in rules(verdict)


def test_the_latest_twin_is_shown_and_both_rules_may_speak() -> None:
    anna, ben = new_uuid7(), new_uuid7()
    earlier(anna, ben, 100, timedelta(minutes=3))
    latest = earlier(anna, ben, 100, timedelta(minutes=2))
    earlier(anna, ben, 70, timedelta(minutes=1))
    (verdict,) = judge(proposal(100, payer=anna, payee=ben))
    assert verdict.reasons[0].earlier == latest


def test_the_strictest_decision_counts_and_answers_come_in_order() -> None:
    anna, ben = new_uuid7(), new_uuid7()
    earlier(anna, ben, SEND + 1, timedelta(minutes=1))
    verdicts = judge(
        proposal(SEND + 1, payer=anna, payee=ben, level=0),
        proposal(SEND + 1, payer=anna, payee=ben, level=1),
        proposal(SEND, payer=anna, payee=ben, level=0),
        proposal(TOP_UP, kind=Kind.TOP_UP),
    )
    assert [verdict.decision for verdict in verdicts] == [
        Decision.REFUSE,
        Decision.WARN,
        Decision.ALLOW,
        Decision.ALLOW,
    ]
    assert judge() == []
