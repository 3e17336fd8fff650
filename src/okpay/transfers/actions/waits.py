"""What a cause to wait means: whose turn it is, what comes next, and when it is looked at again."""

from __future__ import annotations

from datetime import datetime, timedelta

from okpay.movements.records import NextStep, Reason, Turn

LOOK_AGAIN = timedelta(seconds=5)
"""How soon a cause is looked at again that goes without any fact of ours."""

_TERMS: dict[Reason, tuple[Turn, NextStep]] = {
    Reason.NONE: (Turn.NOBODY, NextStep.NONE),
    Reason.ADDRESS_NOT_REGISTERED: (Turn.PAYEE, NextStep.SIGNS_UP),
    Reason.ADDRESS_NOT_PROVEN: (Turn.PAYEE, NextStep.PROVES_ADDRESS),
    Reason.RECIPIENT_LIMIT: (Turn.PAYEE, NextStep.VERIFIES_IDENTITY),
    Reason.RECIPIENT_FROZEN: (Turn.OPERATOR, NextStep.IS_CHECKED),
    Reason.RECIPIENT_CURRENCY: (Turn.PAYER, NextStep.HAS_OTHER_CURRENCY),
    Reason.MAINTENANCE: (Turn.OPERATOR, NextStep.MAINTENANCE_ENDS),
    Reason.DELAYED: (Turn.CLOCK, NextStep.ARRIVES),
}
_TOLD_BY_FACTS = frozenset({Reason.ADDRESS_NOT_REGISTERED, Reason.ADDRESS_NOT_PROVEN})


def terms_of(reason: Reason) -> tuple[Turn, NextStep]:
    """Return whose turn it is and what happens next."""
    return _TERMS[reason]


def first_check(reason: Reason, *, now: datetime, arrives_at: datetime | None) -> datetime:
    """Return when a new waiting transfer is looked at.

    Soon, also where a fact will tell: the address may have been proven after it was read and before the transfer was
    there to be found by whoever heard of it.
    """
    return arrives_at if reason is Reason.DELAYED and arrives_at is not None else now + LOOK_AGAIN


def next_check(
    reason: Reason, *, now: datetime, arrives_at: datetime | None, expires_at: datetime
) -> datetime:
    """Return when a waiting transfer is looked at again: not before its deadline where a fact will tell of more."""
    if reason in _TOLD_BY_FACTS:
        at = expires_at
    elif reason is Reason.DELAYED and arrives_at is not None:
        at = arrives_at
    else:
        at = min(now + LOOK_AGAIN, expires_at)
    # The book's clock may be behind: what it does not let expire yet is not due all the time until then.
    return at if at > now else now + LOOK_AGAIN
