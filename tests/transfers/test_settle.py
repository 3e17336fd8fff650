"""Ending: what waited arrives when its cause has gone, is cancelled, or comes back; and never two of them."""

from __future__ import annotations

import threading
from dataclasses import replace
from datetime import timedelta

import pytest
from django.db import connection, transaction

from okpay.base import clock
from okpay.base.ids import new_uuid7
from okpay.base.outbox import Listener
from okpay.base.relay import Relay
from okpay.customers import actions as customers
from okpay.identity import actions as identity
from okpay.identity.records import AddressKind
from okpay.ledger import actions as ledger
from okpay.ledger import queries as book
from okpay.ledger.records import AccountStatus
from okpay.movements import queries as movements
from okpay.movements.records import Accepted, CommandAnswer, Kind, Movement, Reason, Refused, State, Turn
from okpay.transfers import actions, queries
from okpay.transfers.records import CancelCommand, Recipient
from okpay.wallets import queries as wallets
from tests.factories.customers import new_customer
from tests.factories.people import open_person, unique_phone
from tests.factories.transfers import (
    Holder,
    cancel,
    command,
    movement_of,
    new_holder,
    nobody,
    send,
    sent,
    settle,
)


def facts() -> None:
    """Hand on what was written to the outbox, to the listener of transfers alone."""
    relay = Relay([Listener("transfers", actions.WAKES, actions.wake)])
    while relay.run_once():
        pass


def check_books(movement: Movement, *, payer: Holder, payee_minor: int | None = None) -> None:
    """Make sure that book, movement and lines agree about a transfer that has ended."""
    transit = book.account_by_code(f"transfer.transit:{movement.currency}")
    assert transit is None or transit.balance_minor == 0
    assert not book.open_holds(payer.wallet.available_account_id)
    assert not book.open_holds(payer.wallet.maturing_account_id)
    assert queries.waiting(movement.id) is None
    assert [event.sequence for event in movements.timeline(movement.id)] == list(
        range(1, movement.events + 1)
    )
    assert [entry.movement.id for entry in movements.record(payer.customer.id)].count(movement.id) == 1


def test_whoever_proves_the_address_gets_it() -> None:
    anna = new_holder(available_minor=50_00)
    address = nobody()
    movement = sent(anna, address, 20_00)
    settle()
    assert movement_of(movement.id).state is State.PENDING
    carla = open_person(email=address.address)
    customer = new_customer(user_id=carla.pk)
    facts()
    settle()
    ended = movement_of(movement.id)
    assert (ended.state, ended.turn, ended.payee_id) == (State.COMPLETED, Turn.NOBODY, customer.id)
    check_books(ended, payer=anna)
    assert anna.available == 30_00
    (balance,) = wallets.balances(customer.id)
    assert balance.available.minor == 20_00
    (line,) = movements.record(customer.id)
    assert (line.amount.minor, line.line.counterparty, line.movement.kind) == (20_00, "Anna", Kind.TRANSFER)


def test_a_phone_number_that_is_proven_later() -> None:
    anna, number = new_holder(available_minor=50_00), unique_phone()
    movement = sent(anna, Recipient(AddressKind.PHONE, number), 20_00)
    ben = new_holder()
    identity.prove_phone(user_id=ben.user.pk, number=number, now=clock.now())
    facts()
    settle()
    assert movement_of(movement.id).state is State.COMPLETED
    assert ben.available == 20_00


def test_a_claim_that_is_not_proven_gets_nothing() -> None:
    anna, address = new_holder(available_minor=50_00), nobody()
    open_person(email=address.address, proven=False)
    movement = sent(anna, address, 20_00)
    assert movement.reason is Reason.ADDRESS_NOT_PROVEN
    settle()
    assert movement_of(movement.id).state is State.PENDING


