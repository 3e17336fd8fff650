"""Records of the rooms as what goes over the wire."""

from __future__ import annotations

from typing import Any

from okpay.base.money import Money
from okpay.doors.api import wire
from okpay.movements.records import Entry, Movement, NewMovement, Opened, State, TimelineEvent

_STATES = {state: state.name.lower() for state in State}


def amount(money: Money) -> wire.Amount:
    """Return an amount."""
    return wire.Amount(amount=money.minor, currency=money.currency)


def standing(movement: Movement, opened: Opened | None = None) -> dict[str, Any]:
    """Return what every kind of movement says: as it stands, or as it stood when it was opened."""
    now = opened or movement
    currency, minor, fee = movement.currency, movement.amount_minor, movement.fee_minor
    return {
        "id": movement.id,
        "reference": movement.reference,
        "state": _STATES[now.state],
        "reason": now.reason.value or None,
        "whose_turn": None if now.state.is_final else now.turn.value,
        "next_step": now.next_step.value or None,
        "resolves_at": now.deadline_at,
        "amount": wire.Amount(amount=minor, currency=currency),
        "fee": wire.Amount(amount=fee, currency=currency),
        "total": wire.Amount(amount=minor + fee, currency=currency),
        "note": movement.note,
        "created_at": movement.created_at,
    }


def transfer(entry: Entry, opened: Opened | None = None) -> wire.Transfer:
    """Return a transfer as its payer sees it."""
    return wire.Transfer(**standing(entry.movement, opened), counterparty=entry.line.counterparty)


def top_up(entry: Entry, opened: Opened | None = None) -> wire.TopUp:
    """Return a top-up as its owner sees it."""
    return wire.TopUp(**standing(entry.movement, opened), counterparty=entry.line.counterparty)


def made_entry(made: NewMovement) -> Entry:
    """Return what has just been written, as it stands in the record of whoever asked for it."""
    return Entry(made.lines[0], made.movement)


def movement(entry: Entry) -> wire.Movement:
    """Return a row of a record."""
    return wire.Movement(**_row(entry))


def whole_movement(entry: Entry, timeline: list[TimelineEvent]) -> wire.WholeMovement:
    """Return a row of a record with its timeline."""
    steps = [
        wire.TimelineStep(
            at=step.at,
            state=_STATES[step.state],
            reason=step.reason.value or None,
            whose_turn=None if step.state.is_final else step.turn.value,
        )
        for step in timeline
    ]
    return wire.WholeMovement(**_row(entry), timeline=steps)


def _row(entry: Entry) -> dict[str, Any]:
    return {
        **standing(entry.movement),
        "kind": entry.movement.kind.name.lower(),
        "direction": "in" if entry.line.sign > 0 else "out",
        "change": amount(entry.amount),
        "counterparty": entry.line.counterparty,
        "recorded_at": entry.line.at,
    }
