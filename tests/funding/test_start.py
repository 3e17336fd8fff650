"""Beginning a top-up: once for each key, inside limits and ceiling, and refused before any card is charged."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from functools import partial

from django.db import transaction

from okpay.base import clock
from okpay.base.ids import new_uuid7
from okpay.base.money import Money
from okpay.customers import queries as customers
from okpay.funding import actions, models, queries
from okpay.funding.records import TopUpCommand
from okpay.ledger import actions as ledger
from okpay.ledger.records import AccountStatus
from okpay.movements import queries as movements
from okpay.movements.records import Accepted, CommandAnswer, NextStep, Refused, State, Turn
from okpay.regions.records import Flow
from okpay.wallets import actions as wallets
from tests.factories.funding import (
    ScriptedAcquirer,
    charge,
    decline,
    new_card,
    start,
    started,
    top_up_command,
)
from tests.factories.transfers import new_holder
from tests.funding.agreement import check_books
from tests.laws.crew import Crew


def test_it_is_written_down_before_anything_is_charged() -> None:
    anna = new_holder()
    movement = started(anna, new_card(anna), 20_00)
    assert (movement.state, movement.turn, movement.next_step) == (
        State.PROCESSING,
        Turn.PROVIDER,
        NextStep.CARD_IS_CHARGED,
    )
    assert movement.deadline_at == movement.created_at + timedelta(hours=24)
    assert (movement.payer_id, movement.payee_id, movement.fee_minor) == (None, anna.customer.id, 20)
    (entry,) = movements.record(anna.customer.id)
    assert entry.line.counterparty == "Visa •••• 4242"
    assert anna.available == 0
    assert queries.open_minor([anna.customer.id]) == {anna.customer.id: 20_00}
    check_books(anna, movement)


def test_the_same_key_is_one_top_up() -> None:
    anna = new_holder()
    card = new_card(anna)
    once = top_up_command(anna, card, 10_00)
    (first,) = start(once)
    assert start(once, once) == [first, first]
    for other in ({"amount": Money(11_00, "USD")}, {"card_id": new_card(anna).id}, {"fee": Money(1, "USD")}):
        changed = replace(once, **other)
        assert start(changed) == [Refused("key_reused")]
    assert len(movements.record(anna.customer.id)) == 1


def test_without_a_fee_that_was_shown_the_schedule_says_it() -> None:
    anna = new_holder()
    shown = top_up_command(anna, new_card(anna), 10_00)
    (answer,) = start(replace(shown, fee=None, key=str(new_uuid7())))
    assert isinstance(answer, Accepted)
    assert answer.made is not None
    assert answer.made.movement.fee == shown.fee
    assert answer.opened is not None
    assert (answer.opened.state, answer.opened.turn) == (State.PROCESSING, Turn.PROVIDER)


def test_fifty_equal_requests_at_once_are_one_top_up() -> None:
    anna = new_holder()
    once = top_up_command(anna, new_card(anna), 10_00)

    def ask() -> CommandAnswer:
        with transaction.atomic():
            return actions.start_top_ups([once])[0]

    with Crew(10) as crew:
        answers = [answer for _ in range(5) for answer in crew.at_once([ask] * 10)]
    assert len(answers) == 50
    assert len(set(answers)) == 1
    assert [answer.is_replay for answer in answers].count(False) == 1
    (entry,) = movements.record(anna.customer.id)
    acquirer = ScriptedAcquirer()
    charge(acquirer)
    assert [order.id for order in acquirer.charged].count(entry.movement.id) == 1
    assert anna.available == 10_00
    check_books(anna, entry.movement)


def test_limits_say_what_is_left_and_a_decline_gives_it_back() -> None:
    anna = new_holder(level=0)
    card = new_card(anna)
    assert start(top_up_command(anna, card, 50_01)) == [
        Refused("top_up_allowance", {"remaining_minor": 50_00})
    ]
    first = started(anna, card, 40_00)
    (answer,) = start(top_up_command(anna, card, 10_01))
    assert answer == Refused("top_up_limit_reached", {"window": "day", "remaining_minor": 10_00})
    assert queries.left_to_top_up(anna.customer.id, now=clock.now()) == Money(10_00, "USD")
    charge(ScriptedAcquirer(decline()))
    check_books(anna, first)
    assert isinstance(start(top_up_command(anna, card, 50_00))[0], Accepted)


def test_more_than_may_be_held_is_refused() -> None:
    anna = new_holder(level=0, available_minor=170_00)
    card = new_card(anna)
    assert start(top_up_command(anna, card, 30_01)) == [Refused("top_up_ceiling", {"remaining_minor": 30_00})]
    answers = start(*(top_up_command(anna, card, minor) for minor in (20_00, 20_00, 10_00)))
    assert isinstance(answers[0], Accepted)
    assert answers[1] == Refused("top_up_ceiling", {"remaining_minor": 10_00})
    assert isinstance(answers[2], Accepted)
    charge(ScriptedAcquirer())
    assert anna.available == 200_00


def _only(command: TopUpCommand) -> CommandAnswer:
    (answer,) = start(command)
    return answer


def test_two_at_the_same_moment_stay_below_the_ceiling() -> None:
    for _ in range(5):
        anna = new_holder(level=0, available_minor=170_00)
        card = new_card(anna)
        commands = [top_up_command(anna, card, 20_00) for _ in range(4)]
        with Crew(4) as crew:
            answers = crew.at_once([partial(_only, command) for command in commands])
        assert sum(isinstance(answer, Accepted) for answer in answers) == 1
        charge(ScriptedAcquirer())
        assert anna.available == 190_00


def test_what_is_refused_before_the_card_is_charged() -> None:
    anna, ben = new_holder(), new_holder()
    card, removed = new_card(anna), new_card(anna)
    with transaction.atomic():
        actions.remove_card(customer_id=anna.customer.id, card_id=removed.id, now=clock.now())
    expiring = new_card(anna, expires_on=date(2090, 1, 31))
    later = clock.now().replace(year=2090, month=2, day=2)
    commands = [
        top_up_command(anna, removed, 1_00),
        top_up_command(ben, card, 1_00),
        top_up_command(anna, expiring, 1_00, now=later),
        top_up_command(anna, card, 1_00, fee=Money(1, "USD")),
    ]
    refused = [
        Refused("card_unknown"),
        Refused("card_unknown"),
        Refused("card_expired"),
        Refused("fee_changed", {"fee_minor": 20}),
    ]
    assert start(*commands) == refused
    assert start(*commands) == refused, "the first answer for ever"
    assert movements.record(anna.customer.id) == movements.record(ben.customer.id) == []
    assert not models.TopUp.objects.filter(customer_id__in=[anna.customer.id, ben.customer.id]).exists()


def test_another_currency_is_refused() -> None:
    anna = new_holder()
    card = new_card(anna)
    with transaction.atomic():
        wallets.open_wallet(owner_id=anna.customer.id, currency="EUR", now=clock.now())
    answer = start(top_up_command(anna, card, 1_00, amount=Money(1_00, "EUR"), fee=Money(20, "EUR")))
    assert answer == [Refused("top_ups_not_offered")]


def test_during_maintenance_nothing_begins() -> None:
    anna = new_holder()
    card = new_card(anna)
    ledger.set_holds_only(True)
    try:
        assert start(top_up_command(anna, card, 1_00)) == [Refused("top_up_during_maintenance")]
    finally:
        ledger.set_holds_only(False)


def test_a_frozen_wallet_is_not_topped_up() -> None:
    anna, ben = new_holder(), new_holder()
    ledger.set_account_status(account_id=anna.wallet.maturing_account_id, status=AccountStatus.FROZEN)
    answers = start(top_up_command(anna, new_card(anna), 1_00), top_up_command(ben, new_card(ben), 1_00))
    assert answers[0] == Refused("wallet_frozen")
    assert isinstance(answers[1], Accepted)


def test_one_refused_by_its_limit_does_not_take_the_others_with_it() -> None:
    anna, ben = new_holder(level=0), new_holder()
    mine, his = new_card(anna), new_card(ben)
    started(anna, mine, 50_00)
    answers = start(
        top_up_command(ben, his, 5_00), top_up_command(anna, mine, 1_00), top_up_command(ben, his, 6_00)
    )
    assert [isinstance(answer, Accepted) for answer in answers] == [True, False, True]


def test_the_limit_is_of_the_flow_top_up() -> None:
    anna = new_holder()
    started(anna, new_card(anna), 7_00)
    used = {state.flow: state.used.minor for state in customers.limits(anna.customer.id, now=clock.now())}
    assert used[Flow.TOP_UP] == 7_00, "the fee is not counted"
    assert used[Flow.SEND] == used[Flow.RECEIVE] == 0


def test_a_list_keeps_whole_currencies() -> None:
    anna, ben = new_holder(), new_holder()
    commands = [top_up_command(one, new_card(one), 1_00) for one in (anna, ben)]
    assert all(isinstance(answer, Accepted) for answer in start(*commands))
    rows = models.TopUp.objects.filter(customer_id__in=[anna.customer.id, ben.customer.id])
    assert [row.currency for row in rows] == ["USD", "USD"]
