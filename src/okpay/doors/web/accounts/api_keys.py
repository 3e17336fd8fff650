"""Tell people that an API key was made for their account."""

from __future__ import annotations

from okpay.base import clock
from okpay.base.ids import parse_uuid
from okpay.base.outbox import Event, Listener
from okpay.doors.web.accounts import mails
from okpay.identity import queries as people
from okpay.identity.events import API_KEY_MADE
from okpay.identity.records import Recovery, Scope
from okpay.notifications import actions as notifications


def listener() -> Listener:
    """Return the listener that tells people of new keys, whatever page they were made on."""
    return Listener("api keys", frozenset({API_KEY_MADE}), _tell_all)


def _tell_all(happened: list[Event]) -> None:
    for event in happened:
        _tell(event)


def _tell(event: Event) -> None:
    user_id, at = event.subject, event.occurred_at
    key = people.api_key(user_id, parse_uuid(event.data["key_id"]))
    assert key is not None, "keys are never deleted"
    mails.tell(
        user_id,
        "api_key_made",
        key_name=key.name,
        hint=key.hint,
        scopes="_".join(scope for scope in Scope if scope in key.scopes),
        at=at,
        lock_link=mails.recovery_link(Recovery.LOCK, user_id),
    )
    notifications.post_notice(
        user_id=user_id, code="api_key_made", data={"hint": key.hint, "at": at}, now=clock.now()
    )
