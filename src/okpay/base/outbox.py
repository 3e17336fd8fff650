"""Facts travel here: written with what made them true, handed to each listener exactly once.

See docs/decisions/0006-outbox-fan-out.md. The relay that hands them on is `relay.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from okpay.base.arrays import instants, smallints, texts, uuids
from okpay.base.database import execute_prepared, named_sql
from okpay.base.errors import BrokenInvariant
from okpay.base.ids import new_uuid7


@dataclass(frozen=True, slots=True)
class Event:
    """A fact in the past tense (`transfer_sent`); `data` holds ids and codes, no sentence, no secret."""

    type: str
    occurred_at: datetime
    subject: UUID
    data: dict[str, Any]
    version: int = 1
    id: UUID = field(default_factory=new_uuid7)


@dataclass(frozen=True, slots=True)
class Listener:
    """Somebody who acts on events of some types: `handle` gets a list of them and writes its effect.

    The effect and the note that it happened commit together, so what `handle` writes to this database happens
    exactly once. It must not call anything outside. The order of events is not promised.
    """

    name: str
    types: frozenset[str]
    handle: Callable[[list[Event]], None]


def emit_many(events: Iterable[Event]) -> None:
    """Write events in the caller's transaction, as one insert of new rows: it may follow the posting call."""
    rows = list(events)
    if not rows:
        return
    execute_prepared(
        named_sql("okpay.base", "emit_events"),
        [
            uuids([event.id for event in rows]),
            texts([event.type for event in rows]),
            smallints([event.version for event in rows]),
            instants([event.occurred_at for event in rows]),
            uuids([event.subject for event in rows]),
            texts([msgspec.json.encode(event.data).decode() for event in rows]),
        ],
    )


def check_listeners(listeners: Sequence[Listener]) -> None:
    """Raise BrokenInvariant when two listeners share a name: the name is what "once each" is counted by."""
    names = [listener.name for listener in listeners]
    if len(set(names)) != len(names):
        raise BrokenInvariant(f"two listeners of one name: {sorted(names)}")
