"""Refuse an item that could not be posted whatever stands in the book."""

from __future__ import annotations

from okpay.base.errors import BrokenInvariant
from okpay.ledger.records import MAX_MINOR, Capture, Item, Leg, Outcome, Post, Reserve


def check_form(item: Item) -> Outcome | None:
    """Return why an item is malformed, or None when it is well formed. The book is not asked.

    Raises: BrokenInvariant when an item counts against the same limit subject twice.
    """
    if isinstance(item, Post | Capture) and not item.legs:
        return Outcome.NO_LEGS
    if isinstance(item, Post | Reserve) and item.counts:
        if len({count.subject_id for count in item.counts}) < len(item.counts):
            raise BrokenInvariant("an item counts against a limit subject once")
        if not all(_in_range(count.amount_minor) for count in item.counts):
            return Outcome.AMOUNT_OUT_OF_RANGE
    if isinstance(item, Reserve) and not _in_range(item.amount_minor):
        return Outcome.AMOUNT_OUT_OF_RANGE
    return _check_legs(item.legs) if isinstance(item, Post | Capture) else None


def _check_legs(legs: tuple[Leg, ...]) -> Outcome | None:
    if not all(_in_range(leg.amount_minor) for leg in legs):
        return Outcome.AMOUNT_OUT_OF_RANGE
    if any(leg.debit_account_id == leg.credit_account_id for leg in legs):
        return Outcome.SAME_ACCOUNT
    return None


def _in_range(amount_minor: int) -> bool:
    return 1 <= amount_minor <= MAX_MINOR
