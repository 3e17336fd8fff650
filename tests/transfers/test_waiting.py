"""Waiting: no fact is missed, nobody is overtaken for ever, and what was sent to somebody stays theirs."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from unittest.mock import patch

from django.db import connection, transaction

from okpay.base import clock
from okpay.base.database import execute_prepared
from okpay.base.outbox import Listener
from okpay.base.relay import Relay
from okpay.identity import actions as identity
from okpay.identity.records import AddressKind
from okpay.ledger import actions as ledger
from okpay.ledger.records import AccountStatus
from okpay.movements import actions as movement_actions
from okpay.movements import queries as movements
from okpay.movements.records import Reason, State
from okpay.regions import queries as regions
from okpay.regions.records import Feature
from okpay.transfers import actions, payees, queries
from okpay.transfers.actions import settle as settling
from okpay.transfers.actions.settle import AT_ONCE
from okpay.transfers.records import Recipient
from tests.factories.customers import new_customer
from tests.factories.people import open_person, unique_phone
from tests.factories.transfers import (
    cancel,
    command,
    country_changed,
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


@contextmanager
def meanwhile(act: object) -> Iterator[None]:
    """Do something on another connection between the moment addresses are read and what follows from it."""
    done = list[bool]()

    def reading(read: Callable[..., object]) -> Callable[..., object]:
        def then_act(*arguments: object) -> object:
            found = read(*arguments)
            if not done:
                done.append(True)
                thread = threading.Thread(target=elsewhere, daemon=True)
                thread.start()
                thread.join(3)
            return found

        return then_act

    def elsewhere() -> None:
        try:
            act()  # type: ignore[operator]
        finally:
            connection.close()

    # Sending reads by the one, settling by the other.
    sends, settles = reading(payees.everybody), reading(payees.resolve)
    with patch.object(payees, "everybody", sends), patch.object(payees, "resolve", settles):
        yield


def test_an_address_that_is_proven_while_one_sends_to_it_is_found() -> None:
    anna, ben, number = new_holder(available_minor=50_00), new_holder(), unique_phone()

    def prove() -> None:
        identity.prove_phone(user_id=ben.user.pk, number=number, now=clock.now())
        facts()

    with meanwhile(prove):
        movement = sent(anna, Recipient(AddressKind.PHONE, number), 20_00)
    assert movement.reason is Reason.ADDRESS_NOT_REGISTERED
    settle(clock.now() + timedelta(seconds=6))
    assert movement_of(movement.id).state is State.COMPLETED


def test_an_address_that_is_proven_while_one_looks_at_it_is_found() -> None:
    anna, ben, number = new_holder(available_minor=50_00), new_holder(), unique_phone()
    movement = sent(anna, Recipient(AddressKind.PHONE, number), 20_00)
    heard = threading.Event()

    def prove() -> None:
        identity.prove_phone(user_id=ben.user.pk, number=number, now=clock.now())
        # The fact is heard while the round goes on: it waits, or is put off by the relay and comes again.
        threading.Thread(target=hear, daemon=True).start()
        heard.wait(0.5)

    def hear() -> None:
        try:
            facts()
        finally:
            connection.close()
            heard.set()

    with meanwhile(prove):
        actions.settle_once(now=clock.now() + timedelta(seconds=6))
    assert movement_of(movement.id).reason is Reason.ADDRESS_NOT_REGISTERED, "it was read too early"
    assert heard.wait(10)
    settle(clock.now() + timedelta(seconds=1))
    assert movement_of(movement.id).state is State.COMPLETED


def test_many_that_go_on_waiting_do_not_keep_others_from_arriving() -> None:
    anna, frozen = new_holder(available_minor=50_00), new_holder()
    ledger.set_account_status(account_id=frozen.wallet.available_account_id, status=AccountStatus.FROZEN)
    send(*(command(anna, frozen.email, 1) for _ in range(AT_ONCE + 20)))
    ben = new_holder()
    movement = sent(anna, ben.email, 20_00, delay_hours=2)
    # Each round comes when all of them are due again: those that were looked at longest ago come first.
    at = clock.now() + timedelta(hours=2, seconds=1)
    for _ in range(3):
        actions.settle_once(now=at)
        at += timedelta(seconds=6)
    assert movement_of(movement.id).state is State.COMPLETED
    ledger.set_account_status(account_id=frozen.wallet.available_account_id, status=AccountStatus.ACTIVE)
    settle(at)
    assert frozen.available == AT_ONCE + 20


def test_one_that_cannot_be_looked_at_does_not_stop_the_others() -> None:
    anna, ben = new_holder(available_minor=50_00), new_holder()
    broken = sent(anna, ben.email, 5_00, delay_hours=2)
    others = [sent(anna, ben.email, 1_00, delay_hours=2) for _ in range(3)]
    attempt = settling._attempt

    def fails(cases: list[settling._Case], *rest: object) -> None:
        if any(case.movement.id == broken.id for case in cases):
            raise LookupError
        attempt(cases, *rest)  # type: ignore[arg-type]

    at = clock.now() + timedelta(hours=3)
    with patch.object(settling, "_attempt", fails):
        settle(at)
    assert {movement_of(one.id).state for one in others} == {State.COMPLETED}
    assert movement_of(broken.id).state is State.PENDING
    settle(at + timedelta(minutes=2))
    assert movement_of(broken.id).state is State.COMPLETED


def test_one_that_somebody_else_decides_about_is_left_to_them() -> None:
    anna, ben = new_holder(available_minor=50_00), new_holder()
    held, other = (sent(anna, ben.email, 1_00, delay_hours=2) for _ in range(2))
    at, locked, done = clock.now() + timedelta(hours=3), threading.Event(), threading.Event()

    def lock() -> None:
        try:
            with transaction.atomic():
                movement_actions.lock_many([held.id])
                locked.set()
                done.wait(10)
        finally:
            connection.close()

    thread = threading.Thread(target=lock)
    thread.start()
    assert locked.wait(10)
    settle(at)
    done.set()
    thread.join()
    assert (movement_of(held.id).state, movement_of(other.id).state) == (State.PENDING, State.COMPLETED)
    settle(at + timedelta(seconds=2))
    assert movement_of(held.id).state is State.COMPLETED


def test_what_was_sent_to_somebody_stays_theirs_when_the_number_goes_to_another() -> None:
    """The sender was shown Ben's name: whoever takes over the number meanwhile gets nothing of it."""
    anna, ben, number = new_holder(available_minor=50_00), new_holder(), unique_phone()
    identity.prove_phone(user_id=ben.user.pk, number=number, now=clock.now())
    delayed = sent(anna, Recipient(AddressKind.PHONE, number), 20_00, delay_hours=24)
    ledger.set_account_status(account_id=ben.wallet.available_account_id, status=AccountStatus.FROZEN)
    waits = sent(anna, Recipient(AddressKind.PHONE, number), 10_00)
    thief = new_holder()
    identity.prove_phone(user_id=ben.user.pk, number=unique_phone(), now=clock.now())
    identity.prove_phone(user_id=thief.user.pk, number=number, now=clock.now())
    facts()
    ledger.set_account_status(account_id=ben.wallet.available_account_id, status=AccountStatus.ACTIVE)
    settle(clock.now() + timedelta(hours=25))
    assert (ben.available, thief.available) == (30_00, 0)
    for movement in (delayed, waits):
        assert movement_of(movement.id).payee_id == ben.customer.id
        assert movement_of(movement.id).state is State.COMPLETED
    assert len(movements.record(ben.customer.id)) == 2
    assert movements.record(thief.customer.id) == []


