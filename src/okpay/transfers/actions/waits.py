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


def next_check(reason: Reason, *, now: datetime, arrives_at: datetime | None) -> datetime | None:
    """Return when a waiting transfer is looked at again; None where a fact about the address will say so."""
    if reason in _TOLD_BY_FACTS:
        return None
    if reason is Reason.DELAYED:
        return arrives_at
    return now + LOOK_AGAIN
