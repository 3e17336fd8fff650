"""Set the payment password, and change it with the old one."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.contrib.auth.hashers import make_password
from django.db import transaction

from okpay.base import audit
from okpay.base.database import execute_prepared, named_sql, require_transaction
from okpay.base.outbox import emit_many
from okpay.identity import attempts, events, queries
from okpay.identity.errors import IdentityRefused, InvalidPaymentPassword
from okpay.identity.payment_digits import is_trivial, is_well_formed
from okpay.identity.records import PaymentPasswordAttempt


def acceptable_payment_password(*, user_id: UUID, digits: str) -> str:
    """Return digits that this user may have as a payment password; `payment_digits.py` has the rules.

    Raises: InvalidPaymentPassword `payment_password_malformed`, `payment_password_trivial`.
    """
    if not is_well_formed(digits):
        raise InvalidPaymentPassword("payment_password_malformed", field="digits")
    phone = queries.phone_of(user_id)
    if is_trivial(digits, phone=phone[0] if phone else ""):
        raise InvalidPaymentPassword("payment_password_trivial", field="digits")
    return digits


def set_payment_password(*, user_id: UUID, digits: str, now: datetime, replaces: int | None = None) -> None:
    """Set a user's payment password, for the first time or anew; who may, the door has made sure of.

    It is kept as an argon2id hash. A block ends, and so does every confirmation that was not used yet. `replaces` is
    how often it had been set when the door looked: of two that replace the same one, the first is taken. Emits
    `payment_password_set` and writes an audit record.

    Raises: InvalidPaymentPassword `payment_password_malformed`, `payment_password_trivial`. IdentityRefused
        `user_unknown`, `payment_password_changed` when it was set since. BrokenInvariant outside a transaction.
    """
    require_transaction()
    queries.user(user_id)
    hashed = make_password(acceptable_payment_password(user_id=user_id, digits=digits))
    row = execute_prepared(
        named_sql("okpay.identity", "set_payment_password"),
        {"user_id": user_id, "digits_hash": hashed, "now": now, "replaces": replaces},
    ).fetchone()
    if row is None:
        raise IdentityRefused("payment_password_changed", user_id=str(user_id))
    execute_prepared(named_sql("okpay.identity", "end_confirmations"), [user_id])
    user = f"user:{user_id}"
    audit.record(actor=user, action="payment_password_set", subject=user, now=now, data={"times_set": row[0]})
    emit_many([events.payment_password_set(user_id, times_set=row[0], now=now)])


def change_payment_password(
    *, user_id: UUID, old_digits: str, digits: str, now: datetime
) -> PaymentPasswordAttempt:
    """Set a new payment password if the old one is right, and tell what became of the attempt.

    A wrong old one counts as everywhere, and blocks when it was one too many. Commits, so that no rollback gives an
    attempt back. New digits that cannot be kept cost none.

    Raises: InvalidPaymentPassword `payment_password_malformed`, `payment_password_trivial`. IdentityRefused
        `payment_password_changed` when it was set since. RuntimeError inside a transaction.
    """
    acceptable_payment_password(user_id=user_id, digits=digits)
    taken = attempts.take(user_id=user_id, now=now)
    if isinstance(taken, PaymentPasswordAttempt):
        return taken
    right = attempts.is_right(taken, old_digits)
    with transaction.atomic(durable=True):
        attempt = attempts.settle(taken, right=right, now=now)
        if attempt.is_right:
            set_payment_password(user_id=user_id, digits=digits, now=now, replaces=taken.times_set)
    return attempt
