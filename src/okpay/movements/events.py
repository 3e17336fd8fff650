"""Facts about movements. The subject of each is the movement."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from okpay.base.outbox import Event
from okpay.movements.records import Movement, Reason, State

MOVEMENT_CHANGED = "movement_changed"
"""Data: `kind`, `state`, `reason` (in lower case), `payer_id`, `payee_id` (or None). There is one for each state."""


def movement_changed(
    movement: Movement, *, state: State, reason: Reason, payee: str | None, at: datetime, id_: UUID
) -> Event:
    """Return the fact that a movement came into a state; its id comes from the caller, who makes them in lots."""
    data = {
        "kind": movement.kind.name.lower(),
        "state": state.name.lower(),
        "reason": reason.value,
        "payer_id": str(movement.payer_id) if movement.payer_id else None,
        "payee_id": payee,
    }
    return Event(MOVEMENT_CHANGED, at, movement.id, data, id=id_)
