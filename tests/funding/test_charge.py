"""Charging: every answer that an acquirer may give, late, twice or never, ends in one booking or in none."""

from __future__ import annotations

import threading
from datetime import datetime, timedelta

import pytest
from django.db import transaction

from okpay.base import clock
from okpay.base.ids import new_uuid7
from okpay.funding import actions, models, queries
from okpay.funding.actions.charge import charge_through
from okpay.funding.providers.protocol import ChargeAnswer, ChargeOrder, Outcome
from okpay.ledger import actions as ledger
from okpay.ledger import queries as book
from okpay.ledger.records import AccountStatus
from okpay.movements import queries as movements
from okpay.movements.records import Movement, NextStep, Reason, State, Turn
from okpay.wallets import actions as wallets
from tests.factories.funding import (
    ScriptedAcquirer,
    charge,
    charge_id_of,
    decline,
    lose,
    new_card,
    process,
    start,
    started,
    succeed,
    top_up_command,
    unreachable,
)
from tests.factories.transfers import Holder, movement_of, new_holder
from tests.funding.agreement import check_books
from tests.laws.crew import Crew


def pending(minor: int = 20_00) -> tuple[Holder, Movement]:
    """Return somebody whose top-up has begun; nobody else's is due."""
    charge(ScriptedAcquirer(decline()), clock.now() + timedelta(days=400))
    anna = new_holder()
    return anna, started(anna, new_card(anna), minor)


def at(movement: Movement, **later: float) -> datetime:
    """Return an instant that is so much later than the beginning."""
    return movement.created_at + timedelta(**later)


def states(movement: Movement) -> list[State]:
    """Return the states of the timeline."""
    return [event.state for event in movements.timeline(movement.id)]


def test_it_arrives_and_matures_on_its_day() -> None:
    anna, movement = pending()
    acquirer = ScriptedAcquirer()
    assert charge(acquirer) == 1
    (order,) = acquirer.charged
    assert (order.id, order.amount, order.token[:3]) == (movement.id, movement.total, "pm_")
    ended = check_books(anna, movement)
    assert (ended.state, ended.turn, ended.deadline_at) == (State.COMPLETED, Turn.NOBODY, None)
    assert anna.available == 20_00
    assert queries.open_minor([anna.customer.id]) == {}
    available = anna.wallet.available_account_id
    while wallets.mature_once(now=at(movement, days=6, hours=23)):
        pass
    assert book.accounts_by_id([available])[available].balance_minor == 0
    while wallets.mature_once(now=at(movement, days=7, minutes=1)):
        pass
    assert book.accounts_by_id([available])[available].balance_minor == 20_00


@pytest.mark.parametrize(
    "code", ["card_declined", "card_insufficient_funds", "card_expired", "card_code_wrong", "card_error"]
)
def test_a_decline_says_why_and_moves_nothing(code: str) -> None:
    anna, movement = pending()
    assert charge(ScriptedAcquirer(decline(code))) == 1
    ended = check_books(anna, movement)
    assert (ended.state, ended.reason) == (State.DECLINED, Reason(code))
    assert anna.available == 0
    assert charge(ScriptedAcquirer(), at(movement, days=40)) == 0


def test_what_is_processed_is_asked_for_until_it_is_known() -> None:
    anna, movement = pending()
    acquirer = ScriptedAcquirer(process, process, succeed)
    assert charge(acquirer) == 1
    assert check_books(anna, movement).state is State.PROCESSING
    assert charge(acquirer) == 0, "not at once"
    assert charge(acquirer, at(movement, seconds=3)) == 1
    assert charge(acquirer, at(movement, seconds=10)) == 1
    assert (len(acquirer.charged), acquirer.asked) == (1, [charge_id_of(movement.id)] * 2)
    assert check_books(anna, movement).state is State.COMPLETED
    assert states(movement) == [State.PROCESSING, State.COMPLETED], "what is not new is not told"


def test_what_is_processed_can_be_declined_in_the_end() -> None:
    anna, movement = pending()
    acquirer = ScriptedAcquirer(process, decline())
    charge(acquirer)
    charge(acquirer, at(movement, seconds=10))
    assert check_books(anna, movement).state is State.DECLINED


