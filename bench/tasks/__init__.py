"""What a worker process does in one call, by name: `post:100:uniform`, `holds:100`, `hordak`, `orm`."""

from __future__ import annotations

import random
from importlib import import_module
from typing import Protocol, cast


class Task(Protocol):
    """A kind of work that is done call by call."""

    retries: int

    def prepare(self, seconds: float, rate: float) -> None:
        """Build what the calls of the next round will need; `rate` is calls a second so far, 0 when unknown."""

    def call(self) -> int | None:
        """Do one call and return how many transfers it made, or None when all that was prepared is used up."""


def load(description: str, seed: str) -> Task:
    """Return the task that `name:argument:argument` describes."""
    name, *arguments = description.split(":")
    module = import_module(f"bench.tasks.{name}")
    return cast(Task, module.make(arguments, random.Random(seed)))


def calls_needed(seconds: float, rate: float, at_first: float) -> int:
    """Return how many calls to prepare: half as many again as the last rate needs. Using them up is no harm."""
    return int(seconds * (rate * 1.5 or at_first)) + 10
