"""Tell open pages that something of their owner changed: a listener of the outbox, and the channel it speaks on."""

from __future__ import annotations

from okpay.base.database import execute_prepared
from okpay.base.outbox import Event, Listener

CHANNEL = "okpay_live"


def _tell(events: list[Event]) -> None:
    # From the relay's own transaction, never from one that posts: a NOTIFY makes commits wait for each other.
    for user_id in {event.data["user_id"] for event in events}:
        execute_prepared("SELECT pg_notify(%s, %s)", [CHANNEL, str(user_id)])


def listener(types: frozenset[str]) -> Listener:
    """Return the listener that tells pages of events of these types, each of which names its `user_id`."""
    return Listener("live", types, _tell)
