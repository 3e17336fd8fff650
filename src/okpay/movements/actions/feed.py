"""Tell customers' programs what happened: each state of a movement, once for each party who may see it."""

from __future__ import annotations

from uuid import UUID

from okpay.base.arrays import instants, smallints, texts, uuids
from okpay.base.database import execute_prepared, named_sql
from okpay.base.outbox import Event
from okpay.movements.events import MOVEMENT_CHANGED
from okpay.movements.records import State

FEEDS = frozenset({MOVEMENT_CHANGED})
"""The facts that `feed` listens to."""


def feed(events: list[Event]) -> None:
    """Append facts to the feeds of their parties; the handler of a listener of the outbox."""
    rows = [
        (UUID(party), event)
        for event in events
        for party in (event.data["payer_id"], event.data["payee_id"])
        if party is not None
    ]
    execute_prepared(
        named_sql("okpay.movements", "add_feed"),
        [
            uuids([party for party, _ in rows]),
            instants([event.occurred_at for _, event in rows]),
            uuids([event.id for _, event in rows]),
            uuids([event.subject for _, event in rows]),
            smallints([int(State[event.data["state"].upper()]) for _, event in rows]),
            texts([event.data["reason"] for _, event in rows]),
        ],
    )
