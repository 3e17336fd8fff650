"""Refuse an item that could not be posted whatever stands in the book."""

from __future__ import annotations

from okpay.base.errors import BrokenInvariant
from okpay.ledger.records import MAX_MINOR, Capture, Item, Leg, Outcome, Post, Reserve

MOST_LEGS = 1_000
"""Far above any recipe; the number of a leg is stored in two bytes."""


def check_form(item: Item) -> Outcome | None:
    """Return why an item is malformed, or None when it is well formed. The book is not asked.

    Raises: BrokenInvariant for what no caller can mean: two counts against one limit subject, an amount that is no
        whole number, an account that cannot exist, more legs than `MOST_LEGS`, a deadline without time zone.
    """
    _assert_sensible(item)
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


def _assert_sensible(item: Item) -> None:
    # One fault here would have the database refuse the whole list, the neighbours' items too.
    legs = item.legs if isinstance(item, Post | Capture) else ()
    amounts = [leg.amount_minor for leg in legs]
    ids = [id_ for leg in legs for id_ in (leg.debit_account_id, leg.credit_account_id)]
    if isinstance(item, Post | Reserve):
        amounts += [count.amount_minor for count in item.counts]
        ids += [count.subject_id for count in item.counts]
    if isinstance(item, Reserve):
        amounts.append(item.amount_minor)
        ids.append(item.account_id)
        if item.expires_at.tzinfo is None:
            raise BrokenInvariant("a deadline needs a time zone")
    if any(type(amount) is not int for amount in amounts):
        raise BrokenInvariant("an amount is a whole number of minor units")
    if any(type(id_) is not int or not -(2**63) <= id_ < 2**63 for id_ in ids):
        raise BrokenInvariant("an account or limit subject has a 64-bit id")
    if len(legs) > MOST_LEGS:
        raise BrokenInvariant(f"an entry has {MOST_LEGS} legs at most")


def _check_legs(legs: tuple[Leg, ...]) -> Outcome | None:
    if not all(_in_range(leg.amount_minor) for leg in legs):
        return Outcome.AMOUNT_OUT_OF_RANGE
    if any(leg.debit_account_id == leg.credit_account_id for leg in legs):
        return Outcome.SAME_ACCOUNT
    return None


def _in_range(amount_minor: int) -> bool:
    return 1 <= amount_minor <= MAX_MINOR