def test_whoever_claims_from_a_country_that_it_may_not_be_sent_to_gets_nothing() -> None:
    hans = new_holder("DE", available_minor=50_00)
    address = nobody()
    movement = sent(hans, address, 20_00)
    person = open_person(email=address.address, country="FR")
    claimant = new_customer("FR", user_id=person.pk, level=1)
    facts()
    only_at_home = regions.country("FR").features - {Feature.TRANSFERS_ABROAD}
    with country_changed("FR", features=only_at_home):
        settle(clock.now() + timedelta(seconds=1))
        assert movement_of(movement.id).reason is Reason.RECIPIENT_CURRENCY
        assert movements.record(claimant.id) == []
    settle(clock.now() + timedelta(seconds=10))
    assert movement_of(movement.id).state is State.COMPLETED


def test_a_delay_and_another_cause_are_told_one_after_the_other() -> None:
    anna, ben = new_holder(available_minor=50_00), new_holder()
    ledger.set_account_status(account_id=ben.wallet.available_account_id, status=AccountStatus.FROZEN)
    movement = sent(anna, ben.email, 20_00, delay_hours=2)
    settle(clock.now() + timedelta(seconds=6))
    assert movement_of(movement.id).events == 1
    ledger.set_account_status(account_id=ben.wallet.available_account_id, status=AccountStatus.ACTIVE)
    settle(clock.now() + timedelta(seconds=12))
    assert movement_of(movement.id).reason is Reason.DELAYED
    settle(clock.now() + timedelta(hours=2, seconds=1))
    assert [event.reason for event in movements.timeline(movement.id)] == [
        Reason.RECIPIENT_FROZEN,
        Reason.DELAYED,
        Reason.NONE,
    ]


def test_whatever_waits_is_due_some_day() -> None:
    anna = new_holder(available_minor=50_00)
    movement = sent(anna, nobody(), 20_00)
    settle(clock.now() + timedelta(seconds=6))
    (row,) = execute_prepared("SELECT check_at FROM transfers_waiting WHERE movement_id = %s", [movement.id])
    waiting = queries.waiting(movement.id)
    assert waiting is not None
    assert row[0] == waiting.expires_at
    settle(waiting.expires_at)
    # The book's clock is not there yet: it goes on waiting, and is not due all the time.
    assert movement_of(movement.id).state is State.PENDING
    assert cancel(anna, movement.id)


def test_an_account_that_is_busy_keeps_its_own_waiting_for_moments_and_nobody_else() -> None:
    anna, busy, ben = new_holder(available_minor=50_00), new_holder(), new_holder()
    stuck = sent(anna, busy.email, 1_00, delay_hours=2)
    other = sent(anna, ben.email, 2_00, delay_hours=2)
    at, locked, done = clock.now() + timedelta(hours=3), threading.Event(), threading.Event()

    def lock() -> None:
        try:
            with transaction.atomic():
                ledger.lock_accounts([busy.wallet.available_account_id])
                locked.set()
                done.wait(20)
        finally:
            connection.close()

    thread = threading.Thread(target=lock)
    thread.start()
    assert locked.wait(10)
    actions.settle_once(now=at)
    done.set()
    thread.join()
    assert (movement_of(stuck.id).state, movement_of(other.id).state) == (State.PENDING, State.COMPLETED)
    settle(at + timedelta(seconds=5))
    assert movement_of(stuck.id).state is State.COMPLETED
