"""The payment password outside its pages: the mailed link that sets a new one, what is told of it, and its words."""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta
from uuid import UUID

from django.core import signing
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from okpay.base import clock
from okpay.base.outbox import Event, Listener
from okpay.doors.web.accounts import mails
from okpay.identity import queries as people
from okpay.identity.events import PAYMENT_PASSWORD_BLOCKED, PAYMENT_PASSWORD_SET
from okpay.identity.records import (
    ConfirmationFault,
    PaymentConfirmation,
    PaymentPasswordAttempt,
    Recovery,
)
from okpay.notifications import actions as notifications

_SALT = "okpay.payment_password"

RULE_WORDS: dict[str, Promise] = {
    "payment_password_malformed": _("Write six to twelve digits, and nothing else."),
    "payment_password_trivial": _(
        "This is too easy to guess: no sequences, no repetitions, no dates, nothing from your phone number."
    ),
}
"""Why digits cannot be a payment password."""
FAULT_WORDS: dict[ConfirmationFault, Promise] = {
    ConfirmationFault.UNKNOWN: _("Confirm it with your payment password first."),
    ConfirmationFault.OTHER: _(
        "What you confirmed was something else. Look at it again, and confirm it anew."
    ),
    ConfirmationFault.USED: _("This confirmation was used already: one is good for one movement."),
    ConfirmationFault.EXPIRED: _("You confirmed it more than five minutes ago. Confirm it once more."),
}
"""Why a confirmation cannot be used."""


def words_of_wrong(attempt: PaymentPasswordAttempt | PaymentConfirmation) -> str:
    """Say why digits did not confirm; how many tries are left stands beside the field."""
    if attempt.is_missing:
        return gettext("You have no payment password yet.")
    return gettext("This is not your payment password.")


def send_link(user_id: UUID) -> None:
    """Queue the mail with the link that sets a new payment password, in the caller's transaction."""
    expires = clock.now() + timedelta(minutes=mails.RESET_MINUTES)
    link = mails.address_of(reverse("payment_password_reset", args=[_token(user_id)]))
    mails.tell(user_id, "payment_password_reset", link=link, minutes=mails.RESET_MINUTES, expires_at=expires)


def read_token(token: str, user_id: UUID) -> int | None:
    """Return which payment password a link replaces, or None for one that is not of this user, or old, or used.

    A link works for half an hour and for the payment password that it was asked for, so it ends when another one is
    set; and for the e-mail address that it went to.
    """
    try:
        found = signing.loads(token, salt=_SALT, max_age=timedelta(days=1))
        user, age = UUID(hex=found["user"]), clock.now().timestamp() - found["at"]
    except (signing.BadSignature, KeyError, TypeError, ValueError):
        return None
    if (
        user != user_id
        or age > mails.RESET_MINUTES * 60
        or found["to"] != _hash(people.person(user_id).email)
    ):
        return None
    state = people.payment_password_state(user_id, now=clock.now())
    return state.times_set if state.is_set and state.times_set == found["times_set"] else None


def _token(user_id: UUID) -> str:
    now = clock.now()
    bound = {
        "user": user_id.hex,
        "at": now.timestamp(),
        "times_set": people.payment_password_state(user_id, now=now).times_set,
        "to": _hash(people.person(user_id).email),
    }
    return signing.dumps(bound, salt=_SALT)


def _hash(email: str) -> str:
    return hashlib.sha256(email.encode()).hexdigest()[:16]


def listener() -> Listener:
    """Return the listener that tells people what happened to their payment password, whatever page it was on."""
    return Listener(
        "payment passwords", frozenset({PAYMENT_PASSWORD_SET, PAYMENT_PASSWORD_BLOCKED}), _tell_all
    )


def _tell_all(happened: list[Event]) -> None:
    for event in happened:
        if event.type == PAYMENT_PASSWORD_SET:
            _tell_set(event.subject, event.occurred_at)
        else:
            until = datetime.fromisoformat(event.data["blocked_until"])
            _tell_blocked(event.subject, event.occurred_at, until)


def _tell_set(user_id: UUID, at: datetime) -> None:
    link = mails.recovery_link(Recovery.LOCK, user_id)
    mails.tell(user_id, "payment_password_set", at=at, lock_link=link)
    notifications.post_notice(user_id=user_id, code="payment_password_set", data={"at": at}, now=clock.now())


def _tell_blocked(user_id: UUID, at: datetime, until: datetime) -> None:
    link = mails.recovery_link(Recovery.LOCK, user_id)
    mails.tell(user_id, "payment_password_blocked", at=at, until=until, lock_link=link)
    notifications.post_notice(
        user_id=user_id, code="payment_password_blocked", data={"until": until}, now=clock.now()
    )
