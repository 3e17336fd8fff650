"""Tell open pages that something of their owner changed: a listener of the outbox, and the channel it speaks on."""

from __future__ import annotations

from uuid import UUID

from okpay.base.database import execute_prepared
from okpay.base.outbox import Event, Listener
from okpay.customers import queries as customers

CHANNEL = "okpay_live"


def _tell_users(user_ids: set[str]) -> None:
    # From the relay's own transaction, never from one that posts: a NOTIFY makes commits wait for each other.
    for user_id in user_ids:
        execute_prepared("SELECT pg_notify(%s, %s)", [CHANNEL, user_id])


def _tell(events: list[Event]) -> None:
    _tell_users({str(event.data["user_id"]) for event in events})


def _tell_parties(events: list[Event]) -> None:
    parties = {event.data[name] for event in events for name in ("payer_id", "payee_id")} - {None}
    found = [customers.customer(UUID(party)) for party in parties]
    _tell_users({str(customer.user_id) for customer in found if customer is not None})


def listener(types: frozenset[str]) -> Listener:
    """Return the listener that tells pages of events of these types, each of which names its `user_id`."""
    return Listener("live", types, _tell)


def party_listener(types: frozenset[str]) -> Listener:
    """Return the listener that tells pages of both parties of events of these types, which name them as customers."""
    return Listener("live_parties", types, _tell_parties)
