"""Every code of a movement has words, and none of them tells what only the operator may know."""

from __future__ import annotations

from datetime import timedelta

import pytest

from okpay.base import clock
from okpay.base.ids import new_uuid7
from okpay.base.money import Money
from okpay.doors.web import movement_words as words
from okpay.movements.records import (
    FIRST_STATES,
    Kind,
    Movement,
    NextStep,
    Reason,
    State,
    TimelineEvent,
    Turn,
)
from tests.factories.movements import WAITS

UNFINISHED = [state for state in State if not state.is_final]


def movement(
    kind: Kind, state: State, turn: Turn = Turn.PAYEE, next_step: NextStep = NextStep.SIGNS_UP
) -> Movement:
    """Return a movement that stands nowhere."""
    now, money = clock.now(), Money(1, "USD")
    return Movement(
        new_uuid7(), kind, state, Reason.NONE, turn, next_step, now + timedelta(days=1), money.currency, money.minor, 0,
        new_uuid7(), None, new_uuid7(), "", 1, now, now,
    )  # fmt: skip


def test_every_code_has_words() -> None:
    assert set(words.KINDS) == set(Kind)
    assert set(words.STATES) == set(words.LOOKS) == set(words.TONES) == set(State)
    assert set(words.TURNS) == set(Turn)
    assert set(words.REASONS) == set(Reason)
    assert set(words.NEXT_STEPS) == set(NextStep)
    for kind in Kind:
        for state in State:
            assert words.EVENTS[kind, state]
        for state in FIRST_STATES:
            assert words.FIRST_EVENTS[kind, state]


@pytest.mark.parametrize("is_payer", [True, False])
@pytest.mark.parametrize("kind", Kind)
@pytest.mark.parametrize("state", UNFINISHED)
def test_whoever_waits_reads_where_the_money_is_and_until_when(
    kind: Kind, state: State, is_payer: bool
) -> None:
    found = movement(kind, state)
    assert words.where_words(found, is_payer=is_payer)
    assert "{when}" in str(words.deadline_words(found, is_payer=is_payer))
    for turn in set(Turn) - {Turn.NOBODY}:
        assert words.turn_words(movement(kind, state, turn), is_payer=is_payer)


def test_one_word_for_one_state() -> None:
    said = [str(word) for word in words.STATES.values()]
    assert len(set(said)) == len(said)


def test_your_turn_is_said_to_whose_turn_it_is() -> None:
    found = movement(Kind.TRANSFER, State.PENDING, Turn.PAYEE)
    assert words.turn_words(found, is_payer=False) == words.YOUR_TURN
    assert words.turn_words(found, is_payer=True) == words.TURNS[Turn.PAYEE]


def test_a_frozen_recipient_reads_as_any_other_check() -> None:
    said = f"{words.REASONS[Reason.RECIPIENT_FROZEN]} {words.NEXT_STEPS[WAITS[Reason.RECIPIENT_FROZEN][1]]}".lower()
    for telling in ("frozen", "freeze", "suspend", "recipient", "blocked"):
        assert telling not in said


def test_an_event_and_its_reason_make_one_line() -> None:
    event = TimelineEvent(1, clock.now(), State.PENDING, Reason.ADDRESS_NOT_PROVEN, Turn.PAYEE)
    assert words.event_line(Kind.TRANSFER, event) == (
        "The transfer was sent: The recipient has not proven the address yet."
    )
