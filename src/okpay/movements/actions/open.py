"""Write movements down."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict

from okpay.base.arrays import bigints, instants, smallints, texts, uuids
from okpay.base.database import execute_prepared, named_sql, require_transaction
from okpay.base.errors import BrokenInvariant
from okpay.base.ids import new_uuid7s
from okpay.base.outbox import emit_many
from okpay.movements.events import movement_changed
from okpay.movements.records import FIRST_STATES, Line, Movement, NewMovement, TimelineEvent, Turn


def open_many(news: Sequence[NewMovement]) -> None:
    """Write movements with their lines, and their first event unless it is the last; emit `movement_changed` for each.

    Inserts of new rows only: it may follow the posting call of the caller's transaction, and should, since only then
    it is known what became of the money.

    Raises: BrokenInvariant outside a transaction, for a movement that cannot begin like that, or a line of another one.
    """
    require_transaction()
    if not news:
        return
    movements = [new.movement for new in news]
    for new in news:
        _check(new)
    created = [movement.created_at for movement in movements]
    changed = [movement.changed_at for movement in movements]
    created_at = instants(created)
    execute_prepared(
        named_sql("okpay.movements", "open_movements"),
        [
            uuids([movement.id for movement in movements]),
            smallints([int(movement.kind) for movement in movements]),
            smallints([int(movement.state) for movement in movements]),
            texts([movement.reason.value for movement in movements]),
            texts([movement.turn.value for movement in movements]),
            texts([movement.next_step.value for movement in movements]),
            instants([movement.deadline_at for movement in movements]),
            texts([movement.currency for movement in movements]),
            bigints([movement.amount_minor for movement in movements]),
            bigints([movement.fee_minor for movement in movements]),
            uuids([movement.payer_id for movement in movements]),
            uuids([movement.payee_id for movement in movements]),
            uuids([movement.payee_key for movement in movements]),
            texts([movement.note for movement in movements]),
            smallints([movement.events for movement in movements]),
            created_at,
            created_at if changed == created else instants(changed),
        ],
    )
    # Whatever has ended at once has no other event: its timeline is what the movement itself says.
    add_events([(movement, _first_event(movement)) for movement in movements if not movement.state.is_final])
    add_lines([line for new in news for line in new.lines])
    emit_many(
        movement_changed(
            movement,
            state=movement.state,
            reason=movement.reason,
            payee=str(movement.payee_id) if movement.payee_id else None,
            at=movement.changed_at,
            id_=id_,
        )
        for movement, id_ in zip(movements, new_uuid7s(len(movements)), strict=True)
    )


def add_events(events: Sequence[tuple[Movement, TimelineEvent]]) -> None:
    """Append events to timelines: the key refuses a second one in a place."""
    if not events:
        return
    execute_prepared(
        named_sql("okpay.movements", "add_events"),
        [
            uuids([movement.id for movement, _ in events]),
            smallints([event.sequence for _, event in events]),
            instants([event.at for _, event in events]),
            smallints([int(event.state) for _, event in events]),
            texts([event.reason.value for _, event in events]),
            texts([event.turn.value for _, event in events]),
        ],
    )


def add_lines(lines: Sequence[Line]) -> None:
    """Append lines to the records of customers."""
    if not lines:
        return
    execute_prepared(
        named_sql("okpay.movements", "add_lines"),
        [
            uuids([line.customer_id for line in lines]),
            instants([line.at for line in lines]),
            uuids([line.movement_id for line in lines]),
            smallints([int(line.kind) for line in lines]),
            smallints([line.sign for line in lines]),
            bigints([line.amount_minor for line in lines]),
            texts([line.currency for line in lines]),
            texts([line.counterparty for line in lines]),
            texts([line.search for line in lines]),
        ],
    )


def _first_event(movement: Movement) -> TimelineEvent:
    return TimelineEvent(1, movement.changed_at, movement.state, movement.reason, movement.turn)


def _check(new: NewMovement) -> None:
    movement = new.movement
    if movement.state not in FIRST_STATES or movement.events != 1:
        raise BrokenInvariant(f"a movement does not begin as {movement.state.name}: {asdict(movement)}")
    check_turn(movement)
    for line in new.lines:
        if line.movement_id != movement.id or not movement.is_party(line.customer_id):
            raise BrokenInvariant(f"a line of movement {movement.id} is for somebody who may not see it")


def check_turn(movement: Movement) -> None:
    """Raise BrokenInvariant for a movement that is pending in silence, or ended and still waits for somebody."""
    if movement.state.is_final:
        is_right = movement.turn is Turn.NOBODY and not movement.next_step and movement.deadline_at is None
    else:
        is_right = movement.turn is not Turn.NOBODY and bool(movement.next_step and movement.deadline_at)
    if not is_right:
        raise BrokenInvariant(
            f"movement {movement.id} must say whose turn it is, what comes next, and until when"
        )
