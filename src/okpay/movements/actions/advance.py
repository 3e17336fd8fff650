"""Bring movements into their next states."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from uuid import UUID

from okpay.base.arrays import instants, smallints, texts, uuids
from okpay.base.database import execute_prepared, named_sql, require_transaction
from okpay.base.errors import BrokenInvariant
from okpay.base.ids import new_uuid7s
from okpay.base.outbox import emit_many
from okpay.movements.actions.open import add_events, add_lines, check_turn
from okpay.movements.events import movement_changed
from okpay.movements.queries import COLUMNS, movement_from
from okpay.movements.records import NEXT_STATES, Movement, Step, TimelineEvent

_LOCK = f"SELECT {COLUMNS} FROM movements_movement m WHERE id = ANY (%s) ORDER BY id FOR NO KEY UPDATE"  # noqa: S608


def lock_many(movement_ids: Sequence[UUID], *, skip_locked: bool = False) -> dict[UUID, Movement]:
    """Lock movements in the order of their ids and return those that exist, as they stand under the lock.

    Comes after idempotency keys and before holds in the order of locks. With `skip_locked` those that somebody else
    is deciding about are left out.

    Raises: BrokenInvariant outside a transaction. django.db.OperationalError with SQLSTATE 55P03 when another
        transaction does not end.
    """
    require_transaction()
    if not movement_ids:
        return {}
    query = _LOCK + " SKIP LOCKED" if skip_locked else _LOCK
    return {row[0]: movement_from(row) for row in execute_prepared(query, [uuids(sorted(movement_ids))])}


def advance_many(steps: Sequence[Step], locked: dict[UUID, Movement]) -> dict[UUID, Movement]:
    """Bring locked movements into their next states, with event and lines, and return them as they are then.

    Comes before the posting call of the caller's transaction, since it changes rows. Whoever finds afterwards that the
    book refuses rolls back to a savepoint. Emits `movement_changed` for each.

    Raises: BrokenInvariant for a movement that is not in `locked` (what `lock_many` returned), or a step that
        `NEXT_STATES` does not know.
    """
    require_transaction()
    if not steps:
        return {}
    after: list[Movement] = []
    for step in steps:
        after.append(_after(locked[step.movement_id], step))
    if len({movement.id for movement in after}) < len(after):
        raise BrokenInvariant("a movement takes one step at a time")
    changed = execute_prepared(
        named_sql("okpay.movements", "advance"),
        [
            uuids([movement.id for movement in after]),
            smallints([int(movement.state) for movement in after]),
            texts([movement.reason.value for movement in after]),
            texts([movement.turn.value for movement in after]),
            texts([movement.next_step.value for movement in after]),
            instants([movement.deadline_at for movement in after]),
            uuids([step.payee_id for step in steps]),
            smallints([movement.events for movement in after]),
            instants([movement.changed_at for movement in after]),
        ],
    ).rowcount
    if changed != len(after):
        raise BrokenInvariant("a locked movement was changed by somebody else")
    add_events(
        [
            (movement, TimelineEvent(movement.events, step.at, step.state, step.reason, step.turn))
            for movement, step in zip(after, steps, strict=True)
        ]
    )
    add_lines([line for step in steps for line in step.lines])
    emit_many(
        movement_changed(
            movement,
            state=movement.state,
            reason=movement.reason,
            payee=str(movement.payee_id) if movement.payee_id else None,
            at=movement.changed_at,
            id_=id_,
        )
        for movement, id_ in zip(after, new_uuid7s(len(after)), strict=True)
    )
    return {movement.id: movement for movement in after}


def _after(before: Movement, step: Step) -> Movement:
    if step.state not in NEXT_STATES[before.state]:
        raise BrokenInvariant(f"movement {before.id} cannot go from {before.state.name} to {step.state.name}")
    after = replace(
        before,
        state=step.state,
        reason=step.reason,
        turn=step.turn,
        next_step=step.next_step,
        deadline_at=step.deadline_at,
        payee_id=step.payee_id or before.payee_id,
        events=before.events + 1,
        changed_at=step.at,
    )
    check_turn(after)
    for line in step.lines:
        if line.movement_id != after.id or not after.is_party(line.customer_id):
            raise BrokenInvariant(f"a line of movement {after.id} is for somebody who may not see it")
    return after
