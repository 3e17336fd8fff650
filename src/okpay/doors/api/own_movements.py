"""Movements of the caller's own: what is not in their record does not exist for them."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from okpay.doors.api.calls import Call
from okpay.doors.api.problems import Problem
from okpay.movements import queries as movements
from okpay.movements.records import Accepted, Entry, Kind


def own_entry(call: Call, kind: Kind | None = None, *, sign: int = 0) -> Entry:
    """Return the movement that the path names; with a kind and a sign, only one of that kind and direction.

    Raises: Problem `not_found`.
    """
    assert call.id is not None
    entry = movements.entries_of(call.caller.customer.id, [call.id]).get(call.id)
    is_other = (
        kind is not None and entry is not None and (entry.movement.kind, entry.line.sign) != (kind, sign)
    )
    if entry is None or is_other:
        raise Problem("not_found")
    return entry


def replayed_entries(call: Call, answers: Sequence[Accepted]) -> dict[UUID, Entry]:
    """Return the movements of answers that were given before, by id, from one query however many there are."""
    return movements.entries_of(call.caller.customer.id, [answer.movement_id for answer in answers])