def test_it_arrives_when_the_identity_is_verified() -> None:
    anna, ben = new_holder(available_minor=500_00), new_holder(level=0)
    movement = sent(anna, ben.email, 150_00)
    assert movement.payee_id == ben.customer.id, "Ben sees what waits for him"
    with transaction.atomic():
        customers.set_level(customer_id=ben.customer.id, level=1, now=clock.now())
    facts()
    settle()
    assert movement_of(movement.id).state is State.COMPLETED
    assert ben.available == 150_00
    assert len(movements.record(ben.customer.id)) == 1


def test_it_arrives_when_the_payee_is_free_again() -> None:
    anna, ben = new_holder(available_minor=50_00, maturing_minor=10_00), new_holder()
    ledger.set_account_status(account_id=ben.wallet.available_account_id, status=AccountStatus.FROZEN)
    movement = sent(anna, ben.email, 20_00)
    later = clock.now() + timedelta(seconds=6)
    settle(later)
    assert movement_of(movement.id).events == 1, "what has not changed is not told again"
    ledger.set_account_status(account_id=ben.wallet.available_account_id, status=AccountStatus.ACTIVE)
    settle(later + timedelta(seconds=6))
    ended = movement_of(movement.id)
    assert ended.state is State.COMPLETED
    check_books(ended, payer=anna)
    accounts = book.accounts_by_id([ben.wallet.maturing_account_id, ben.wallet.available_account_id])
    assert accounts[ben.wallet.maturing_account_id].balance_minor == 10_00, "card money stays card money"


def test_a_delayed_one_arrives_at_its_time() -> None:
    anna, ben = new_holder(available_minor=50_00), new_holder()
    movement = sent(anna, ben.email, 20_00, delay_hours=2)
    settle(clock.now() + timedelta(minutes=119))
    assert movement_of(movement.id).state is State.PENDING
    settle(clock.now() + timedelta(minutes=121))
    assert movement_of(movement.id).state is State.COMPLETED
    assert ben.available == 20_00


def test_cancelling_gives_it_back_at_once_and_once() -> None:
    anna = new_holder(level=0, available_minor=50_00, maturing_minor=20_00)
    movement = sent(anna, nobody(), 45_00)
    assert cancel(anna, movement.id) == cancel(anna, movement.id) == Accepted(movement.id)
    ended = movement_of(movement.id)
    assert ended.state is State.CANCELLED
    check_books(ended, payer=anna)
    assert anna.available == 70_00
    assert isinstance(send(command(anna, nobody(), 50_00))[0], Accepted), "the limit was given back"


def test_under_a_key_cancelling_gets_its_first_answer_again() -> None:
    anna, ben = new_holder(available_minor=50_00), new_holder(level=0)
    waits, other = sent(anna, nobody(), 20_00), sent(anna, nobody(), 5_00)
    now, principal = clock.now(), new_uuid7()
    early = CancelCommand(ben.customer.id, waits.id, now, principal, "early")
    keyed = CancelCommand(anna.customer.id, waits.id, now, principal, "once")
    with transaction.atomic():
        answers = actions.cancel_many(
            [early, keyed, CancelCommand(anna.customer.id, other.id, now), keyed, replace(keyed, key="twice")]
        )
    done = Accepted(waits.id)
    assert answers == [Refused("transfer_not_found"), done, Accepted(other.id), done, done]
    assert [answer.is_replay for answer in answers] == [False, False, False, True, False]
    assert anna.available == 50_00
    with transaction.atomic():
        again = actions.cancel_many(
            [keyed, replace(early, customer_id=anna.customer.id), replace(keyed, movement_id=other.id)]
        )
    assert again == [done, Refused("transfer_not_found"), Refused("key_reused")]
    assert [answer.is_replay for answer in again] == [True, True, False]
    with transaction.atomic():
        unknown = CancelCommand(anna.customer.id, new_uuid7(), now)
        assert actions.cancel_many([keyed, unknown]) == [done, Refused("transfer_not_found")]


