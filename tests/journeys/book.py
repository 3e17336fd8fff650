"""A small book for the pages to show: a top-up, a purchase with a fee, a hold, and one account with many postings."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from uuid import UUID

from django.db import transaction

from okpay.base.ids import new_uuid7
from okpay.ledger import actions, queries
from okpay.ledger.records import Item, Leg, NewAccount, Post, Reserve, Side

BUSY_POSTINGS = 60
"""More than one page of them."""
FIRST_ID = 9_100_000_000_000_000


@dataclass(frozen=True)
class SampleBook:
    """What the tests open."""

    wallet_id: int
    busy_id: int
    busy_before: int
    """The key at which the second page of the busy account's postings begins."""
    unused_id: int
    purchase_id: UUID
    hold_id: UUID


@cache
def sample_book() -> SampleBook:
    """Post the sample once in a process, seal it, and return where things stand."""
    bank, wallet, shop, fees, busy, unused = range(FIRST_ID, FIRST_ID + 6)
    actions_list: list[Item] = [
        _post("topup.bank", Leg(bank, wallet, 250_000)),
        purchase := _post("payment.capture", Leg(wallet, shop, 9_710), Leg(wallet, fees, 290)),
        hold := Reserve(new_uuid7(), "payment.hold", wallet, 4_550, datetime.now(UTC) + timedelta(days=7)),
    ]
    many: list[Item] = [_post("topup.bank", Leg(bank, busy, 100 + number)) for number in range(BUSY_POSTINGS)]
    with transaction.atomic():
        actions.open_accounts(
            [
                NewAccount(
                    bank, "USD", Side.DEBIT, "settlement", floor_minor=None, code="settlement:sample:USD"
                ),
                NewAccount(wallet, "USD", Side.CREDIT, "available"),
                NewAccount(shop, "USD", Side.CREDIT, "maturing"),
                NewAccount(fees, "USD", Side.CREDIT, "fees", code="fees:sample:USD"),
                NewAccount(busy, "USD", Side.CREDIT, "available"),
                NewAccount(unused, "JPY", Side.CREDIT, "available"),
            ]
        )
    for items in (actions_list, many):
        with transaction.atomic():
            results = actions.post_many(items)
        assert all(result.accepted for result in results), results
    with transaction.atomic():
        actions.seal()
    busy_before = queries.postings(busy)[-1].sequence
    return SampleBook(wallet, busy, busy_before, unused, purchase.id, hold.id)


def _post(kind: str, *legs: Leg) -> Post:
    return Post(new_uuid7(), kind, legs)
