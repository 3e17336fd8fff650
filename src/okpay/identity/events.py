"""Facts about users. The subject of each is the user."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from okpay.base.outbox import Event

ADDRESS_PROVEN = "address_proven"
"""Data: `user_id`. Which address it is stands with the user: no address travels."""
PAYMENT_PASSWORD_SET = "payment_password_set"  # noqa: S105  the name of a fact
"""Data: `user_id`, `times_set` (1 for the first one)."""
PAYMENT_PASSWORD_BLOCKED = "payment_password_blocked"  # noqa: S105
"""Data: `user_id`, `blocked_until` (ISO 8601)."""
API_KEY_MADE = "api_key_made"
"""Data: `user_id`, `key_id`."""


def address_proven(user_id: UUID, *, now: datetime) -> Event:
    """Return the fact that somebody has proven an address."""
    return Event(ADDRESS_PROVEN, now, user_id, {"user_id": str(user_id)})


def payment_password_set(user_id: UUID, *, times_set: int, now: datetime) -> Event:
    """Return the fact that a user has a new payment password."""
    return Event(PAYMENT_PASSWORD_SET, now, user_id, {"user_id": str(user_id), "times_set": times_set})


def payment_password_blocked(user_id: UUID, *, blocked_until: datetime, now: datetime) -> Event:
    """Return the fact that too many wrong ones in a row came, and that none is taken until then."""
    data = {"user_id": str(user_id), "blocked_until": blocked_until.isoformat()}
    return Event(PAYMENT_PASSWORD_BLOCKED, now, user_id, data)


def api_key_made(user_id: UUID, *, key_id: UUID, now: datetime) -> Event:
    """Return the fact that a user has made a key with which programs speak for them."""
    return Event(API_KEY_MADE, now, user_id, {"user_id": str(user_id), "key_id": str(key_id)})
