"""Charging at a bad moment: late, twice at once, during maintenance, for a card that is gone or a frozen account."""

from __future__ import annotations

import threading
from datetime import datetime, timedelta

import pytest
from django.db import transaction

from okpay.base import clock
from okpay.funding import actions, models, queries
from okpay.funding.providers.protocol import ChargeAnswer, ChargeOrder
from okpay.ledger import actions as ledger
from okpay.ledger.records import AccountStatus
from okpay.movements import queries as movements
from okpay.movements.records import Movement, NextStep, Reason, State, Turn
from tests.factories.funding import (
    ScriptedAcquirer,
    charge,
    decline,
    lose,
    new_card,
    process,
    started,
    succeed,
    unreachable,
)
from tests.factories.transfers import Holder, new_holder
from tests.funding.agreement import check_books
from tests.laws.crew import Crew

pytestmark = pytest.mark.usefixtures("clock")


def pending(minor: int = 20_00) -> tuple[Holder, Movement]:
    """Return somebody whose top-up has begun."""
    anna = new_holder()
    return anna, started(anna, new_card(anna), minor)


def once(acquirer: ScriptedAcquirer, now: datetime) -> int:
    """Do one round."""
    return actions.charge_once(acquirer, clock=lambda: now)


def at(movement: Movement, **later: float) -> datetime:
    """Return an instant that is so much later than the beginning."""
    return movement.created_at + timedelta(**later)


def states(movement: Movement) -> list[State]:
    """Return the states of the timeline."""
    return [event.state for event in movements.timeline(movement.id)]


def test_what_is_processed_can_be_declined_in_the_end() -> None:
    anna, movement = pending()
    acquirer = ScriptedAcquirer(process, decline())
    charge(acquirer)
    charge(acquirer, at(movement, seconds=10))
    assert check_books(anna, movement).state is State.DECLINED


def test_a_worker_that_was_away_does_not_charge_days_later() -> None:
    anna, movement = pending()
    acquirer = ScriptedAcquirer()
    charge(acquirer, at(movement, days=3))
    assert acquirer.charged == []
    assert check_books(anna, movement).reason is Reason.CARD_ERROR


def test_keys_that_hang_after_many_calls_that_got_nowhere_count_from_the_first_that_may_have() -> None:
    anna, movement = pending()
    acquirer = ScriptedAcquirer(unreachable, lose, succeed)
    charge(acquirer)
    charge(acquirer, at(movement, hours=22))
    charge(acquirer, at(movement, hours=23, minutes=50))
    assert len(acquirer.charged) == 3, "the key is not two hours old"
    assert check_books(anna, movement).state is State.COMPLETED


def test_processing_for_more_than_a_day_is_the_operators_turn_and_still_arrives() -> None:
    anna, movement = pending()
    acquirer = ScriptedAcquirer(process, process, succeed)
    charge(acquirer)
    charge(acquirer, at(movement, hours=25))
    assert check_books(anna, movement).turn is Turn.OPERATOR
    charge(acquirer, at(movement, hours=26))
    assert check_books(anna, movement).state is State.COMPLETED


class Killed(BaseException):
    """The process ends here."""


def test_killed_between_call_and_record_is_one_booking() -> None:
    anna, movement = pending()
    seen: list[ChargeOrder] = []

    def die(order: ChargeOrder) -> ChargeAnswer:
        seen.append(order)
        raise Killed

    with pytest.raises(Killed):
        once(ScriptedAcquirer(die), clock.now())
    assert charge(ScriptedAcquirer()) == 0, "the lease holds"
    acquirer = ScriptedAcquirer()
    charge(acquirer, at(movement, seconds=70))
    assert [order.id for order in (*seen, *acquirer.charged)] == [movement.id] * 2
    assert check_books(anna, movement).state is State.COMPLETED
    assert anna.available == 20_00


@pytest.mark.parametrize("round_", range(5))
def test_doubled_answers_are_one_booking(round_: int) -> None:
    """Two loops get the same success for one charge at the same moment."""
    anna, movement = pending()
    barrier = threading.Barrier(2)

    def both(order: ChargeOrder) -> ChargeAnswer:
        barrier.wait(10)
        return succeed(order)

    acquirer = ScriptedAcquirer(both)
    with Crew(2) as crew:
        crew.at_once(
            [
                lambda: once(acquirer, clock.now()),
                lambda: once(acquirer, _when_taken(movement)),
            ]
        )
    assert len(acquirer.charged) == 2
    assert check_books(anna, movement).state is State.COMPLETED
    assert anna.available == 20_00


