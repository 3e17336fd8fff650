"""What every batcher does: queues of commands, and a batch written in one transaction.

Nobody fails with a neighbour. See docs/decisions/0005-batching.md.
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, replace
from typing import Any, TypeVar, cast

from django.db import transaction
from greenlet import GreenletExit

from okpay.base.errors import BrokenInvariant, Unavailable
from okpay.base.retrying import TRIES, is_retriable, lost_connection, pause_seconds, renew_connection

Command = TypeVar("Command")
Result = TypeVar("Result")
ListFunction = Callable[[list[Command]], list[Result]]
"""Takes a list of commands and returns a list of results, in plain synchronous Python."""

QUEUE_LIMIT = 10_000
IDLE_SECONDS = 2.0
"""A connection unused for longer is checked before the next batch; a busy one proves itself."""
_SINGLES_SECONDS = 10.0
"""How long a failed batch may hold up the queue, one by one; each of them may wait a second for a lock."""
_ENDED = (asyncio.CancelledError, GreenletExit)
"""That the writer itself is to end, and not that the batch failed."""


@dataclass
class BatcherMetrics:
    """What happened since the start, by weight; `overloaded` and `singles` count commands."""

    batches: int = 0
    items: int = 0
    retries: int = 0
    singles: int = 0
    overloaded: int = 0


@dataclass(slots=True, eq=False)
class Item:
    """A command, whoever waits for it, and what became of it."""

    command: Any
    future: Future[Any] | asyncio.Future[Any]
    weight: int
    outcome: Any = None
    failed: bool = False

    def resolve(self) -> None:
        """Tell whoever waits what became of it."""
        future = cast("Future[Any]", self.future)
        if self.failed:
            future.set_exception(self.outcome)
        else:
            future.set_result(self.outcome)


class Queues:
    """A queue for each list function, which take turns; `cap` and `limit` count weights. Its user locks it."""

    def __init__(self, *, cap: int, limit: int) -> None:
        self._cap = cap
        self._limit = limit
        self._queues: dict[ListFunction[Any, Any], deque[Item]] = {}
        self._waiting = 0

    def __bool__(self) -> bool:
        return bool(self._queues)

    def admit(self, act: ListFunction[Any, Any], item: Item) -> bool:
        """Queue a command, or tell that there is no place for it."""
        # Whatever its weight, a command is let into an empty queue.
        if self._waiting + item.weight > max(self._limit, item.weight):
            return False
        self._queues.setdefault(act, deque()).append(item)
        self._waiting += item.weight
        return True

    def take(self) -> tuple[ListFunction[Any, Any], list[Item]]:
        """Return the next batch of a queue that is not empty."""
        # The list function that has waited longest; what is left of it goes behind the others.
        act = next(iter(self._queues))
        queue = self._queues.pop(act)
        taken = [queue.popleft()]
        weight = taken[0].weight
        while queue and weight + queue[0].weight <= self._cap:
            taken.append(queue.popleft())
            weight += taken[-1].weight
        if queue:
            self._queues[act] = queue
        self._waiting -= weight
        return act, taken


class Work:
    """Writes batches on the connection of whoever calls it; `sleep` is how that one waits, in seconds."""

    def __init__(self, sleep: Callable[[float], None] = time.sleep) -> None:
        self._sleep = sleep
        self._lock = threading.Lock()
        self._metrics = BatcherMetrics()

    def metrics(self) -> BatcherMetrics:
        """Return a copy of the counters."""
        with self._lock:
            return replace(self._metrics)

    def count(self, **more: int) -> None:
        """Add to counters."""
        with self._lock:
            for name, number in more.items():
                setattr(self._metrics, name, getattr(self._metrics, name) + number)

    def write(self, act: ListFunction[Any, Any], items: list[Item]) -> None:
        """Write a batch and note what became of each command; nobody has been told yet."""
        self.count(batches=1, items=sum(item.weight for item in items))
        error = self._attempt(act, items)
        if error is None:
            return
        if len(items) == 1:
            _fail(items, error)
            return
        self._write_singly(act, items, error)

    def _write_singly(self, act: ListFunction[Any, Any], items: list[Item], error: BaseException) -> None:
        """Write each alone, with the same keys, so that nobody fails with a neighbour."""
        give_up_at = time.monotonic() + _SINGLES_SECONDS
        for index, item in enumerate(items):
            if (lost_connection(error) and not renew_connection()) or time.monotonic() > give_up_at:
                _fail(items[index:], _unavailable(error))
                return
            self.count(singles=1)
            alone = self._attempt(act, [item], tries=2)
            if alone is not None:
                error = alone
                _fail([item], alone)

    def _attempt(
        self, act: ListFunction[Any, Any], items: list[Item], *, tries: int = TRIES
    ) -> BaseException | None:
        """Run the list function in one transaction, again if need be; return the error that remains."""
        for attempt in range(1, tries + 1):
            try:
                with transaction.atomic(durable=True):
                    results = act([item.command for item in items])
                    if len(results) != len(items):
                        raise BrokenInvariant(
                            f"{act!r} gave {len(results)} results for {len(items)} commands"
                        )
            except _ENDED:
                raise
            except BaseException as error:
                if not is_retriable(error) or attempt == tries:
                    return error
                self.count(retries=1)
                self._sleep(pause_seconds(attempt + 1))
                if lost_connection(error):
                    renew_connection()
            else:
                for item, result in zip(items, results, strict=True):
                    item.outcome = result
                return None
        raise BrokenInvariant("unreachable: the last attempt returns")


def _fail(items: list[Item], error: BaseException) -> None:
    if is_retriable(error):
        error = _unavailable(error)
    for item in items:
        item.failed = True
        item.outcome = error


def _unavailable(error: BaseException) -> Unavailable:
    if lost_connection(error):
        return Unavailable("database_unavailable", retry_after_seconds=2)
    return Unavailable("overloaded")
