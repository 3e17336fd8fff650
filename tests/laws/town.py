"""A small town of people who send each other money, and everything else that may happen to them meanwhile.

One seed is one town. What a number stands for (who sends how much to whom) follows from the seed, so that several
processes ask for the same transfer under the same key. Errands are drawn from a source of chance of the caller's.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TypeVar
from uuid import UUID, uuid5

from django.db import OperationalError, transaction

from okpay.base import clock
from okpay.base.batching import Batcher
from okpay.base.database import execute_prepared
from okpay.base.errors import Refusal, Unavailable
from okpay.base.ids import new_uuid7
from okpay.base.money import Money
from okpay.base.outbox import Listener
from okpay.base.relay import Relay
from okpay.base.retrying import is_retriable, pause_before
from okpay.customers import actions as customers
from okpay.identity import actions as identity
from okpay.identity.records import AddressKind
from okpay.ledger import actions as ledger
from okpay.ledger.records import AccountStatus, Leg, NewAccount, Post, Side
from okpay.movements.answers import kept
from okpay.movements.records import Accepted, CommandAnswer, Refused
from okpay.pricing import queries as pricing
from okpay.pricing.records import FeeKind
from okpay.transfers import actions
from okpay.transfers.records import CancelCommand, Recipient, SendCommand
from okpay.wallets import actions as wallets
from okpay.wallets.records import NewLot
from tests.factories.customers import new_customer
from tests.factories.people import open_person, unique_email, unique_phone
from tests.factories.transfers import new_holder

MOST_TRIES = 30
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who has money, by what others need to know of them."""

    user_id: UUID
    customer_id: UUID
    email: str
    available_id: int
    maturing_id: int


@dataclass(frozen=True, slots=True)
class Town:
    """People with money, and addresses that are nobody's yet."""

    seed: int
    people: tuple[Person, ...]
    emails: tuple[str, ...]
    phones: tuple[str, ...]
    source_id: int
    """The account without a floor that money comes from."""


def open_town(seed: int, *, people: int = 6) -> Town:
    """Open the people of a town, with money of both kinds and levels 0 to 3."""
    chance = random.Random(seed)
    source_id = 9_000 + seed % 1_000
    ledger.open_accounts([NewAccount(source_id, "USD", Side.DEBIT, "bank", None)])
    holders = []
    for number in range(people):
        holder = new_holder(level=number % 4, display_name=f"Person {number}")
        wallet = holder.wallet
        holders.append(
            Person(
                holder.user.pk,
                holder.customer.id,
                holder.user.email,
                wallet.available_account_id,
                wallet.maturing_account_id,
            )
        )
    town = Town(
        seed,
        tuple(holders),
        tuple(unique_email("spare") for _ in range(6)),
        tuple(unique_phone() for _ in range(4)),
        source_id,
    )
    for person in town.people:
        pay_in(town, person.available_id, chance.randint(20_000, 200_000))
        pay_by_card(town, person, chance.randint(2_000, 50_000), days=chance.randint(1, 9))
    return town


def pay_in(town: Town, account_id: int, minor: int) -> None:
    """Pay an amount in."""
    with transaction.atomic():
        ledger.post_many([Post(new_uuid7(), "town.fund", (Leg(town.source_id, account_id, minor),))])


def pay_by_card(town: Town, person: Person, minor: int, *, days: int) -> None:
    """Bring an amount onto a maturing account, as a top-up from a card does: with its day."""
    with transaction.atomic():
        legs = (Leg(town.source_id, person.maturing_id, minor),)
        (result,) = ledger.post_many([Post(new_uuid7(), "town.topup", legs)])
        if result.accepted:
            day = clock.now() + timedelta(days=days)
            wallets.add_maturing([NewLot(person.maturing_id, minor, day)])


def order(town: Town, number: int) -> SendCommand:
    """Return the transfer that a number stands for: everybody who asks for it asks for the same."""
    chance = random.Random(f"{town.seed} {number}")
    payer = chance.choice(town.people)
    recipient = _recipient(town, chance)
    minor = chance.choice(
        (
            chance.randint(4, 300),
            chance.randint(4, 6_000),
            chance.randint(4, 30_000),
            chance.randint(4, 150_000),
        )
    )
    amount = Money(minor, "USD")
    fee = pricing.quote(kind=FeeKind.TRANSFER, country="US", level=1, amount=amount).fee
    return SendCommand(
        customer_id=payer.customer_id,
        user_id=payer.user_id,
        principal=payer.customer_id,
        key=str(uuid5(payer.customer_id, f"order {town.seed} {number}")),
        recipient=recipient,
        amount=amount,
        fee=fee,
        note=f"Order {number}",
        delay_hours=chance.choice((0, 0, 0, 0, 2, 24)),
        confirmation_id=None,
        now=clock.now(),
    )