def test_only_the_payer_cancels_and_only_what_waits() -> None:
    anna, ben = new_holder(available_minor=50_00), new_holder()
    waits, arrived = sent(anna, nobody(), 20_00), sent(anna, ben.email, 5_00)
    assert cancel(ben, waits.id) == Refused("transfer_not_found")
    assert cancel(anna, arrived.id) == Refused("transfer_not_pending", {"state": "completed"})
    assert movement_of(waits.id).state is State.PENDING


def test_at_the_deadline_it_comes_back() -> None:
    anna = new_holder(available_minor=50_00)
    movement = sent(anna, nobody(), 20_00, now=clock.now() - timedelta(days=14, seconds=1))
    settle()
    ended = movement_of(movement.id)
    assert (ended.state, ended.turn, ended.deadline_at) == (State.RETURNED, Turn.NOBODY, None)
    check_books(ended, payer=anna)
    assert anna.available == 50_00
    assert cancel(anna, movement.id) == Refused("transfer_not_pending", {"state": "returned"})


def test_during_maintenance_it_is_held_and_arrives_afterwards() -> None:
    anna, ben = new_holder(available_minor=50_00), new_holder()
    ledger.set_holds_only(True)
    try:
        movement, other = sent(anna, ben.email, 20_00), sent(anna, ben.email, 5_00)
        assert (movement.reason, movement.turn) == (Reason.MAINTENANCE, Turn.OPERATOR)
        settle(clock.now() + timedelta(seconds=30))
        assert movement_of(movement.id).state is State.PENDING
        cancel(anna, other.id)
        assert movement_of(other.id).state is State.CANCELLED
    finally:
        ledger.set_holds_only(False)
    settle(clock.now() + timedelta(seconds=30))
    assert movement_of(movement.id).state is State.COMPLETED
    assert (anna.available, ben.available) == (30_00, 20_00)


def test_an_address_that_one_takes_over_oneself_waits_for_its_end() -> None:
    anna, number = new_holder(available_minor=50_00), unique_phone()
    movement = sent(anna, Recipient(AddressKind.PHONE, number), 20_00)
    identity.prove_phone(user_id=anna.user.pk, number=number, now=clock.now())
    facts()
    settle()
    assert movement_of(movement.id).reason is Reason.RECIPIENT_CURRENCY
    assert isinstance(cancel(anna, movement.id), Accepted)


@pytest.mark.parametrize("round_", range(6))
def test_cancel_claim_and_expiry_at_one_instant_end_in_one_state(round_: int) -> None:
    """Three connections at once: whatever order they come in, the money is in one place."""
    anna, address = new_holder(available_minor=50_00), nobody()
    now = clock.now()
    movement = sent(anna, address, 20_00, now=now - timedelta(days=14) + timedelta(milliseconds=300))
    carla = open_person(email=address.address)
    customer = new_customer(user_id=carla.pk)
    facts()
    barrier, answers = threading.Barrier(3), list[CommandAnswer]()

    def at_once(act: object) -> None:
        try:
            barrier.wait()
            act()  # type: ignore[operator]
        finally:
            connection.close()

    def try_settle(at: timedelta) -> None:
        for _ in range(20):
            actions.settle_once(now=now + at)

    threads = [
        threading.Thread(target=at_once, args=(lambda: answers.append(cancel(anna, movement.id)),)),
        threading.Thread(target=at_once, args=(lambda: try_settle(timedelta(0)),)),
        threading.Thread(target=at_once, args=(lambda: try_settle(timedelta(seconds=1)),)),
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    ended = movement_of(movement.id)
    if not ended.state.is_final:
        settle(clock.now() + timedelta(seconds=2))
        ended = movement_of(movement.id)
    assert ended.state in (State.COMPLETED, State.CANCELLED, State.RETURNED)
    assert ended.events == 2
    check_books(ended, payer=anna)
    (balance,) = wallets.balances(customer.id)
    arrived = 20_00 if ended.state is State.COMPLETED else 0
    assert (anna.available, balance.available.minor) == (50_00 - arrived, arrived)
    assert (
        answers == [Accepted(movement.id)]
        if ended.state is State.CANCELLED
        else isinstance(answers[0], Refused)
    )
