"""From the intent to the end: what each answer of the acquirer does to movement, wallet and book."""

from __future__ import annotations

import random
from uuid import UUID

import pytest
from django.db import transaction

from okpay.base.errors import BrokenInvariant
from okpay.funding import actions
from okpay.funding.actions.answer import OPERATOR_HAS
from okpay.funding.actions.charge import LEASE
from okpay.funding.actions.start import hold_id
from okpay.funding.models import TopUp
from okpay.funding.providers.protocol import ChargeOrder, Outcome
from okpay.ledger import actions as ledger
from okpay.ledger import queries as book
from okpay.ledger.records import AccountStatus, HoldStatus
from okpay.movements import queries as movements
from okpay.movements.records import NextStep, Reason, State, Turn
from tests.factories import funding
from tests.factories.funding import new_card
from tests.factories.transfers import Holder, movement_of, new_holder
from tests.funding.agreement import check_books
from tests.funding.conftest import Clock
from tests.funding.keeping import Keeping
from tests.laws.crew import Crew


def maturing(holder: Holder) -> int:
    """Return what lies on the account maturing."""
    account = book.account(holder.wallet.maturing_account_id)
    assert account is not None
    return account.balance_minor


def hold_of(movement_id: UUID) -> HoldStatus:
    """Return how the hold of a top-up stands."""
    found = book.hold(hold_id(movement_id))
    assert found is not None
    return found.status


def started(holder: Holder, minor: int) -> UUID:
    """Begin a top-up from a new card, and return its movement."""
    return funding.started(holder, new_card(holder), minor).id


def states(movement_id: UUID) -> list[State]:
    """Return the states that a movement has been in."""
    return [event.state for event in movements.timeline(movement_id)]


def test_a_charge_that_succeeds_is_money_that_matures(clock: Clock) -> None:
    anna, acquirer = new_holder(), Keeping()
    movement_id = started(anna, 20_00)
    assert hold_of(movement_id) is HoldStatus.OPEN
    assert maturing(anna) == 0
    assert actions.charge_once(acquirer, clock=clock) == 1
    movement = movement_of(movement_id)
    assert (movement.state, movement.turn, movement.deadline_at) == (State.COMPLETED, Turn.NOBODY, None)
    assert maturing(anna) == 20_00
    assert hold_of(movement_id) is HoldStatus.CAPTURED
    assert actions.charge_once(acquirer, clock=clock) == 0
    assert states(movement_id) == [State.PROCESSING, State.COMPLETED]


def test_a_decline_moves_nothing_and_says_why(clock: Clock) -> None:
    anna, acquirer = new_holder(), Keeping(lambda order: Outcome.DECLINED)
    movement_id = started(anna, 20_00)
    actions.charge_once(acquirer, clock=clock)
    movement = movement_of(movement_id)
    assert (movement.state, movement.reason) == (State.DECLINED, Reason.CARD_DECLINED)
    assert maturing(anna) == 0
    assert hold_of(movement_id) is HoldStatus.RELEASED


def test_a_lost_answer_ends_as_one_booking(clock: Clock) -> None:
    anna = new_holder()
    acquirer = Keeping(lambda order: Outcome.UNKNOWN)
    movement_id = started(anna, 20_00)
    for _ in range(3):
        assert actions.charge_once(acquirer, clock=clock) == 1
        movement = movement_of(movement_id)
        assert (movement.state, movement.turn) == (State.UNKNOWN, Turn.PROVIDER)
        assert movement.next_step is NextStep.ANSWER_IS_FOUND
        assert hold_of(movement_id) is HoldStatus.OPEN
        assert actions.charge_once(acquirer, clock=clock) == 0, "it rests before it asks again"
        clock.wait(minutes=10)
    acquirer.behave = lambda order: Outcome.SUCCEEDED
    actions.charge_once(acquirer, clock=clock)
    assert movement_of(movement_id).state is State.COMPLETED
    assert maturing(anna) == 20_00
    assert len(acquirer.made) == 1
    assert len(acquirer.calls) == 4
    assert states(movement_id) == [State.PROCESSING, State.UNKNOWN, State.COMPLETED]