def _recipient(town: Town, chance: random.Random) -> Recipient:
    if chance.random() < 0.5:
        return Recipient(AddressKind.EMAIL, chance.choice(town.people).email)
    if chance.random() < 0.3:
        return Recipient(AddressKind.EMAIL, chance.choice(town.emails))
    return Recipient(AddressKind.PHONE, chance.choice(town.phones))


@dataclass
class Resident:
    """One who runs errands in a town, on the database connection of their thread."""

    town: Town
    chance: random.Random
    batcher: Batcher | None = None
    """Where there is one, some lists go through it, as those of doors do."""
    answers: dict[int, CommandAnswer] = field(default_factory=dict)
    cancelled: set[UUID] = field(default_factory=set)
    """What this one was told was cancelled."""
    done: Counter[str] = field(default_factory=Counter)
    begins: int = 0
    """Where the numbers begin that are drawn from: it rises, and others draw the same ones."""

    def run_errand(self) -> str:
        """Do one thing, drawn by chance, and return what it was."""
        names = list(ERRANDS)
        (name,) = self.chance.choices(names, [weight for weight, _ in ERRANDS.values()])
        ERRANDS[name][1](self)
        self.done[name] += 1
        return name

    def send(self) -> None:
        """Send a list of one to twenty, some of them asked for before."""
        size = self.chance.choice((1, 1, 2, 3, 5, 8, 13, 20))
        numbers = [self.begins + self.chance.randrange(30) for _ in range(size)]
        self.begins += size
        commands = [order(self.town, number) for number in numbers]
        if self.batcher is not None and self.chance.random() < 0.5:
            futures = [self.batcher.submit(actions.send_many, command) for command in commands]
            for number, future in zip(numbers, futures, strict=True):
                # What could not be done now may be asked for again under the same key.
                with suppress(Unavailable):
                    self._note(number, future.result(60))
            return
        with suppress(Unavailable):
            answers = again_and_again(lambda: actions.send_many(commands))
            for number, answer in zip(numbers, answers, strict=True):
                self._note(number, answer)

    def _note(self, number: int, answer: CommandAnswer) -> None:
        before = self.answers.setdefault(number, answer)
        assert kept(before) == kept(answer), f"order {number} was answered {before}, and now {answer}"
        self.done["sent" if isinstance(answer, Accepted) else f"refused: {answer.code}"] += 1

    def cancel(self) -> None:
        """Take back some of what waits, whoever has sent it, and something that may have ended.

        Half of all are left alone, so that enough arrive or come back.
        """
        rows = execute_prepared(
            "SELECT id, payer_id FROM movements_movement WHERE state < 10 AND right(id::text, 1) >= '8' LIMIT 200"
        ).fetchall()
        chosen = self.chance.sample(rows, min(len(rows), self.chance.randint(1, 4)))
        known = [answer.movement_id for answer in self.answers.values() if isinstance(answer, Accepted)]
        if known:
            chosen += execute_prepared(
                "SELECT id, payer_id FROM movements_movement WHERE id = %s AND right(id::text, 1) >= '8'",
                [self.chance.choice(known)],
            ).fetchall()
        if not chosen:
            return
        commands = [CancelCommand(payer_id, id_, clock.now()) for id_, payer_id in chosen]
        with suppress(Unavailable):
            for command, answer in zip(
                commands, again_and_again(lambda: actions.cancel_many(commands)), strict=True
            ):
                if isinstance(answer, Accepted):
                    self.cancelled.add(command.movement_id)
                else:
                    assert isinstance(answer, Refused)
                    assert answer.code == "transfer_not_pending"
                    assert command.movement_id not in self.cancelled, "cancelled, and then not"

    def settle(self) -> None:
        """Go round once, sometimes by a clock that is a little ahead of the book's."""
        shift = self.chance.choice((0, 0, 6))
        _unless_busy(lambda: actions.settle_once(now=clock.now() + timedelta(seconds=shift)))

    def hear(self) -> None:
        """Hand on facts."""
        relay = Relay([Listener("transfers", actions.WAKES, actions.wake)])
        _unless_busy(relay.run_once)

    def mature(self) -> None:
        """Let card money mature, sometimes that of tomorrow."""
        shift = timedelta(days=self.chance.choice((0, 0, 1)))
        _unless_busy(lambda: wallets.mature_once(now=clock.now() + shift))

    def top_up(self) -> None:
        """Pay in, by card or otherwise."""
        person, minor = self.chance.choice(self.town.people), self.chance.randint(1, 20_000)
        if self.chance.random() < 0.5:
            _unless_busy(lambda: pay_in(self.town, person.available_id, minor))
        else:
            days = self.chance.randint(0, 3)
            _unless_busy(lambda: pay_by_card(self.town, person, minor, days=days))

    def claim(self) -> None:
        """Prove an address that was nobody's, as a new person or as one who is there."""
        with suppress(Refusal):
            if self.chance.random() < 0.2:
                email = self.chance.choice(self.town.emails)
                taken = execute_prepared(
                    "SELECT FROM account_emailaddress WHERE email = %s", [email]
                ).fetchone()
                if taken is None:
                    self._sign_up(email)
            else:
                user_id = self.chance.choice(self.town.people).user_id
                number = self.chance.choice((*self.town.phones, unique_phone()))
                identity.prove_phone(user_id=user_id, number=number, now=clock.now())

    def _sign_up(self, email: str) -> None:
        from django.db import IntegrityError

        # Two may sign up with one address at the same moment: one of them is not let in, as at the door.
        with suppress(IntegrityError):
            person = open_person(email=email, display_name="New", proven=self.chance.random() < 0.8)
            if identity_proven(person.pk):
                new_customer(user_id=person.pk)

    def set_level(self) -> None:
        """Verify somebody, or take it back."""
        person, level = self.chance.choice(self.town.people), self.chance.randrange(4)
        _unless_busy(
            lambda: _in_transaction(
                lambda: customers.set_level(customer_id=person.customer_id, level=level, now=clock.now())
            )
        )

    def freeze(self) -> None:
        """Freeze an account, or let one go."""
        person = self.chance.choice(self.town.people)
        account_id = self.chance.choice((person.available_id, person.maturing_id))
        status = self.chance.choice(
            (AccountStatus.FROZEN, AccountStatus.NO_DEBIT, *[AccountStatus.ACTIVE] * 8)
        )
        _unless_busy(
            lambda: _in_transaction(lambda: ledger.set_account_status(account_id=account_id, status=status))
        )

    def maintain(self) -> None:
        """Begin maintenance, do a few things, and end it."""
        ledger.set_holds_only(True)
        try:
            for errand in self.chance.choices((Resident.send, Resident.cancel, Resident.settle), k=3):
                errand(self)
        finally:
            ledger.set_holds_only(False)

    def pass_time(self) -> None:
        """Let time pass: delays and limits end, holds run out."""
        clock.advance(timedelta(hours=self.chance.choice((1, 3, 25, 80))))


