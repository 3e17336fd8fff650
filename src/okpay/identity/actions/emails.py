"""Claim and prove an e-mail address; allauth keeps the table, and one prover for each."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from allauth.account.models import EmailAddress

from okpay.base.outbox import emit_many
from okpay.identity.events import address_proven
from okpay.identity.models import User


def prove_email(*, user_id: UUID, email: str, now: datetime) -> None:
    """Write that a user has proven an address, for people whom the operator vouches for: staff, and those of a demo.

    Emits `address_proven`.

    Raises: django.db.IntegrityError when somebody else has proven it.
    """
    EmailAddress.objects.update_or_create(
        user_id=user_id, email=email, defaults={"primary": True, "verified": True}
    )
    User.objects.filter(id=user_id).update(email=email)
    note_proven_email(user_id=user_id, now=now)


def note_proven_email(*, user_id: UUID, now: datetime) -> None:
    """Emit `address_proven`, in the transaction in which a user's address was proven."""
    emit_many([address_proven(user_id, now=now)])
