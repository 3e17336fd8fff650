"""Answer commands that move money: each once for its key, and the same answer whenever it is asked for again."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

from okpay.base.idempotency import Answer, Claim, KeyReused, once_each
from okpay.movements.answers import kept, read
from okpay.movements.records import CommandAnswer, Refused


def answer_each(
    claims: Sequence[Claim], decide: Callable[[list[int]], Sequence[CommandAnswer]], *, now: datetime
) -> list[CommandAnswer]:
    """Claim the keys, decide what is fresh, keep those answers, and return an answer for each claim, in order.

    `decide` gets the indexes of the fresh claims and returns an answer for each of them, a refusal too: those are
    handed on as they are. What was answered before, or earlier in this list, is read from what is kept, and says that
    it is a replay. A claim may promise the movement's id: the answer that it ended at once then takes no row. A key
    that stands for something else is refused as `key_reused`.

    Raises: BrokenInvariant when `decide` does not answer each.
    """
    decided: dict[int, CommandAnswer] = {}

    def act(fresh: list[int]) -> list[Answer]:
        new = decide(fresh)
        decided.update(zip(fresh, new, strict=False))
        return [kept(answer, claims[index].promised) for index, answer in zip(fresh, new, strict=False)]

    answers = once_each(claims, act, now=now)
    return [decided.get(index) or _again(answer) for index, answer in enumerate(answers)]


def _again(answer: Answer | KeyReused) -> CommandAnswer:
    return Refused.of(answer) if isinstance(answer, KeyReused) else read(answer)