Errand = tuple[int, Callable[[Resident], None]]
ERRANDS: dict[str, Errand] = {
    "send": (34, Resident.send),
    "cancel": (5, Resident.cancel),
    "settle": (16, Resident.settle),
    "hear": (8, Resident.hear),
    "mature": (4, Resident.mature),
    "top up": (8, Resident.top_up),
    "claim": (8, Resident.claim),
    "set level": (4, Resident.set_level),
    "freeze": (7, Resident.freeze),
    "maintain": (2, Resident.maintain),
    "pass time": (2, Resident.pass_time),
}
"""What may happen, and how often it is drawn."""


def identity_proven(user_id: UUID) -> bool:
    """Tell whether somebody has proven an address: only then are they a customer."""
    row = execute_prepared(
        "SELECT FROM account_emailaddress WHERE user_id = %s AND verified", [user_id]
    ).fetchone()
    return row is not None


def again_and_again(act: Callable[[], T]) -> T:
    """Do something whole in a transaction, and again as the batcher would."""
    for attempt in range(1, MOST_TRIES + 1):
        try:
            with transaction.atomic(durable=True):
                return act()
        except OperationalError as error:
            if not is_retriable(error) or attempt == MOST_TRIES:
                raise
            pause_before(min(attempt, 4))
    raise AssertionError("unreachable")


def calm(town: Town) -> None:
    """End maintenance and freezes, and let everything happen that is due."""
    ledger.set_holds_only(False)
    for person in town.people:
        for account_id in (person.available_id, person.maturing_id):
            ledger.set_account_status(account_id=account_id, status=AccountStatus.ACTIVE)
    relay = Relay([Listener("transfers", actions.WAKES, actions.wake)])
    while relay.run_once():
        pass
    now = clock.now() + timedelta(seconds=70)
    while actions.settle_once(now=now):
        pass


def _in_transaction(act: Callable[[], object]) -> None:
    with transaction.atomic():
        act()


def _unless_busy(act: Callable[[], object]) -> None:
    """Do something that comes round again: a background loop rests when the database is busy."""
    try:
        act()
    except OperationalError as error:
        if not is_retriable(error):
            raise