def test_a_worker_that_was_killed_is_taken_to_have_charged(clock: Clock) -> None:
    class Killed(BaseException):
        """The process is gone."""

    def die(order: ChargeOrder) -> Outcome:
        raise Killed

    anna, acquirer = new_holder(), Keeping()
    movement_id = started(anna, 20_00)
    acquirer.behave = die
    with pytest.raises(Killed):
        actions.charge_once(acquirer, clock=clock)
    assert actions.charge_once(acquirer, clock=clock) == 0, "the lease holds"
    # From here on nobody gets through: that says nothing about the call that was not answered.
    acquirer.behave = lambda order: Outcome.NOT_SENT
    for _ in range(200):
        clock.wait(minutes=10)
        actions.charge_once(acquirer, clock=clock)
    movement = movement_of(movement_id)
    assert (movement.state, movement.turn) == (State.UNKNOWN, Turn.OPERATOR)
    assert hold_of(movement_id) is HoldStatus.OPEN, "no time-out gives money back"


def test_what_was_surely_never_sent_is_given_up(clock: Clock) -> None:
    anna, acquirer = new_holder(), Keeping(lambda order: Outcome.NOT_SENT)
    movement_id = started(anna, 20_00)
    actions.charge_once(acquirer, clock=clock)
    assert movement_of(movement_id).state is State.PROCESSING
    clock.wait(hours=24)
    actions.charge_once(acquirer, clock=clock)
    movement = movement_of(movement_id)
    assert (movement.state, movement.reason) == (State.DECLINED, Reason.CARD_ERROR)
    assert acquirer.made == {}
    assert hold_of(movement_id) is HoldStatus.RELEASED


def test_nothing_stays_unknown_past_its_deadline(clock: Clock) -> None:
    anna, acquirer = new_holder(), Keeping(lambda order: Outcome.UNKNOWN)
    movement_id = started(anna, 20_00)
    for _ in range(24 * 6 + 3):
        actions.charge_once(acquirer, clock=clock)
        clock.wait(minutes=10)
    movement = movement_of(movement_id)
    assert (movement.state, movement.turn, movement.next_step) == (
        State.UNKNOWN,
        Turn.OPERATOR,
        NextStep.IS_CHECKED,
    )
    first = movement.deadline_at
    assert first is not None
    assert first > clock.now
    clock.now = first + LEASE
    actions.charge_once(acquirer, clock=clock)
    later = movement_of(movement_id).deadline_at
    assert later == clock.now + OPERATOR_HAS
    assert hold_of(movement_id) is HoldStatus.OPEN


def test_after_the_key_has_lapsed_nobody_is_charged_again(clock: Clock) -> None:
    anna, acquirer = new_holder(), Keeping(lambda order: Outcome.UNKNOWN)
    movement_id = started(anna, 20_00)
    actions.charge_once(acquirer, clock=clock)
    clock.wait(hours=25)
    actions.charge_once(acquirer, clock=clock)
    assert len(acquirer.calls) == 1
    # The acquirer's own word, such as an event of it, gives the charge a name: by that it is asked about.
    ((charge_id, _, _),) = acquirer.made.values()
    acquirer.behave = lambda order: Outcome.SUCCEEDED
    assert actions.wake_top_up(movement_id=movement_id, charge_id=charge_id, now=clock.now)
    actions.charge_once(acquirer, clock=clock)
    assert movement_of(movement_id).state is State.COMPLETED
    assert maturing(anna) == 20_00


