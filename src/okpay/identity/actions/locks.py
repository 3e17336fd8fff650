"""The emergency lock: nobody signs in, whoever knows the password."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.contrib.auth.hashers import make_password

from okpay.base import audit
from okpay.identity.actions.api_keys import touch_api_keys
from okpay.identity.errors import IdentityRefused
from okpay.identity.models import User


def lock(*, user_id: UUID, now: datetime) -> bool:
    """Lock a user out until the owner of the address unlocks; tell whether it was open before.

    Open sessions end with their next request: doors ask for the lock with the user. API keys are refused at once, too.
    """
    locked = bool(User.objects.filter(id=user_id, locked_at=None).update(locked_at=now))
    if locked:
        touch_api_keys(user_id)
        audit.record(actor=f"user:{user_id}", action="locked", subject=f"user:{user_id}", now=now)
    return locked


def unlock(*, user_id: UUID, now: datetime) -> None:
    """Let a user in again with a new password: the old one may be known to whoever the lock was for.

    For the same reason every API key that stood is revoked: somebody else may have made it, or copied it.

    Raises: IdentityRefused `account_not_locked`.
    """
    nobodys = make_password(None)
    locked = User.objects.filter(id=user_id, locked_at__isnull=False)
    if not locked.update(locked_at=None, unlocked_at=now, password=nobodys):
        raise IdentityRefused("account_not_locked", user_id=str(user_id))
    data = {"api_keys_revoked": touch_api_keys(user_id, revoked_at=now)}
    audit.record(actor=f"user:{user_id}", action="unlocked", subject=f"user:{user_id}", now=now, data=data)