def test_a_lost_answer_is_asked_for_under_the_same_id_and_booked_once() -> None:
    anna, movement = pending()
    acquirer = ScriptedAcquirer(lose, lose, succeed)
    charge(acquirer)
    unknown = check_books(anna, movement)
    assert (unknown.state, unknown.reason, unknown.turn, unknown.next_step) == (
        State.UNKNOWN,
        Reason.ANSWER_LOST,
        Turn.PROVIDER,
        NextStep.ANSWER_IS_FOUND,
    )
    assert unknown.deadline_at == at(movement, hours=24)
    for minutes in (1, 2, 3, 4):
        charge(acquirer, at(movement, minutes=minutes))
    assert {order.id for order in acquirer.charged} == {movement.id}
    assert len(acquirer.charged) == 3
    assert check_books(anna, movement).state is State.COMPLETED
    assert anna.available == 20_00
    assert states(movement) == [State.PROCESSING, State.UNKNOWN, State.COMPLETED]


def test_a_lost_answer_may_have_been_a_decline() -> None:
    anna, movement = pending()
    acquirer = ScriptedAcquirer(lose, decline("card_insufficient_funds"))
    charge(acquirer)
    charge(acquirer, at(movement, minutes=1))
    assert check_books(anna, movement).reason is Reason.CARD_INSUFFICIENT_FUNDS


def test_what_never_got_there_ends_at_its_deadline_without_a_call() -> None:
    anna, movement = pending()
    acquirer = ScriptedAcquirer(unreachable)
    for hours in range(24):
        charge(acquirer, at(movement, hours=hours))
        assert check_books(anna, movement).state is State.PROCESSING
    calls = len(acquirer.charged)
    assert calls >= 24
    charge(acquirer, at(movement, hours=24))
    ended = check_books(anna, movement)
    assert (ended.state, ended.reason) == (State.DECLINED, Reason.CARD_ERROR)
    assert len(acquirer.charged) == calls


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


def test_what_stays_unknown_becomes_the_operators_turn_and_nobody_gets_money() -> None:
    anna, movement = pending()
    acquirer = ScriptedAcquirer(lose)
    charge(acquirer)
    charge(acquirer, at(movement, hours=22))
    calls = len(acquirer.charged)
    charge(acquirer, at(movement, hours=25))
    assert len(acquirer.charged) == calls, "under a key that may be forgotten it could become a second charge"
    unknown = check_books(anna, movement)
    assert (unknown.state, unknown.turn, unknown.next_step) == (
        State.UNKNOWN,
        Turn.OPERATOR,
        NextStep.IS_CHECKED,
    )
    assert unknown.deadline_at == at(movement, hours=25, days=7)
    charge(acquirer, at(movement, days=30))
    again = check_books(anna, movement)
    assert again.deadline_at == at(movement, days=37), "no deadline passes in silence"
    assert anna.available == 0


def test_what_may_be_charged_does_not_end_because_nobody_answers_any_more() -> None:
    anna, movement = pending()
    acquirer = ScriptedAcquirer(lose, unreachable)
    charge(acquirer)
    for hours in (1, 12, 22, 25):
        charge(acquirer, at(movement, hours=hours))
    unknown = check_books(anna, movement)
    assert (unknown.state, unknown.turn) == (State.UNKNOWN, Turn.OPERATOR)


def test_processing_for_more_than_a_day_is_the_operators_turn_and_still_arrives() -> None:
    anna, movement = pending()
    acquirer = ScriptedAcquirer(process, process, succeed)
    charge(acquirer)
    charge(acquirer, at(movement, hours=25))
    assert check_books(anna, movement).turn is Turn.OPERATOR
    charge(acquirer, at(movement, hours=26))
    assert check_books(anna, movement).state is State.COMPLETED


