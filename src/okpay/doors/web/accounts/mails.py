"""Turn what allauth wants to send into the messages of the notifications room."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.core import signing
from django.urls import reverse

from okpay.base import clock
from okpay.base.email_addresses import masked_email
from okpay.identity import queries as identity
from okpay.identity.errors import IdentityRefused
from okpay.identity.records import Recovery
from okpay.notifications import actions as notifications

LINK_HOURS = 24
RESET_MINUTES = 30
CODE_MINUTES = 15
LOCK_LINK_DAYS = 7
_SALT = "okpay.recovery"


def address_of(path: str) -> str:
    """Return the whole address of a path of ours, as a mail must have it."""
    return f"{settings.ORIGIN}{path}"


def recovery_link(kind: Recovery, user_id: UUID) -> str:
    """Return the link that lets its reader lock or unlock an account as it stands now."""
    user = identity.user(user_id)
    bound = _lock_of(user.locked_at, user.email) if kind is Recovery.UNLOCK else ""
    made_at = clock.now().timestamp()
    token = signing.dumps({"kind": kind.value, "user": user_id.hex, "at": made_at, "lock": bound}, salt=_SALT)
    return address_of(reverse("recover", args=[token]))


def read_recovery_token(token: str) -> tuple[Recovery, UUID] | None:
    """Return what a link lets its reader do, or None for one that is old, used, overtaken or not ours.

    A link that locks works for a week, until a lock is undone: who kept an old mail cannot lock again and again. One
    that unlocks works for half an hour, and only for the lock and the address that it was asked for.
    """
    try:
        found = signing.loads(token, salt=_SALT, max_age=timedelta(days=LOCK_LINK_DAYS))
        kind, user = Recovery(found["kind"]), identity.user(UUID(hex=found["user"]))
        age = clock.now().timestamp() - found["at"]
    except (signing.BadSignature, IdentityRefused, KeyError, TypeError, ValueError):
        return None
    if kind is Recovery.UNLOCK:
        fresh = user.locked_at is not None and age <= RESET_MINUTES * 60
        return (kind, user.pk) if fresh and found["lock"] == _lock_of(user.locked_at, user.email) else None
    overtaken = user.unlocked_at is not None and found["at"] <= user.unlocked_at.timestamp()
    return None if overtaken else (kind, user.pk)


def _lock_of(locked_at: datetime | None, email: str) -> str:
    return hashlib.sha256(f"{locked_at} {email}".encode()).hexdigest()[:16]


def tell(
    user_id: UUID,
    template: str,
    *,
    to: str = "",
    is_theirs: bool = False,
    expires_at: datetime | None = None,
    **data: Any,
) -> None:
    """Queue a mail to a user in their language; `to` where it is not their address, `is_theirs` if it was.

    Name and phrase go to proven addresses only: another may be somebody else's, and the name what a stranger typed.
    """
    person = identity.person(user_id)
    proven = is_theirs or (identity.has_proven_email(user_id) and to in ("", person.email))
    notifications.queue_mail(
        to=to or person.email,
        template=template,
        language=person.language,
        data=data,
        user_id=user_id,
        name=person.display_name if proven else "",
        phrase=identity.phrase(user_id) if proven else "",
        now=clock.now(),
        expires_at=expires_at,
    )


def send(template_prefix: str, email: str, context: dict[str, Any]) -> None:
    """Queue the mail that one of allauth's flows asks for.

    Raises: KeyError for one that has no message here, since nobody shall get a mail that nobody wrote.
    """
    _MAILS[template_prefix.removeprefix("account/email/")](email, context)


def _verify(email: str, context: dict[str, Any]) -> None:
    # Who has proven an address before is about to change it.
    user_id = context["user"].pk
    template = "email_change" if identity.has_proven_email(user_id) else "verify_email"
    expires = clock.now() + timedelta(hours=LINK_HOURS)
    tell(user_id, template, to=email, link=context["activate_url"], hours=LINK_HOURS, expires_at=expires)


def _sign_in_code(email: str, context: dict[str, Any]) -> None:
    expires = clock.now() + timedelta(minutes=CODE_MINUTES)
    user = identity.user_of_email(email)
    if user is not None:
        tell(user.pk, "sign_in_code", code=context["code"], minutes=CODE_MINUTES, expires_at=expires)


def _password_changed(email: str, context: dict[str, Any]) -> None:
    user_id, now = context["user"].pk, clock.now()
    tell(user_id, "password_changed", to=email, at=now, lock_link=recovery_link(Recovery.LOCK, user_id))
    notifications.post_notice(user_id=user_id, code="password_changed", data={"at": now}, now=now)


def _email_changed(email: str, context: dict[str, Any]) -> None:
    user_id, now = context["user"].pk, clock.now()
    changed: dict[str, Any] = {"new_masked": masked_email(context["to_email"]), "at": now}
    link = recovery_link(Recovery.LOCK, user_id)
    tell(user_id, "email_changed", to=email, is_theirs=True, lock_link=link, **changed)
    notifications.post_notice(user_id=user_id, code="email_changed", data=changed, now=now)


_MAILS: dict[str, Callable[[str, dict[str, Any]], None]] = {
    "email_confirmation_signup": _verify,
    "email_confirmation": _verify,
    "login_code": _sign_in_code,
    "password_changed": _password_changed,
    "password_reset": _password_changed,
    "email_changed": _email_changed,
}
