"""Every mail and SMS by its code: its channel, and what it is filled with. The words are in `templates/`."""

from __future__ import annotations

from dataclasses import dataclass

from okpay.base.errors import BrokenInvariant
from okpay.notifications.records import Channel
from okpay.notifications.values import Keys, Kind


@dataclass(frozen=True, slots=True)
class Message:
    """One message: `main_link` is what it asks for, `safety_link` what helps when it was somebody else.

    What `can_wait` goes after all that cannot: thousands of arrivals hold up no code and no password link.
    """

    channel: Channel
    keys: Keys
    main_link: str = ""
    safety_link: str = ""
    can_wait: bool = False


_LOCK = {"at": Kind.INSTANT, "lock_link": Kind.LINK}
_MASKED = {"new_masked": Kind.TEXT, **_LOCK}

_INVITATION = {"sender": Kind.NAME, "amount": Kind.MONEY, "until": Kind.INSTANT, "link": Kind.LINK}
_SENT_BACK = {"recipient": Kind.TEXT, "amount": Kind.MONEY, "reference": Kind.TEXT, "at": Kind.INSTANT}


def _mail(keys: Keys, *, main: str = "", safety: str = "") -> Message:
    return Message(Channel.MAIL, keys, main, safety)


def _news(keys: Keys, *, main: str = "", safety: str = "") -> Message:
    return Message(Channel.MAIL, keys, main, safety, can_wait=True)


MESSAGES: dict[str, Message] = {
    "verify_email": _mail({"link": Kind.LINK, "hours": Kind.COUNT}, main="link"),
    "reset_password": _mail({"link": Kind.LINK, "minutes": Kind.COUNT}, main="link"),
    "unknown_account": _mail({"sign_up_link": Kind.LINK}, main="sign_up_link"),
    "new_device": _mail({"device": Kind.TEXT, "address": Kind.TEXT, "at": Kind.INSTANT}),
    "password_changed": _mail(_LOCK, safety="lock_link"),
    "email_change": _mail({"link": Kind.LINK, "hours": Kind.COUNT}, main="link"),
    "email_changed": _mail(_MASKED, safety="lock_link"),
    "phone_changed": _mail(_MASKED, safety="lock_link"),
    "account_locked": _mail({"at": Kind.INSTANT, "help_link": Kind.LINK}, main="help_link"),
    "account_unlocked": _mail({"at": Kind.INSTANT}),
    "change_code": _mail({"code": Kind.CODE, "minutes": Kind.COUNT}),
    "sign_in_code": _mail({"code": Kind.CODE, "minutes": Kind.COUNT}),
    "lock_request": _mail({"link": Kind.LINK}, main="link"),
    "unlock_request": _mail({"link": Kind.LINK, "minutes": Kind.COUNT}, main="link"),
    "welcome": _news({"home_link": Kind.LINK}, main="home_link"),
    "second_factor_changed": _mail({"change": Kind.TERM, **_LOCK}, safety="lock_link"),
    "second_factor_guessed": _mail(_LOCK, safety="lock_link"),
    "payment_password_set": _mail(_LOCK, safety="lock_link"),
    "payment_password_reset": _mail({"link": Kind.LINK, "minutes": Kind.COUNT}, main="link"),
    "payment_password_blocked": _mail({"until": Kind.INSTANT, **_LOCK}, safety="lock_link"),
    "api_key_made": _mail(
        {"key_name": Kind.NAME, "hint": Kind.TEXT, "scopes": Kind.TERM, **_LOCK}, safety="lock_link"
    ),
    "transfer_arrived": _news(
        {
            "sender": Kind.NAME,
            "amount": Kind.MONEY,
            "reference": Kind.TEXT,
            "at": Kind.INSTANT,
            "wallet_link": Kind.LINK,
        },
        main="wallet_link",
    ),
    "transfer_over_limit": _news(
        {"sender": Kind.NAME, "amount": Kind.MONEY, "until": Kind.INSTANT, "limits_link": Kind.LINK},
        main="limits_link",
    ),
    "transfer_returned": _news({**_SENT_BACK, "lock_link": Kind.LINK}, safety="lock_link"),
    "transfer_needs_payer": _news(
        {
            "recipient": Kind.TEXT,
            "amount": Kind.MONEY,
            "reference": Kind.TEXT,
            "until": Kind.INSTANT,
            "wallet_link": Kind.LINK,
        },
        main="wallet_link",
    ),
    "invitation": _news(_INVITATION, main="link"),
    "invitation_unproven": _news(_INVITATION, main="link"),
    "top_up_completed": _news({"amount": Kind.MONEY, "reference": Kind.TEXT, **_LOCK}, safety="lock_link"),
    "top_up_declined": _news(
        {"amount": Kind.MONEY, "reason": Kind.TERM, "reference": Kind.TEXT, **_LOCK}, safety="lock_link"
    ),
    "phone_invitation": Message(Channel.SMS, _INVITATION, can_wait=True),
    "phone_invitation_unproven": Message(Channel.SMS, _INVITATION, can_wait=True),
    "phone_code": Message(Channel.SMS, {"code": Kind.CODE, "minutes": Kind.COUNT}),
}

LANGUAGES = ("en", "zh-Hans")
"""The tags of the languages that every message is in."""


def message_of(code: str, channel: Channel) -> Message:
    """Return the message of a code.

    Raises: BrokenInvariant when this channel has no such message.
    """
    message = MESSAGES.get(code)
    if message is None or message.channel is not channel:
        raise BrokenInvariant(f"there is no {channel} {code!r}")
    return message


def language_tag(language: str) -> str:
    """Return the tag of a language, whatever its case (`zh-hans` is Django's name for it).

    Raises: BrokenInvariant for a language that we do not write.
    """
    for tag in LANGUAGES:
        if tag.lower() == language.lower():
            return tag
    raise BrokenInvariant(f"there are no messages in {language!r}")
