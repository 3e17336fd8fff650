"""Take an attempt at a payment password, look at its hash, and settle what it was.

The steps are apart so that no row is locked while argon2 works, and so that fifty guesses at the same moment get five
checks and not fifty: each one that is looked at was counted and committed before.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.contrib.auth.hashers import check_password
from django.db import transaction

from okpay.base import audit
from okpay.base.database import execute_prepared, named_sql, require_transaction
from okpay.base.outbox import emit_many
from okpay.identity import events, payment_digits, queries
from okpay.identity.models import PaymentPassword
from okpay.identity.records import (
    MOST_WRONG_PAYMENT_PASSWORDS,
    PAYMENT_PASSWORD_BLOCK,
    PaymentPasswordAttempt,
)


@dataclass(frozen=True, slots=True)
class Taken:
    """An attempt that was counted, with what it is compared with."""

    user_id: UUID
    digits_hash: str
    times_set: int
    number: int
    """Which one in a row it is, if it is wrong."""
    blocked_until: datetime | None


def take(*, user_id: UUID, now: datetime) -> Taken | PaymentPasswordAttempt:
    """Count an attempt, or return why none can be made: there is no payment password, or it is blocked.

    Commits, so that no rollback gives the attempt back. Raises: RuntimeError inside a transaction.
    """
    with transaction.atomic(durable=True):
        row = execute_prepared(
            named_sql("okpay.identity", "take_attempt"),
            {
                "user_id": user_id,
                "most": MOST_WRONG_PAYMENT_PASSWORDS,
                "now": now,
                "until": now + PAYMENT_PASSWORD_BLOCK,
            },
        ).fetchone()
    return Taken(user_id, *row) if row is not None else _none(user_id, now)


def is_right(taken: Taken, digits: str) -> bool:
    """Tell whether digits have the hash; takes as long as argon2 does, unless they cannot be right."""
    return payment_digits.is_well_formed(digits) and check_password(digits, taken.digits_hash)


def settle(taken: Taken, *, right: bool, now: datetime) -> PaymentPasswordAttempt:
    """Begin the count anew after a right one, or tell of the wrong one that blocked.

    A right one is no longer so when a new payment password was set in between.
    """
    require_transaction()
    kept = PaymentPassword.objects.filter(user_id=taken.user_id, times_set=taken.times_set)
    if right and kept.update(wrong_count=0, blocked_until=None):
        return PaymentPasswordAttempt(
            is_right=True, tries_left=MOST_WRONG_PAYMENT_PASSWORDS, blocked_until=None, is_missing=False
        )
    if right:
        return _none(taken.user_id, now)
    # A right one may have come while this one was looked at: then nothing is blocked.
    if taken.blocked_until and kept.filter(blocked_until=taken.blocked_until).exists():
        _tell(taken.user_id, taken.blocked_until, now)
    return PaymentPasswordAttempt(
        is_right=False,
        tries_left=MOST_WRONG_PAYMENT_PASSWORDS - taken.number,
        blocked_until=taken.blocked_until,
        is_missing=False,
    )


def _tell(user_id: UUID, blocked_until: datetime, now: datetime) -> None:
    user = f"user:{user_id}"
    audit.record(actor=user, action="payment_password_blocked", subject=user, now=now)
    emit_many([events.payment_password_blocked(user_id, blocked_until=blocked_until, now=now)])


def _none(user_id: UUID, now: datetime) -> PaymentPasswordAttempt:
    state = queries.payment_password_state(user_id, now=now)
    return PaymentPasswordAttempt(
        is_right=False,
        tries_left=state.tries_left,
        blocked_until=state.blocked_until,
        is_missing=not state.is_set,
    )
