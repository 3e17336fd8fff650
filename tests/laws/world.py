"""Small groups of hot accounts and limit subjects, opened in the real ledger and in the model alike."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db import transaction

from okpay.base.ids import new_bigint_id, new_uuid7
from okpay.ledger import actions
from okpay.ledger.records import (
    MAX_MINOR,
    AccountStatus,
    Leg,
    Limits,
    LimitSubject,
    NewAccount,
    Post,
    Side,
)
from tests.laws.model import Account, Book
from tests.laws.windows import Subject

DEBIT, CREDIT = Side.DEBIT, Side.CREDIT
ACCOUNTS: dict[str, tuple[str, Side, int | None, int]] = {
    "bank": ("USD", DEBIT, None, 10),
    "till": ("USD", DEBIT, 0, 10),
    "ann": ("USD", CREDIT, 0, 15),
    "bob": ("USD", CREDIT, 0, 15),
    "cem": ("USD", CREDIT, 0, 15),
    "credit_line": ("USD", CREDIT, -500, 10),
    "fees": ("USD", CREDIT, None, 10),
    "euros": ("EUR", CREDIT, None, 1),
    "no_debit": ("USD", CREDIT, 0, 1),
    "frozen": ("USD", CREDIT, 0, 1),
    "closed": ("USD", CREDIT, 0, 1),
    "rich": ("USD", CREDIT, None, 1),
    "vault": ("USD", DEBIT, None, 1),
}
"""Currency, normal side, floor, and how often it is drawn."""
STATUSES = {
    "no_debit": AccountStatus.NO_DEBIT,
    "frozen": AccountStatus.FROZEN,
    "closed": AccountStatus.CLOSED,
}
SUBJECTS: dict[str, tuple[str, Limits]] = {
    "movement": ("Asia/Shanghai", Limits(per_movement_minor=300)),
    "day": ("UTC", Limits(per_day_minor=4_000)),
    "week": ("America/New_York", Limits(per_week_minor=6_000)),
    "month": ("Europe/Berlin", Limits(per_month_minor=9_000)),
    "year": ("Asia/Tokyo", Limits(per_year_minor=15_000)),
    "free": ("Pacific/Auckland", Limits()),
}


@dataclass(frozen=True, slots=True)
class Group:
    """Accounts that are used together. Every call begins with a posting on its marker: its place in the order."""

    marker: int
    sink: int
    accounts: dict[str, int]
    subjects: dict[str, int]


@dataclass(slots=True)
class World:
    """The groups of one workload, the model that follows them, and a source of ids that a seed repeats."""

    groups: list[Group]
    book: Book
    prefix: int = field(default_factory=lambda: new_uuid7().int >> 64 << 64)
    _issued: int = 0

    def new_id(self) -> UUID:
        """Return an id for an item."""
        self._issued += 1
        return UUID(int=self.prefix + self._issued)

    def issued_ids(self) -> list[UUID]:
        """Return every id that was given out: of an item that was refused nothing may be found under it."""
        return [UUID(int=self.prefix + number) for number in range(1, self._issued + 1)]

    @property
    def account_ids(self) -> list[int]:
        """All accounts, markers included."""
        return list(self.book.accounts)

    def marker(self, groups: Sequence[int]) -> Post:
        """Return the first item of a call: one unit onto the marker of every group that it touches."""
        legs = tuple(Leg(self.groups[number].marker, self.groups[number].sink, 1) for number in groups)
        return Post(self.new_id(), "law.marker", legs)

    def funding(self, number: int) -> list[Post]:
        """Return what a group begins with: money to move, and one account almost as rich as can be."""
        name = self.groups[number].accounts
        first = [
            Leg(name["bank"], name[other], 20_000) for other in ("ann", "bob", "cem", "credit_line", "fees")
        ]
        first += [Leg(name["till"], name["fees"], 20_000), Leg(name["vault"], name["rich"], MAX_MINOR - 800)]
        return [Post(self.new_id(), "law.funding", (leg,)) for leg in first]


def open_world(groups: int, rng: random.Random) -> World:
    """Open groups of accounts and subjects in the ledger, and the model of them."""
    world = World([_open_group(rng) for _ in range(groups)], Book())
    for group in world.groups:
        for name, account_id in group.accounts.items():
            currency, side, floor, _ = ACCOUNTS[name]
            world.book.accounts[account_id] = Account(
                account_id, currency, side, floor, STATUSES.get(name, AccountStatus.ACTIVE)
            )
        for account_id, side in ((group.marker, DEBIT), (group.sink, CREDIT)):
            world.book.accounts[account_id] = Account(account_id, "USD", side, None)
        for name, subject_id in group.subjects.items():
            zone, limits = SUBJECTS[name]
            world.book.subjects[subject_id] = Subject(subject_id, ZoneInfo(zone), limits)
    return world


def _open_group(rng: random.Random) -> Group:
    ids = [new_bigint_id() for _ in range(len(ACCOUNTS) + len(SUBJECTS) + 2)]
    rng.shuffle(ids)  # locks are taken by id: no role shall always come first
    accounts = {name: ids.pop() for name in ACCOUNTS}
    subjects = {name: ids.pop() for name in SUBJECTS}
    group = Group(ids.pop(), ids.pop(), accounts, subjects)
    opened = [
        NewAccount(accounts[name], currency, side, "law", floor)
        for name, (currency, side, floor, _) in ACCOUNTS.items()
    ]
    opened += [
        NewAccount(group.marker, "USD", DEBIT, "law", None),
        NewAccount(group.sink, "USD", CREDIT, "law", None),
    ]
    with transaction.atomic():
        actions.open_accounts(opened)
        for name, status in STATUSES.items():
            actions.set_account_status(account_id=accounts[name], status=status)
        actions.open_limit_subjects(
            [LimitSubject(subjects[name], "USD", zone, limits) for name, (zone, limits) in SUBJECTS.items()]
        )
    return group
