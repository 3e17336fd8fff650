"""How often answers are lost or come twice, for proofs that run for hours."""

from __future__ import annotations

import random
from typing import Annotated

import msgspec

Probability = Annotated[float, msgspec.Meta(ge=0, le=1)]


class Rates(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The share of answers about money that are lost and that come twice; with a seed, the same ones each time."""

    lost: Probability = 0.0
    doubled: Probability = 0.0
    seed: int | None = None


class Dice:
    """Decides about one answer after the other, and counts."""

    def __init__(self) -> None:
        self.lost = self.doubled = self.answers = 0
        self.set(Rates())

    def set(self, rates: Rates) -> None:
        """Begin anew with these rates."""
        self._rates = rates
        self._random = random.Random(rates.seed)  # noqa: S311 - it must be repeatable, not secret
        self.lost = self.doubled = self.answers = 0

    def throw(self) -> tuple[bool, bool]:
        """Return whether this answer is lost, and whether it comes twice; never both."""
        self.answers += 1
        thrown = self._random.random()
        is_lost = thrown < self._rates.lost
        is_doubled = not is_lost and thrown < self._rates.lost + self._rates.doubled
        self.lost += is_lost
        self.doubled += is_doubled
        return is_lost, is_doubled

    def shown(self) -> dict[str, object]:
        """Return the rates and what they did so far."""
        did = {"answers": self.answers, "answers_lost": self.lost, "answers_doubled": self.doubled}
        return {**msgspec.structs.asdict(self._rates), **did}
