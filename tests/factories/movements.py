"""Movements for tests, written down as the rooms above do, without money behind them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction

from okpay.base import clock
from okpay.base.ids import new_uuid7
from okpay.base.money import Money
from okpay.movements import actions
from okpay.movements.records import (
    Kind,
    Line,
    Movement,
    NewMovement,
    NextStep,
    Reason,
    State,
    Step,
    Turn,
    line_of,
)

DINNER, FIFTY = Money(1250, "USD"), Money(5000, "USD")
WAITS: dict[Reason, tuple[Turn, NextStep]] = {
    Reason.ADDRESS_NOT_REGISTERED: (Turn.PAYEE, NextStep.SIGNS_UP),
    Reason.ADDRESS_NOT_PROVEN: (Turn.PAYEE, NextStep.PROVES_ADDRESS),
    Reason.RECIPIENT_LIMIT: (Turn.PAYEE, NextStep.VERIFIES_IDENTITY),
    Reason.RECIPIENT_FROZEN: (Turn.OPERATOR, NextStep.IS_CHECKED),
    Reason.RECIPIENT_CURRENCY: (Turn.PAYER, NextStep.HAS_OTHER_CURRENCY),
    Reason.MAINTENANCE: (Turn.OPERATOR, NextStep.MAINTENANCE_ENDS),
    Reason.DELAYED: (Turn.CLOCK, NextStep.ARRIVES),
}
"""Whose turn it is and what comes next, by why a transfer waits."""


def transfer(
    *,
    payer: UUID,
    payee: UUID | None = None,
    amount: Money = DINNER,
    fee: Money | None = None,
    note: str = "",
    to: str = "Ben Carter",
    by: str = "Anna Smith",
    waits: Reason = Reason.NONE,
    at: datetime | None = None,
) -> Movement:
    """Write down a transfer that has arrived, or one that waits for a reason, and return it."""
    at = at or clock.now()
    turn, next_step = WAITS.get(waits, (Turn.NOBODY, NextStep.NONE))
    state = State.PENDING if waits else State.COMPLETED
    movement = _movement(
        Kind.TRANSFER,
        state,
        waits,
        turn,
        next_step,
        payer=payer,
        payee=payee,
        amount=amount,
        fee=fee,
        note=note,
        at=at,
    )
    lines = [line_of(movement, payer, counterparty=to, at=at, also="b.carter@example.com")]
    if payee is not None:
        lines.append(line_of(movement, payee, counterparty=by, at=at))
    return _written(movement, lines)


def top_up(
    customer: UUID,
    *,
    amount: Money = FIFTY,
    fee: Money | None = None,
    state: State = State.COMPLETED,
    at: datetime | None = None,
) -> Movement:
    """Write down a top-up from a card, finished or in its first state, and return it."""
    at = at or clock.now()
    is_open = not state.is_final
    movement = _movement(
        Kind.TOP_UP,
        state,
        Reason.NONE,
        Turn.PROVIDER if is_open else Turn.NOBODY,
        NextStep.CARD_IS_CHARGED if is_open else NextStep.NONE,
        payer=None,
        payee=customer,
        amount=amount,
        fee=fee,
        note="",
        at=at,
    )
    return _written(movement, [line_of(movement, customer, counterparty="Visa •••• 4242", at=at)])


def advance(
    movement: Movement,
    state: State,
    *,
    reason: Reason = Reason.NONE,
    turn: Turn = Turn.NOBODY,
    next_step: NextStep = NextStep.NONE,
    after: timedelta = timedelta(seconds=30),
) -> Movement:
    """Bring a movement into its next state."""
    at = movement.changed_at + after
    step = Step(
        movement.id,
        state,
        at,
        reason=reason,
        turn=turn,
        next_step=next_step,
        deadline_at=None if state.is_final else at + timedelta(days=1),
    )
    with transaction.atomic():
        locked = actions.lock_many([movement.id])
        return actions.advance_many([step], locked)[movement.id]


def _movement(
    kind: Kind,
    state: State,
    reason: Reason,
    turn: Turn,
    next_step: NextStep,
    *,
    payer: UUID | None,
    payee: UUID | None,
    amount: Money,
    fee: Money | None,
    note: str,
    at: datetime,
) -> Movement:
    return Movement(
        id=new_uuid7(),
        kind=kind,
        state=state,
        reason=reason,
        turn=turn,
        next_step=next_step,
        deadline_at=None if state.is_final else at + timedelta(days=14),
        currency=amount.currency,
        amount_minor=amount.minor,
        fee_minor=fee.minor if fee else 0,
        payer_id=payer,
        payee_id=payee,
        payee_key=payee or new_uuid7(),
        note=note,
        events=1,
        created_at=at,
        changed_at=at,
    )


def _written(movement: Movement, lines: Sequence[Line]) -> Movement:
    with transaction.atomic():
        actions.open_many([NewMovement(movement, tuple(lines))])
    return movement
