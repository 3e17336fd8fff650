"""Accounts, limit subjects and items for tests. Everything has an owner of its own: nothing is ever truncated."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID

from django.db import OperationalError, transaction

from okpay.base import clock
from okpay.base.database import sqlstate
from okpay.base.ids import new_bigint_id, new_uuid7
from okpay.base.retrying import pause_before
from okpay.ledger import actions
from okpay.ledger.records import (
    AccountStatus,
    Capture,
    Count,
    Item,
    Leg,
    Limits,
    LimitSubject,
    NewAccount,
    Outcome,
    Post,
    Reserve,
    Result,
    Reverse,
    Side,
)

RETRIED = frozenset({"40001", "40P01", "55P03"})
"""What the posting function's contract says to try again, the whole transaction: conflict, deadlock, lock time-out."""
MOST_TRIES = 50
FAR = datetime(2200, 1, 1, tzinfo=UTC)
"""A deadline that no test clock reaches."""


def post(*items: Item, conflicts: list[str] | None = None) -> list[Result]:
    """Post items in a transaction of their own, trying again as the contract says; note each conflict's SQLSTATE."""
    for attempt in range(MOST_TRIES):
        try:
            with transaction.atomic():
                return actions.post_many(items)
        except OperationalError as error:
            state = sqlstate(error)
            if state not in RETRIED or attempt == MOST_TRIES - 1:
                raise
            if conflicts is not None:
                conflicts.append(state)
            pause_before(min(attempt, 3))
    raise AssertionError("unreachable")


def outcome_of(item: Item) -> Outcome:
    """Post one item and return what became of it."""
    return post(item)[0].outcome


def new_account(
    *,
    currency: str = "USD",
    side: Side = Side.CREDIT,
    floor_minor: int | None = 0,
    balance_minor: int = 0,
    status: AccountStatus = AccountStatus.ACTIVE,
) -> int:
    """Open an account, pay in its first balance from an account without a floor, and return its id."""
    account_id = new_bigint_id()
    actions.open_accounts([NewAccount(account_id, currency, side, "test", floor_minor)])
    if balance_minor:
        source = new_account(currency=currency, floor_minor=None)
        legs = (Leg(source, account_id, balance_minor),)
        if side is Side.DEBIT:
            legs = (Leg(account_id, source, balance_minor),)
        assert outcome_of(Post(new_uuid7(), "test.funding", legs)) is Outcome.POSTED
    if status is not AccountStatus.ACTIVE:
        actions.set_account_status(account_id=account_id, status=status)
    return account_id


def new_subject(time_zone: str = "UTC", **limits: int) -> int:
    """Open a limit subject with limits such as `per_day_minor=100`, and return its id."""
    subject_id = new_bigint_id()
    actions.open_limit_subjects([LimitSubject(subject_id, "USD", time_zone, Limits(**limits))])
    return subject_id


def transfer(source: int, target: int, amount_minor: int, *counts: Count) -> Post:
    """Return an item that moves an amount between two accounts that normally stand on the credit side."""
    return Post(new_uuid7(), "test.transfer", (Leg(source, target, amount_minor),), counts)


def reserve(account_id: int, amount_minor: int, *counts: Count, lasting: timedelta | None = None) -> Reserve:
    """Return an item that holds an amount, for ever unless it is said how long."""
    deadline = FAR if lasting is None else clock.now() + lasting
    return Reserve(new_uuid7(), "test.reserve", account_id, amount_minor, deadline, counts)


def capture(hold: Reserve, target: int, amount_minor: int, *, final: bool = True) -> Capture:
    """Return an item that takes an amount out of a hold and gives it to an account."""
    return Capture(new_uuid7(), "test.capture", hold.id, (Leg(hold.account_id, target, amount_minor),), final)


def reverse(original_id: UUID) -> Reverse:
    """Return an item that undoes an entry."""
    return Reverse(new_uuid7(), "test.reversal", original_id)
