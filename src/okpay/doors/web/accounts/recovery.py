"""Answer requests for recovery mails in the background, so that asking takes as long for everybody."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from allauth.account.forms import default_token_generator
from allauth.account.utils import user_pk_to_url_str
from django.db import transaction
from django.urls import reverse

from okpay.base import clock
from okpay.doors.web.accounts import mails
from okpay.identity import actions as identity
from okpay.identity import queries as people
from okpay.identity.records import Recovery, RecoveryRequest
from okpay.notifications import actions as notifications


def answer_recovery_requests() -> int:
    """Queue the mail for each waiting request, and return how many there were."""
    with transaction.atomic():
        requests = identity.take_recovery_requests()
        for request in requests:
            _answer(request)
    return len(requests)


def new_password_path(user_id: UUID) -> str:
    """Return the path on which a user chooses a new password, as a mailed link has it."""
    user = people.user(user_id)
    key = f"{user_pk_to_url_str(user)}-{default_token_generator.make_token(user)}"
    path = reverse("account_reset_password_from_key", kwargs={"uidb36": "UID", "key": "KEY"})
    return path.replace("UID-KEY", key)


def _answer(request: RecoveryRequest) -> None:
    user = people.user_of_email(request.email)
    if user is None:
        if request.kind is Recovery.RESET:
            notifications.queue_mail(
                to=request.email,
                template="unknown_account",
                language=request.language,
                data={"sign_up_link": mails.address_of(reverse("account_signup"))},
                now=clock.now(),
            )
        return
    expires = clock.now() + timedelta(minutes=mails.RESET_MINUTES)
    if request.kind is Recovery.RESET:
        link = mails.address_of(new_password_path(user.pk))
        mails.tell(user.pk, "reset_password", link=link, minutes=mails.RESET_MINUTES, expires_at=expires)
    elif request.kind is Recovery.UNLOCK and user.locked_at:
        link = mails.recovery_link(Recovery.UNLOCK, user.pk)
        mails.tell(user.pk, "unlock_request", link=link, minutes=mails.RESET_MINUTES, expires_at=expires)
    elif request.kind is Recovery.LOCK and not user.locked_at:
        mails.tell(user.pk, "lock_request", link=mails.recovery_link(Recovery.LOCK, user.pk))
