"""Claim and prove an e-mail address; allauth keeps the table, and one prover for each."""

from __future__ import annotations

from uuid import UUID

from allauth.account.models import EmailAddress

from okpay.identity.models import User


def prove_email(*, user_id: UUID, email: str) -> None:
    """Write that a user has proven an address, for people whom the operator vouches for: staff, and those of a demo.

    Raises: django.db.IntegrityError when somebody else has proven it.
    """
    EmailAddress.objects.update_or_create(
        user_id=user_id, email=email, defaults={"primary": True, "verified": True}
    )
    User.objects.filter(id=user_id).update(email=email)