def _when_taken(movement: Movement) -> datetime:
    """Wait until somebody has taken it; return an instant after the lease."""
    while not models.TopUp.objects.get(movement_id=movement.id).is_called:
        pass
    return at(movement, seconds=70)


def test_charged_during_maintenance_is_booked_afterwards() -> None:
    anna, movement = pending()
    acquirer = ScriptedAcquirer(process, succeed)
    charge(acquirer)
    ledger.set_holds_only(True)
    try:
        charge(acquirer, at(movement, seconds=5))
        waits = check_books(anna, movement)
        assert (waits.state, waits.reason, waits.turn, waits.next_step) == (
            State.PROCESSING,
            Reason.MAINTENANCE,
            Turn.OPERATOR,
            NextStep.MAINTENANCE_ENDS,
        )
    finally:
        ledger.set_holds_only(False)
    charge(acquirer, at(movement, seconds=16))
    assert check_books(anna, movement).state is State.COMPLETED
    assert anna.available == 20_00


def test_during_maintenance_nothing_new_is_charged_and_declines_end() -> None:
    anna, movement = pending()
    ben = new_holder()
    asked = started(ben, new_card(ben), 3_00)
    models.TopUp.objects.filter(movement_id=asked.id).update(may_be_charged=True, first_called_at=clock.now())
    ledger.set_holds_only(True)
    try:
        acquirer = ScriptedAcquirer(decline())
        charge(acquirer)
    finally:
        ledger.set_holds_only(False)
    assert [order.id for order in acquirer.charged] == [asked.id]
    assert check_books(ben, asked).state is State.DECLINED
    assert check_books(anna, movement).state is State.PROCESSING


def test_charged_for_a_frozen_account_is_booked_when_it_is_free_however_late() -> None:
    anna, movement = pending()
    ledger.set_account_status(account_id=anna.wallet.maturing_account_id, status=AccountStatus.FROZEN)
    acquirer = ScriptedAcquirer()
    charge(acquirer)
    charge(acquirer, at(movement, days=100))
    waits = check_books(anna, movement)
    assert (waits.state, waits.reason, waits.turn) == (
        State.PROCESSING,
        Reason.RECIPIENT_FROZEN,
        Turn.OPERATOR,
    )
    assert waits.deadline_at is not None
    assert waits.deadline_at > at(movement, days=100)
    ledger.set_account_status(account_id=anna.wallet.maturing_account_id, status=AccountStatus.ACTIVE)
    charge(acquirer, at(movement, days=100, seconds=11))
    assert check_books(anna, movement).state is State.COMPLETED
    assert len(acquirer.charged) == 1


def test_a_card_removed_before_it_was_charged_is_not_charged() -> None:
    anna, movement = pending()
    card = queries.card_of_top_up(movement.id)
    assert card is not None
    with transaction.atomic():
        actions.remove_card(customer_id=anna.customer.id, card_id=card.id, now=clock.now())
    acquirer = ScriptedAcquirer()
    charge(acquirer)
    assert acquirer.charged == []
    assert check_books(anna, movement).reason is Reason.CARD_REMOVED


def test_a_card_removed_while_the_answer_is_lost_is_still_asked_for() -> None:
    anna, movement = pending()
    acquirer = ScriptedAcquirer(lose, succeed)
    charge(acquirer)
    card = queries.card_of_top_up(movement.id)
    assert card is not None
    with transaction.atomic():
        actions.remove_card(customer_id=anna.customer.id, card_id=card.id, now=clock.now())
    charge(acquirer, at(movement, seconds=5))
    assert check_books(anna, movement).state is State.COMPLETED


def test_waking_asks_at_once_but_not_while_a_call_is_under_way() -> None:
    anna, movement = pending()
    acquirer = ScriptedAcquirer(process, succeed)
    charge(acquirer)
    assert charge(acquirer) == 0
    assert actions.wake_top_up(movement_id=movement.id, now=clock.now())
    assert charge(acquirer) == 1
    assert check_books(anna, movement).state is State.COMPLETED

    ben = new_holder()
    his = started(ben, new_card(ben), 3_00)

    def woken(order: ChargeOrder) -> ChargeAnswer:
        assert actions.wake_top_up(movement_id=his.id, now=clock.now())
        assert charge(ScriptedAcquirer(lose)) == 0
        return succeed(order)

    once(ScriptedAcquirer(woken), clock.now())
    assert check_books(ben, his).state is State.COMPLETED
    assert states(his) == [State.PROCESSING, State.COMPLETED]
