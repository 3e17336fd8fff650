"""Confirm a movement, and use the confirmation up when it happens."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction

from okpay.base.arrays import byteas, uuids
from okpay.base.database import execute_prepared, named_sql, require_transaction
from okpay.base.errors import BrokenInvariant
from okpay.base.ids import new_uuid7
from okpay.identity import attempts
from okpay.identity.models import PaymentConfirmation as ConfirmationRow
from okpay.identity.records import (
    CONFIRMATION_LASTS,
    ConfirmationUse,
    ConfirmedBy,
    PaymentConfirmation,
    PaymentPasswordAttempt,
)

_BINDING_BYTES = 32
KEPT = timedelta(days=7)
"""How long a confirmation is kept after it has lapsed: until then it is known as lapsed or used."""
_BATCH = 1000


def confirm_payment(*, user_id: UUID, digits: str, binding: bytes, now: datetime) -> PaymentConfirmation:
    """Confirm what `binding_of` has bound, if the digits are the user's payment password; lasts five minutes.

    Never raises for a wrong one: it counts, and the fifth in a row blocks for half an hour and emits
    `payment_password_blocked`. It commits, before and after the hash is looked at, so that neither many guesses at
    once nor a rollback are worth a try more.

    Raises: BrokenInvariant when the binding is not 32 bytes. RuntimeError inside a transaction.
    """
    _check_binding(binding)
    taken = attempts.take(user_id=user_id, now=now)
    if isinstance(taken, PaymentPasswordAttempt):
        return _answer(taken, None)
    right = attempts.is_right(taken, digits)
    with transaction.atomic(durable=True):
        attempt = attempts.settle(taken, right=right, now=now)
        if not attempt.is_right:
            return _answer(attempt, None)
        confirmation_id = _write(user_id, ConfirmedBy.PAYMENT_PASSWORD, binding, now)
    return _answer(attempt, confirmation_id)


def confirm_payment_by(*, user_id: UUID, method: ConfirmedBy, binding: bytes, now: datetime) -> UUID:
    """Confirm what `binding_of` has bound, for a user who has just shown a passkey or a code; lasts five minutes.

    The door has checked it: what it checked must have been for this binding, and can be used once.

    Raises: BrokenInvariant for the payment password, which is checked here, and when the binding is not 32 bytes.
    """
    _check_binding(binding)
    if method is ConfirmedBy.PAYMENT_PASSWORD:
        raise BrokenInvariant("a payment password is checked by confirm_payment")
    with transaction.atomic():
        return _write(user_id, method, binding, now)


def use_confirmations(uses: Sequence[ConfirmationUse], *, now: datetime) -> list[str | None]:
    """Use confirmations up, in the caller's transaction and before it posts; return for each why not, or None.

    The answers are the codes of `ConfirmationFault`. Rows are locked in the order of their ids, after idempotency keys
    and before anything of the book. Of several uses of one confirmation the first gets it; a rollback gives it back.

    Raises: BrokenInvariant outside a transaction. django.db.OperationalError when a rival takes longer than
        lock_timeout.
    """
    require_transaction()
    if not uses:
        return []
    rows = execute_prepared(
        named_sql("okpay.identity", "use_confirmations"),
        [
            uuids([use.id for use in uses]),
            uuids([use.user_id for use in uses]),
            byteas([use.binding for use in uses]),
            now,
            now,
        ],
    ).fetchall()
    return [fault for (fault,) in rows]


def clear_confirmations(*, now: datetime) -> int:
    """Delete confirmations that lapsed more than a week ago, at most a thousand; return how many."""
    old = ConfirmationRow.objects.filter(expires_at__lt=now - KEPT).order_by("expires_at")
    ids = list(old.values_list("id", flat=True)[:_BATCH])
    return ConfirmationRow.objects.filter(id__in=ids).delete()[0] if ids else 0


def _check_binding(binding: bytes) -> None:
    if len(binding) != _BINDING_BYTES:
        raise BrokenInvariant("a confirmation is bound by what binding_of returns")


def _write(user_id: UUID, method: ConfirmedBy, binding: bytes, now: datetime) -> UUID:
    row = ConfirmationRow(
        id=new_uuid7(),
        user_id=user_id,
        binding=binding,
        method=method.value,
        confirmed_at=now,
        expires_at=now + CONFIRMATION_LASTS,
    )
    row.save(force_insert=True)
    return row.id


def _answer(attempt: PaymentPasswordAttempt, confirmation_id: UUID | None) -> PaymentConfirmation:
    return PaymentConfirmation(
        confirmation_id=confirmation_id,
        tries_left=attempt.tries_left,
        blocked_until=attempt.blocked_until,
        is_missing=attempt.is_missing,
    )
