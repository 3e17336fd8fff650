"""Prove the present address once more before it is changed: a code to it, and who has only the session is stopped."""

from __future__ import annotations

import hmac
import secrets
from datetime import timedelta

from allauth.core import ratelimit
from django.http import HttpRequest

from okpay.base import clock
from okpay.doors.web.accounts import mails
from okpay.identity.records import Person
from okpay.notifications import actions as notifications

_KEY = "okpay_present_address"
_VALID = timedelta(minutes=mails.CODE_MINUTES)
_MOST_WRONG = 5


def send_code(request: HttpRequest, person: Person, *, to_phone: bool) -> None:
    """Queue a code to the present address of whoever is signed in, in the caller's transaction.

    The code is kept in the session, for that address alone: a session on another device cannot use it.
    """
    now, code = clock.now(), f"{secrets.randbelow(10**6):06}"
    address = person.phone if to_phone else person.email
    request.session[_KEY] = {"address": address, "code": code, "at": now.timestamp(), "wrong": 0}
    if to_phone:
        notifications.queue_sms(
            to=address,
            template="phone_code",
            language=person.language,
            data={"code": code, "minutes": mails.CODE_MINUTES},
            user_id=person.id,
            now=now,
            expires_at=now + _VALID,
        )
    else:
        mails.tell(person.id, "change_code", code=code, minutes=mails.CODE_MINUTES, expires_at=now + _VALID)


def is_proven(request: HttpRequest, address: str, code: str) -> bool:
    """Tell whether a code is the one that was sent to this address last; after five wrong ones none is.

    A right code stays right for its quarter of an hour: between it and the change the password may be asked for.
    """
    # Counted for all sessions together, and so that parallel guesses cannot share a turn.
    if not ratelimit.consume(request, action="present_code", key=address):
        return False
    kept = request.session.get(_KEY)
    if not kept or kept["address"] != address or kept["wrong"] >= _MOST_WRONG:
        return False
    if clock.now().timestamp() - kept["at"] > _VALID.total_seconds():
        return False
    if hmac.compare_digest(kept["code"].encode(), "".join(code.split()).encode()):
        return True
    request.session[_KEY] = {**kept, "wrong": kept["wrong"] + 1}
    return False
