"""How the answer to a command is kept under its idempotency key."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from okpay.base.idempotency import AS_PROMISED, Answer
from okpay.movements.records import (
    AT_ONCE,
    Accepted,
    CommandAnswer,
    NextStep,
    Opened,
    Reason,
    Refused,
    State,
    Turn,
)


def kept(answer: CommandAnswer, promised: UUID | None = None) -> Answer:
    """Return an answer as it is kept: that the promised movement ended at once needs no more words."""
    if isinstance(answer, Refused):
        return {"refused": answer.code, "data": answer.data}
    if answer.opened is AT_ONCE and answer.movement_id == promised:
        return AS_PROMISED
    if answer.opened is None:
        return {"movement": str(answer.movement_id)}
    opened = answer.opened
    deadline = opened.deadline_at.isoformat() if opened.deadline_at else None
    stood = [int(opened.state), opened.reason.value, opened.turn.value, opened.next_step.value, deadline]
    return {"movement": str(answer.movement_id), "opened": stood}


def read(answer: Answer) -> CommandAnswer:
    """Return what a kept answer says."""
    if "refused" in answer:
        return Refused(answer["refused"], answer["data"], is_replay=True)
    if "promised" in answer:
        return Accepted(answer["promised"], AT_ONCE, is_replay=True)
    opened = _opened(*answer["opened"]) if "opened" in answer else None
    return Accepted(UUID(answer["movement"]), opened, is_replay=True)


def _opened(state: int, reason: str, turn: str, next_step: str, deadline: str | None) -> Opened:
    deadline_at = datetime.fromisoformat(deadline) if deadline else None
    return Opened(State(state), Reason(reason), Turn(turn), NextStep(next_step), deadline_at)
