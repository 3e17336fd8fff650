"""How the answer to a command is kept under its idempotency key."""

from __future__ import annotations

from uuid import UUID

from okpay.base.idempotency import Answer
from okpay.movements.records import Accepted, CommandAnswer, Refused


def kept(answer: CommandAnswer) -> Answer:
    """Return an answer as it is kept."""
    if isinstance(answer, Accepted):
        return {"movement": str(answer.movement_id)}
    return {"refused": answer.code, "data": answer.data}


def read(answer: Answer) -> CommandAnswer:
    """Return what a kept answer says."""
    if "movement" in answer:
        return Accepted(UUID(answer["movement"]))
    return Refused(answer["refused"], answer["data"])
