"""Tell open pages that something of their owner changed: a listener of the outbox."""

from __future__ import annotations

from uuid import UUID

from okpay.base.database import execute_prepared
from okpay.base.outbox import Event, Listener
from okpay.customers import queries as customers
from okpay.doors.web.live import CHANNEL
from okpay.movements.events import MOVEMENT_CHANGED
from okpay.notifications.events import NOTICE_POSTED


def _tell(events: list[Event]) -> None:
    users = {event.data["user_id"] for event in events if event.type == NOTICE_POSTED}
    parties = {
        UUID(party)
        for event in events
        if event.type == MOVEMENT_CHANGED
        for party in (event.data["payer_id"], event.data["payee_id"])
        if party is not None
    }
    if parties:
        users |= {str(customer.user_id) for customer in customers.customers(parties).values()}
    # From the relay's own transaction, never from one that posts: a NOTIFY makes commits wait for each other.
    for user_id in users:
        execute_prepared("SELECT pg_notify(%s, %s)", [CHANNEL, user_id])


def listener() -> Listener:
    """Return the listener that tells pages of notices, and of movements that their owner is a party of."""
    return Listener("live", frozenset({NOTICE_POSTED, MOVEMENT_CHANGED}), _tell)
