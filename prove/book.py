"""The small book that the kills are tried on, and what it must look like in the end."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import UTC, datetime

from django.db import transaction

from okpay.base.ids import new_uuid7
from okpay.ledger.actions import open_accounts, open_limit_subjects, post_many
from okpay.ledger.records import (
    Capture,
    Item,
    Leg,
    Limits,
    LimitSubject,
    NewAccount,
    Post,
    Release,
    Reserve,
    Side,
)

WALLETS = range(1, 51)
"""Few, so that batches meet on them."""
POOR_ACCOUNT = 100
"""It has no money: whatever it is asked for is refused."""
HOUSE_ACCOUNT = 101
FUNDS_MINOR = 1_000_000_000_000
FUNDING = "funding"
DEADLINE = datetime(2100, 1, 1, tzinfo=UTC)
_CURRENCY = "USD"


def fill() -> None:
    """Open the accounts with money and limits."""
    with transaction.atomic():
        open_accounts(
            [
                *(
                    NewAccount(number, _CURRENCY, Side.CREDIT, "wallet")
                    for number in [*WALLETS, POOR_ACCOUNT]
                ),
                NewAccount(HOUSE_ACCOUNT, _CURRENCY, Side.DEBIT, "house", floor_minor=None),
            ]
        )
        limits = Limits(*[FUNDS_MINOR] * 5)
        open_limit_subjects([LimitSubject(number, _CURRENCY, "UTC", limits) for number in WALLETS])
    with transaction.atomic():
        post_many(
            [Post(new_uuid7(), FUNDING, (Leg(HOUSE_ACCOUNT, number, FUNDS_MINOR),)) for number in WALLETS]
        )


def expected(accepted: Iterable[Item]) -> tuple[Counter[int], Counter[int]]:
    """Return the balance and the held amount that each account must have once these items have been done."""
    balances = Counter(dict.fromkeys(WALLETS, FUNDS_MINOR))
    balances[HOUSE_ACCOUNT] = FUNDS_MINOR * len(WALLETS)
    reserves: dict[object, Reserve] = {}
    closed: set[object] = set()
    for item in accepted:
        if isinstance(item, Reserve):
            reserves[item.id] = item
        elif isinstance(item, Capture | Release):
            # Captures are final here.
            closed.add(item.hold_id)
        if isinstance(item, Post | Capture):
            for leg in item.legs:
                balances[leg.debit_account_id] -= leg.amount_minor
                balances[leg.credit_account_id] += leg.amount_minor
    held: Counter[int] = Counter()
    for reserve in reserves.values():
        if reserve.id not in closed:
            held[reserve.account_id] += reserve.amount_minor
    return balances, held
