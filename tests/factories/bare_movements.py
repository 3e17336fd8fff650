"""Movements for tests, without any money behind them, and customers by their ids alone."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction

from okpay.base.ids import new_uuid7
from okpay.movements import actions
from okpay.movements.records import (
    Kind,
    Movement,
    NewMovement,
    NextStep,
    Reason,
    State,
    Step,
    Turn,
    line_of,
)

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


def a_movement(state: State = State.COMPLETED, **changes: Any) -> Movement:
    """Return a movement that says what its state must say, not written yet."""
    waits = not state.is_final
    usual = Movement(
        id=new_uuid7(),
        kind=Kind.TRANSFER,
        state=state,
        reason=Reason.ADDRESS_NOT_REGISTERED if waits else Reason.NONE,
        turn=Turn.PAYEE if waits else Turn.NOBODY,
        next_step=NextStep.SIGNS_UP if waits else NextStep.NONE,
        deadline_at=NOON + timedelta(days=14) if waits else None,
        currency="USD",
        amount_minor=20_00,
        fee_minor=30,
        payer_id=new_uuid7(),
        payee_id=None if waits else new_uuid7(),
        payee_key=new_uuid7(),
        note="",
        events=1,
        created_at=NOON,
        changed_at=NOON,
    )
    return replace(usual, **changes)


def with_lines(movement: Movement, **names: str) -> NewMovement:
    """Return a movement with a line for each party: `payer` and `payee` are what each sees of the other."""
    parties = ((movement.payer_id, "payee"), (movement.payee_id, "payer"))
    return NewMovement(
        movement,
        tuple(
            line_of(movement, id_, counterparty=names.get(other, ""), at=movement.created_at)
            for id_, other in parties
            if id_ is not None
        ),
    )


def written(movement: Movement | None = None, **names: str) -> Movement:
    """Write a movement with its lines, in a transaction of its own."""
    movement = movement or a_movement()
    with transaction.atomic():
        actions.open_many([with_lines(movement, **names)])
    return movement


def a_step(movement_id: UUID, state: State, **changes: Any) -> Step:
    """Return a step that says what its state must say."""
    waits = not state.is_final
    usual = Step(
        movement_id,
        state,
        NOON + timedelta(hours=1),
        reason=Reason.MAINTENANCE if waits else Reason.NONE,
        turn=Turn.OPERATOR if waits else Turn.NOBODY,
        next_step=NextStep.MAINTENANCE_ENDS if waits else NextStep.NONE,
        deadline_at=NOON + timedelta(days=14) if waits else None,
    )
    return replace(usual, **changes)


def advance(*steps: Step) -> dict[UUID, Movement]:
    """Lock movements and bring them into their next states, in a transaction of its own."""
    with transaction.atomic():
        return actions.advance_many(steps, actions.lock_many([step.movement_id for step in steps]))