def test_misconfigured_is_tried_again_and_not_told_to_the_customer() -> None:
    anna, movement = pending()
    acquirer = ScriptedAcquirer(lambda order: ChargeAnswer(Outcome.MISCONFIGURED, code="status_401"), succeed)
    charge(acquirer)
    assert states(movement) == [State.PROCESSING]
    charge(acquirer, at(movement, seconds=5))
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
        charge_through(ScriptedAcquirer(die), now=clock.now())
    assert charge(ScriptedAcquirer()) == 0, "the lease holds"
    acquirer = ScriptedAcquirer()
    charge(acquirer, at(movement, seconds=70))
    assert [order.id for order in (*seen, *acquirer.charged)] == [movement.id] * 2
    assert check_books(anna, movement).state is State.COMPLETED
    assert anna.available == 20_00


def test_killed_in_the_call_and_unreachable_ever_after_is_not_given_back() -> None:
    anna, movement = pending()

    def die(order: ChargeOrder) -> ChargeAnswer:
        raise Killed

    with pytest.raises(Killed):
        charge_through(ScriptedAcquirer(die), now=clock.now())
    acquirer = ScriptedAcquirer(unreachable)
    for hours in (1, 12, 25):
        charge(acquirer, at(movement, hours=hours))
    unknown = check_books(anna, movement)
    assert (unknown.state, unknown.turn) == (State.UNKNOWN, Turn.OPERATOR)


def test_an_answer_that_comes_after_the_lease_says_nothing_unless_it_was_charged() -> None:
    anna, movement = pending()

    def overtaken(order: ChargeOrder) -> ChargeAnswer:
        charge(ScriptedAcquirer(process), at(movement, seconds=70))
        return ChargeAnswer(Outcome.NOT_SENT, code="unreachable")

    charge_through(ScriptedAcquirer(overtaken), now=clock.now())
    row = models.TopUp.objects.get(movement_id=movement.id)
    assert (row.charge_id, row.may_be_charged) == (charge_id_of(movement.id), True)
    charge(ScriptedAcquirer(), at(movement, minutes=5))
    assert check_books(anna, movement).state is State.COMPLETED


def test_a_late_success_is_booked_and_the_later_call_finds_it_done() -> None:
    anna, movement = pending()

    def overtaken(order: ChargeOrder) -> ChargeAnswer:
        charge(ScriptedAcquirer(lose), at(movement, seconds=70))
        return succeed(order)

    charge_through(ScriptedAcquirer(overtaken), now=clock.now())
    assert check_books(anna, movement).state is State.COMPLETED
    assert charge(ScriptedAcquirer(), at(movement, hours=1)) == 0
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
                lambda: charge_through(acquirer, now=clock.now()),
                lambda: charge_through(acquirer, now=_when_taken(movement)),
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


def test_loops_at_once_charge_each_top_up_once() -> None:
    pending()
    charge(ScriptedAcquirer())
    holders = [new_holder() for _ in range(6)]
    for holder in holders:
        card = new_card(holder)
        start(*(top_up_command(holder, card, 1_00) for _ in range(5)))
    acquirer = ScriptedAcquirer()
    with Crew(4) as crew:
        crew.at_once([lambda: charge(acquirer)] * 4)
    ids = [order.id for order in acquirer.charged]
    assert len(ids) == len(set(ids)) == 30
    assert [holder.available for holder in holders] == [5_00] * 6


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
    assert not actions.wake_top_up(movement_id=movement.id, now=clock.now()), "it has ended"
    assert not actions.wake_top_up(movement_id=new_uuid7(), now=clock.now())

    ben = new_holder()
    his = started(ben, new_card(ben), 3_00)

    def woken(order: ChargeOrder) -> ChargeAnswer:
        assert actions.wake_top_up(movement_id=his.id, now=clock.now())
        assert charge(ScriptedAcquirer(lose)) == 0
        return succeed(order)

    charge_through(ScriptedAcquirer(woken), now=clock.now())
    assert check_books(ben, his).state is State.COMPLETED
    assert states(his) == [State.PROCESSING, State.COMPLETED]


def test_without_an_acquirer_nothing_is_taken() -> None:
    _, movement = pending()
    assert actions.charge_once(now=clock.now()) == 0
    assert movement_of(movement.id).events == 1