def test_an_answer_that_comes_after_the_lease_counts_once(clock: Clock) -> None:
    anna, second = new_holder(), Keeping()

    def slow(order: ChargeOrder) -> Outcome:
        clock.wait(minutes=2)
        actions.charge_once(second, clock=clock)
        return Outcome.UNKNOWN

    first = Keeping(slow)
    movement_id = started(anna, 20_00)
    actions.charge_once(first, clock=clock)
    assert movement_of(movement_id).state is State.COMPLETED
    assert maturing(anna) == 20_00
    assert states(movement_id) == [State.PROCESSING, State.COMPLETED]


def test_a_late_answer_without_news_does_not_disturb_who_took_over(clock: Clock) -> None:
    anna, second = new_holder(), Keeping(lambda order: Outcome.PROCESSING)

    def slow(order: ChargeOrder) -> Outcome:
        clock.wait(minutes=2)
        actions.charge_once(second, clock=clock)
        return Outcome.NOT_SENT

    movement_id = started(anna, 20_00)
    actions.charge_once(Keeping(slow), clock=clock)
    row = TopUp.objects.get(movement_id=movement_id)
    assert row.charge_id
    assert row.may_be_charged
    assert movement_of(movement_id).state is State.PROCESSING


def test_what_is_processing_is_asked_about_until_it_is_done(clock: Clock) -> None:
    anna, acquirer = new_holder(), Keeping(lambda order: Outcome.PROCESSING)
    movement_id = started(anna, 20_00)
    actions.charge_once(acquirer, clock=clock)
    assert movement_of(movement_id).state is State.PROCESSING
    acquirer.behave = lambda order: Outcome.SUCCEEDED
    assert actions.wake_top_up(movement_id=movement_id, now=clock.now)
    actions.charge_once(acquirer, clock=clock)
    assert movement_of(movement_id).state is State.COMPLETED
    assert len(acquirer.made) == 1


def test_a_frozen_wallet_gets_its_money_when_it_may(clock: Clock) -> None:
    anna, acquirer = new_holder(), Keeping()
    movement_id = started(anna, 20_00)
    account = anna.wallet.maturing_account_id
    ledger.set_account_status(account_id=account, status=AccountStatus.FROZEN)
    actions.charge_once(acquirer, clock=clock)
    assert movement_of(movement_id).state is State.PROCESSING
    assert hold_of(movement_id) is HoldStatus.OPEN
    ledger.set_account_status(account_id=account, status=AccountStatus.ACTIVE)
    clock.wait(minutes=10)
    actions.charge_once(acquirer, clock=clock)
    assert movement_of(movement_id).state is State.COMPLETED
    assert maturing(anna) == 20_00


def test_a_fault_of_our_own_module_is_an_unknown_answer(clock: Clock) -> None:
    def broken(order: ChargeOrder) -> Outcome:
        raise ZeroDivisionError

    anna, acquirer = new_holder(), Keeping(broken)
    movement_id = started(anna, 20_00)
    assert actions.charge_once(acquirer, clock=clock) == 1
    assert movement_of(movement_id).state is State.UNKNOWN


def test_the_acquirer_is_never_called_inside_a_transaction(clock: Clock) -> None:
    with transaction.atomic(), pytest.raises(BrokenInvariant):
        actions.charge_once(Keeping(), clock=clock)


def test_without_an_acquirer_nothing_is_taken(clock: Clock) -> None:
    anna = new_holder()
    movement_id = started(anna, 20_00)
    assert actions.charge_once(None, clock=clock) == 0
    assert TopUp.objects.get(movement_id=movement_id).tries == 0


def test_waking_knows_what_is_ours(clock: Clock) -> None:
    assert not actions.wake_top_up(movement_id=UUID(int=7), now=clock.now)
    anna = new_holder()
    movement_id = started(anna, 20_00)
    actions.charge_once(Keeping(), clock=clock)
    assert actions.wake_top_up(movement_id=movement_id, now=clock.now, charge_id="pi_other")
    row = TopUp.objects.get(movement_id=movement_id)
    assert row.due_at is None, "what has ended stays ended"
    assert row.charge_id != "pi_other"


