"""Every notice of the inbox by its code, and what it is filled with. The words are in `templates/`.

A notice holds no link: whoever reads it has signed in, and finds what to do on the pages.
"""

from __future__ import annotations

from okpay.base.errors import BrokenInvariant
from okpay.notifications.values import Keys, Kind

_SENT = {"recipient": Kind.TEXT, "amount": Kind.MONEY}

NOTICES: dict[str, Keys] = {
    "welcome": {},
    "new_device": {"device": Kind.TEXT, "address": Kind.TEXT, "at": Kind.INSTANT},
    "password_changed": {"at": Kind.INSTANT},
    "email_changed": {"new_masked": Kind.TEXT, "at": Kind.INSTANT},
    "phone_changed": {"new_masked": Kind.TEXT, "at": Kind.INSTANT},
    "second_factor_changed": {"change": Kind.TERM, "at": Kind.INSTANT},
    "second_factor_guessed": {"at": Kind.INSTANT},
    "payment_password_set": {"at": Kind.INSTANT},
    "payment_password_blocked": {"until": Kind.INSTANT},
    "api_key_made": {"hint": Kind.TEXT, "at": Kind.INSTANT},
    "account_locked": {"at": Kind.INSTANT},
    "account_unlocked": {"at": Kind.INSTANT},
    "transfer_arrived": {"sender": Kind.NAME, "amount": Kind.MONEY, "note": Kind.QUOTE},
    "transfer_over_limit": {"sender": Kind.NAME, "amount": Kind.MONEY, "until": Kind.INSTANT},
    "transfer_delivered": _SENT,
    "transfer_returned": _SENT,
    "transfer_cancelled": _SENT,
    "transfer_needs_payer": {**_SENT, "until": Kind.INSTANT},
    "top_up_completed": {"amount": Kind.MONEY},
    "top_up_declined": {"amount": Kind.MONEY, "reason": Kind.TERM},
    "top_up_unknown": {"amount": Kind.MONEY},
}


def notice_keys(code: str) -> Keys:
    """Return what a notice is filled with.

    Raises: BrokenInvariant when there is no such notice.
    """
    if code not in NOTICES:
        raise BrokenInvariant(f"there is no notice {code!r}")
    return NOTICES[code]
