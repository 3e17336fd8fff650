"""Answer commands that move money: each once for its key, and the same answer whenever it is asked for again."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

from okpay.base.idempotency import Claim, KeyReused, once_each
from okpay.movements.answers import kept, read
from okpay.movements.records import CommandAnswer, Refused


def answer_each(
    claims: Sequence[Claim], decide: Callable[[list[int]], Sequence[CommandAnswer]], *, now: datetime
) -> list[CommandAnswer]:
    """Claim the keys, decide what is fresh, keep those answers, and return an answer for each claim, in order.

    `decide` gets the indexes of the fresh claims and returns an answer for each of them, a refusal too. A key that
    stands for something else is refused as `key_reused`.

    Raises: BrokenInvariant when `decide` does not answer each.
    """
    answers = once_each(claims, lambda fresh: [kept(answer) for answer in decide(fresh)], now=now)
    return [Refused.of(answer) if isinstance(answer, KeyReused) else read(answer) for answer in answers]
