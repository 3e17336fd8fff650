"""Claim and prove a telephone number."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import IntegrityError, transaction

from okpay.base.outbox import emit_many
from okpay.identity.errors import IdentityRefused
from okpay.identity.events import address_proven
from okpay.identity.models import Phone


def claim_phone(*, user_id: UUID, number: str) -> None:
    """Write that a user claims a number, in E.164, unless theirs is proven already: that one stays until another is."""
    Phone.objects.get_or_create(user_id=user_id, defaults={"number": number})
    Phone.objects.filter(user_id=user_id, proven_at=None).update(number=number)


def prove_phone(*, user_id: UUID, number: str, now: datetime) -> None:
    """Write that a user has proven a number: from now on it is theirs alone, and claims of others are void.

    Emits `address_proven`.

    Raises: IdentityRefused `phone_taken` when somebody else has proven it, also at the same moment.
    """
    try:
        with transaction.atomic():
            Phone.objects.update_or_create(user_id=user_id, defaults={"number": number, "proven_at": now})
            emit_many([address_proven(user_id, now=now)])
    except IntegrityError:
        raise IdentityRefused("phone_taken") from None
