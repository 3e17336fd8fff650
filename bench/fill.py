"""Fill the database that OKPAY_DATABASE_URL names with the bench's wallets, through the ledger's own actions."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta

import django
from django.db import transaction

from bench.book import ACCOUNTS, HOT_ACCOUNT, HOUSE_ACCOUNT
from okpay.base.ids import new_uuid7
from okpay.ledger.records import (
    Count,
    Item,
    Leg,
    Limits,
    LimitSubject,
    NewAccount,
    Outcome,
    Post,
    Reserve,
    Side,
)

CURRENCY = "USD"
FUNDS_MINOR = 1_000_000_000_000
HELD_MINOR = 100
LIMITS = Limits(*[1_000_000_000_000_000] * 5)
"""Every window is counted and compared, and none is ever used up."""
_CHUNK = 1_000
_SHOWN = 10_000


def _wallet(number: int) -> NewAccount:
    return NewAccount(number, CURRENCY, Side.CREDIT, "wallet")


def _items(numbers: Sequence[int], deadline: datetime) -> Iterator[Item]:
    for number in numbers:
        yield Post(new_uuid7(), "funding", (Leg(HOUSE_ACCOUNT, number, FUNDS_MINOR),))
    for number in numbers:
        yield Reserve(new_uuid7(), "hold", number, HELD_MINOR, deadline, (Count(number, HELD_MINOR),))


def main() -> None:
    """Open the accounts and limit subjects, and give each wallet money and a hold."""
    django.setup()
    # Only now: the actions import models, and models need the registry.
    from okpay.ledger.actions import open_accounts, open_limit_subjects, post_many

    deadline = datetime.now(UTC) + timedelta(days=3650)
    with transaction.atomic():
        open_accounts([NewAccount(HOUSE_ACCOUNT, CURRENCY, Side.DEBIT, "house", floor_minor=None)])
        open_accounts([_wallet(HOT_ACCOUNT)])
    for start in range(1, ACCOUNTS + 1, _CHUNK):
        numbers = range(start, min(start + _CHUNK, ACCOUNTS + 1))
        with transaction.atomic():
            open_accounts([_wallet(number) for number in numbers])
            open_limit_subjects([LimitSubject(number, CURRENCY, "UTC", LIMITS) for number in numbers])
        with transaction.atomic():
            results = post_many(list(_items(numbers, deadline)))
        assert all(result.outcome == Outcome.POSTED for result in results), results
        if numbers[-1] % _SHOWN == 0:
            print(f"  {numbers[-1]:,} of {ACCOUNTS:,} wallets", file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
