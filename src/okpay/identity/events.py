"""Facts about users. The subject of each is the user."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from okpay.base.outbox import Event

ADDRESS_PROVEN = "address_proven"
"""Data: `user_id`. Which address it is stands with the user: no address travels."""


def address_proven(user_id: UUID, *, now: datetime) -> Event:
    """Return the fact that somebody has proven an address."""
    return Event(ADDRESS_PROVEN, now, user_id, {"user_id": str(user_id)})
