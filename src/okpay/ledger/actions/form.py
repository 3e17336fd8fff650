"""Refuse an item that could not be posted whatever stands in the book."""

from __future__ import annotations

from okpay.base.errors import BrokenInvariant
from okpay.ledger.records import MAX_MINOR, Capture, Count, Item, Leg, Outcome, Post, Reserve

MOST_LEGS = 1_000
"""Far above any recipe; the number of a leg is stored in two bytes."""
_LOWEST_ID, _HIGHEST_ID = -(2**63), 2**63 - 1


def check_form(item: Item) -> Outcome | None:
    """Return why an item is malformed, or None when it is well formed. The book is not asked.

    Raises: BrokenInvariant for what no caller can mean: two counts against one limit subject, an amount that is no
        whole number, an account that cannot exist, more legs than `MOST_LEGS`, a deadline without time zone.
    """
    # One fault of a caller would have the database refuse the whole list, the neighbours' items too: it is raised
    # before anything is refused. And every item comes through here, so that it is written to be quick.
    legs = _check_legs(item.legs) if isinstance(item, (Post, Capture)) else None
    if isinstance(item, (Post, Reserve)) and item.counts:
        counts = _check_counts(item.counts)
    else:
        counts = None
    if isinstance(item, Reserve):
        return counts or _check_reserve(item)
    return Outcome.NO_LEGS if legs is Outcome.NO_LEGS else counts or legs


def _check_legs(legs: tuple[Leg, ...]) -> Outcome | None:
    if not legs:
        return Outcome.NO_LEGS
    if len(legs) > MOST_LEGS:
        raise BrokenInvariant(f"an entry has {MOST_LEGS} legs at most")
    found = None
    for leg in legs:
        _assert_id(leg.debit_account_id)
        _assert_id(leg.credit_account_id)
        if not _in_range(leg.amount_minor):
            found = Outcome.AMOUNT_OUT_OF_RANGE
        elif leg.debit_account_id == leg.credit_account_id:
            found = found or Outcome.SAME_ACCOUNT
    return found


def _check_counts(counts: tuple[Count, ...]) -> Outcome | None:
    found = None
    for count in counts:
        _assert_id(count.subject_id)
        if not _in_range(count.amount_minor):
            found = Outcome.AMOUNT_OUT_OF_RANGE
    if len(counts) > 1 and len({count.subject_id for count in counts}) < len(counts):
        raise BrokenInvariant("an item counts against a limit subject once")
    return found


def _check_reserve(item: Reserve) -> Outcome | None:
    _assert_id(item.account_id)
    if item.expires_at.tzinfo is None:
        raise BrokenInvariant("a deadline needs a time zone")
    return None if _in_range(item.amount_minor) else Outcome.AMOUNT_OUT_OF_RANGE


def _assert_id(id_: int) -> None:
    if type(id_) is not int or not _LOWEST_ID <= id_ <= _HIGHEST_ID:
        raise BrokenInvariant("an account or limit subject has a 64-bit id")


def _in_range(amount_minor: int) -> bool:
    if type(amount_minor) is not int:
        raise BrokenInvariant("an amount is a whole number of minor units")
    return 1 <= amount_minor <= MAX_MINOR
