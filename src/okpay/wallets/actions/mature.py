"""Let money from cards become money that may leave to a bank."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db import transaction

from okpay.base.arrays import bigints, instants, uuids
from okpay.base.database import execute_prepared, require_transaction
from okpay.base.errors import BrokenInvariant
from okpay.base.ids import new_uuid7
from okpay.ledger import actions as ledger
from okpay.ledger import queries as book
from okpay.ledger.records import AccountStatus, Leg, Outcome, Post
from okpay.wallets import models
from okpay.wallets.queries import last_maturity
from okpay.wallets.records import Carried, NewLot

AT_ONCE = 200
LATER = timedelta(hours=1)
"""How long a lot rests whose account lets nothing go out, or has something held."""

_INSERT = """
INSERT INTO wallets_maturing_lot (id, maturing_account_id, amount_minor, matures_at, due_at)
SELECT * FROM unnest(%s::uuid[], %s::bigint[], %s::bigint[], %s::timestamptz[], %s::timestamptz[])
"""
_STILL_TO_COME = """
SELECT maturing_account_id, sum(amount_minor) FROM wallets_maturing_lot
 WHERE maturing_account_id = ANY (%s) AND matures_at > %s GROUP BY maturing_account_id
"""


def add_maturing(lots: Sequence[NewLot]) -> None:
    """Note when amounts mature that the caller's transaction brings onto maturing accounts.

    Inserts of new rows only: it may follow the posting call. Raises: BrokenInvariant outside a transaction.
    """
    require_transaction()
    if not lots:
        return
    days = instants([lot.matures_at for lot in lots])
    execute_prepared(
        _INSERT,
        [
            uuids([new_uuid7() for _ in lots]),
            bigints([lot.maturing_account_id for lot in lots]),
            bigints([lot.amount_minor for lot in lots]),
            days,
            days,
        ],
    )


def carry_maturing(carried: Sequence[Carried]) -> None:
    """Give card money that was sent the day of the sender's last lot: sending must not make it older.

    Also where the sender got it from somebody of the same list. Inserts of new rows only, as `add_maturing`.
    """
    if not carried:
        return
    days = last_maturity([id_ for one in carried for id_ in (one.from_account_id, one.to_account_id)])
    lots = []
    for one in carried:
        day = days.get(one.from_account_id, one.at)
        lots.append(NewLot(one.to_account_id, one.amount_minor, day))
        days[one.to_account_id] = max(day, days.get(one.to_account_id, day))
    add_maturing(lots)


def mature_once(*, now: datetime) -> int:
    """Move what has matured to the accounts `available`, of up to `AT_ONCE` wallets; return how many were looked at.

    Commits by itself, since it is the whole of a background round. Nothing is done during maintenance.
    """
    if book.holds_only():
        return 0
    due = models.MaturingLot.objects.filter(due_at__lte=now).order_by("due_at")
    ids = sorted(set(due.values_list("maturing_account_id", flat=True)[:AT_ONCE]))
    if not ids:
        return 0
    with transaction.atomic():
        _mature(ids, now)
    return len(ids)


def _mature(maturing_ids: list[int], now: datetime) -> None:
    available = dict(
        models.Wallet.objects.filter(maturing_account_id__in=maturing_ids).values_list(
            "maturing_account_id", "available_account_id"
        )
    )
    if len(available) != len(maturing_ids):
        raise BrokenInvariant("a lot lies on an account that is no wallet's")
    accounts = ledger.lock_accounts([*available, *available.values()])
    # Read under the locks: what comes onto an account comes with its lot, in one transaction.
    to_come = dict(execute_prepared(_STILL_TO_COME, [maturing_ids, now]).fetchall())
    posts: list[Post] = []
    for maturing_id, available_id in available.items():
        lots = models.MaturingLot.objects.filter(maturing_account_id=maturing_id, matures_at__lte=now)
        if {accounts[maturing_id].status, accounts[available_id].status} != {AccountStatus.ACTIVE}:
            lots.update(due_at=now + LATER)
            continue
        if accounts[maturing_id].held_minor:
            # What is held may be given back, and has matured then: somebody must come and look.
            lots.update(due_at=now + LATER)
        else:
            lots.delete()
        free = accounts[maturing_id].available_minor - int(to_come.get(maturing_id, 0))
        if free > 0:
            posts.append(Post(new_uuid7(), "topup.mature", (Leg(maturing_id, available_id, free),)))
    results = ledger.post_many(posts) if posts else []
    if any(result.outcome is Outcome.MAINTENANCE for result in results):
        transaction.set_rollback(True)
    elif not all(result.accepted for result in results):
        raise BrokenInvariant(f"what has matured could not be moved: {results}")