def test_a_card_that_is_gone_ends_only_what_was_never_sent(clock: Clock) -> None:
    anna, acquirer = new_holder(), Keeping(lambda order: Outcome.HOPELESS)
    movement_id = started(anna, 20_00)
    actions.charge_once(acquirer, clock=clock)
    movement = movement_of(movement_id)
    assert (movement.state, movement.reason) == (State.DECLINED, Reason.CARD_REMOVED)
    # With another key of ours the acquirer knows no card of before; the lost call may have charged it all the same.
    acquirer.behave = lambda order: Outcome.UNKNOWN
    second = started(anna, 20_00)
    actions.charge_once(acquirer, clock=clock)
    acquirer.behave = lambda order: Outcome.HOPELESS
    clock.wait(minutes=10)
    actions.charge_once(acquirer, clock=clock)
    assert movement_of(second).state is State.UNKNOWN
    assert hold_of(second) is HoldStatus.OPEN


@pytest.mark.parametrize("last", [Outcome.SUCCEEDED, Outcome.DECLINED])
def test_book_movement_and_line_agree_at_every_step(clock: Clock, last: Outcome) -> None:
    anna, acquirer = new_holder(), Keeping(lambda order: Outcome.NOT_SENT)
    movement = funding.started(anna, new_card(anna), 20_00)
    for outcome in (Outcome.NOT_SENT, Outcome.MISCONFIGURED, last):
        acquirer.behave = lambda order, outcome=outcome: outcome  # type: ignore[misc]
        check_books(anna, movement)
        actions.charge_once(acquirer, clock=clock)
        check_books(anna, movement)
        clock.wait(minutes=10)
    assert movement_of(movement.id).state.is_final


def test_four_workers_with_lost_answers_book_each_top_up_once(clock: Clock) -> None:
    dice = random.Random(20261125)
    holders = [new_holder() for _ in range(20)]
    begun = [(holder, funding.started(holder, new_card(holder), 20_00)) for holder in holders]

    def behave(order: ChargeOrder) -> Outcome:
        return dice.choice(
            [Outcome.SUCCEEDED, Outcome.UNKNOWN, Outcome.UNKNOWN, Outcome.NOT_SENT, Outcome.PROCESSING]
        )

    acquirer = Keeping(behave)

    def work() -> None:
        while actions.charge_once(acquirer, clock=clock):
            pass

    with Crew(4) as crew:
        for _ in range(12):
            crew.at_once([work] * 4)
            clock.wait(minutes=10)
        acquirer.behave = lambda order: Outcome.SUCCEEDED
        crew.at_once([work] * 4)
    for holder, movement in begun:
        assert check_books(holder, movement).state is State.COMPLETED
        assert maturing(holder) == 20_00
    assert len(acquirer.made) == 20


def test_a_name_that_is_worth_nothing_is_dropped_and_the_key_asked_again(clock: Clock) -> None:
    anna, acquirer = new_holder(), Keeping(lambda order: Outcome.UNKNOWN)
    movement_id = started(anna, 20_00)
    assert actions.wake_top_up(movement_id=movement_id, charge_id="pi_other", now=clock.now)
    assert TopUp.objects.get(movement_id=movement_id).charge_id == "", "nothing was asked for yet"
    actions.charge_once(acquirer, clock=clock)
    assert actions.wake_top_up(movement_id=movement_id, charge_id="pi_other", now=clock.now)
    acquirer.behave = lambda order: Outcome.SUCCEEDED
    actions.charge_once(acquirer, clock=clock)
    assert movement_of(movement_id).state is State.UNKNOWN
    clock.wait(minutes=1)
    actions.charge_once(acquirer, clock=clock)
    assert movement_of(movement_id).state is State.COMPLETED
    assert len(acquirer.made) == 1
