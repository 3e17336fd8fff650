"""One batcher per process: what many callers want at the same moment is written in one transaction.

A *list function* takes a list of commands and returns a list of results, in plain synchronous Python. A batch
is what queued for one list function while the last batch was being written; there is no timer. See
docs/decisions/0005-batching.md.
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections import defaultdict, deque
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any, TypeVar, cast

from django.db import connection, transaction

from okpay.base.errors import BrokenInvariant, Unavailable
from okpay.base.retrying import TRIES, is_retriable, lost_connection, pause_before, renew_connection

Command = TypeVar("Command")
Result = TypeVar("Result")
ListFunction = Callable[[list[Command]], list[Result]]

_SINGLES_SECONDS = 10.0
"""How long a failed batch may hold up the queue, one by one; each of them may wait a second for a lock."""
_IDLE_SECONDS = 2.0
"""A connection unused for longer is checked before the next batch; a busy one proves itself."""


@dataclass
class BatcherMetrics:
    """What happened since the start, by weight; `overloaded` and `singles` count commands."""

    batches: int = 0
    items: int = 0
    retries: int = 0
    singles: int = 0
    overloaded: int = 0


@dataclass(slots=True, eq=False)
class _Item:
    command: Any
    future: Future[Any] | asyncio.Future[Any]
    weight: int
    outcome: Any = None
    failed: bool = False


class Batcher:
    """Collects commands and writes them in batches, on writer threads with a database connection each.

    `cap` and `queue_limit` count weights: a command may itself be a list of as many.
    """

    def __init__(self, *, writers: int = 2, cap: int = 500, queue_limit: int = 10_000) -> None:
        self._cap = cap
        self._queue_limit = queue_limit
        self._queues: dict[ListFunction[Any, Any], deque[_Item]] = {}
        self._waiting = 0
        self._closing = False
        self._metrics = BatcherMetrics()
        self._changed = threading.Condition()
        self._writers = [
            threading.Thread(target=self._run, name=f"batcher-{n}", daemon=True) for n in range(writers)
        ]
        for writer in self._writers:
            writer.start()

    def submit(
        self, act: ListFunction[Command, Result], command: Command, *, weight: int = 1
    ) -> Future[Result]:
        """Queue a command that is as much work as `weight` others; the future holds its own result, or its own error.

        `act` runs whole inside one transaction and must be safe to run again with the same commands: it looks
        up their idempotency keys first. So a batch whose connection broke during COMMIT is simply run again:
        what was committed is found by its keys and answered from there.

        Raises: Unavailable `overloaded` when the queue is full, `shutting_down` after `close()`. The future
        raises Unavailable `database_unavailable` when the database does not answer, `overloaded` when the
        command waited in vain for a lock, and whatever `act` raises for this command alone.
        """
        future: Future[Result] = Future()
        self._queue(act, _Item(command, future, weight))
        return future

    def submit_async(
        self, act: ListFunction[Command, Result], command: Command, *, weight: int = 1
    ) -> asyncio.Future[Result]:
        """Queue a command from the event loop and return what to await; else like `submit`.

        The results of a batch reach the loop in one wake-up, not in one for each.
        """
        future: asyncio.Future[Result] = asyncio.get_running_loop().create_future()
        self._queue(act, _Item(command, future, weight))
        return future

    def metrics(self) -> BatcherMetrics:
        """Return a copy of the counters."""
        with self._changed:
            return replace(self._metrics)

    def close(self, timeout_seconds: float = 30) -> bool:
        """Take nothing new, write what is queued, stop; tell whether all of it was done in time."""
        with self._changed:
            self._closing = True
            self._changed.notify_all()
        deadline = time.monotonic() + timeout_seconds
        for writer in self._writers:
            writer.join(max(0, deadline - time.monotonic()))
        return not any(writer.is_alive() for writer in self._writers)

    def _queue(self, act: ListFunction[Any, Any], item: _Item) -> None:
        with self._changed:
            if self._closing:
                raise Unavailable("shutting_down")
            # Whatever its weight, a command is let into an empty queue.
            if self._waiting + item.weight > max(self._queue_limit, item.weight):
                self._metrics.overloaded += 1
                raise Unavailable("overloaded")
            self._queues.setdefault(act, deque()).append(item)
            self._waiting += item.weight
            self._changed.notify()

    def _take(self) -> tuple[ListFunction[Any, Any], list[_Item]] | None:
        with self._changed:
            while not self._queues:
                if self._closing:
                    return None
                self._changed.wait()
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

    def _run(self) -> None:
        last_used = time.monotonic()
        while (batch := self._take()) is not None:
            act, items = batch
            if time.monotonic() - last_used > _IDLE_SECONDS:
                renew_connection()
            wanted = [item for item in items if _still_wanted(item)]
            if wanted:
                self._write(act, wanted)
                _answer(wanted)
            last_used = time.monotonic()
        connection.close()

    def _write(self, act: ListFunction[Any, Any], items: list[_Item]) -> None:
        with self._changed:
            self._metrics.batches += 1
            self._metrics.items += sum(item.weight for item in items)
        error = self._attempt(act, items)
        if error is None:
            return
        if len(items) == 1:
            _fail(items, error)
            return
        self._write_singly(act, items, error)

    def _write_singly(self, act: ListFunction[Any, Any], items: list[_Item], error: BaseException) -> None:
        """Write each alone, with the same keys, so that nobody fails with a neighbour."""
        give_up_at = time.monotonic() + _SINGLES_SECONDS
        for index, item in enumerate(items):
            if (lost_connection(error) and not renew_connection()) or time.monotonic() > give_up_at:
                _fail(items[index:], _unavailable(error))
                return
            with self._changed:
                self._metrics.singles += 1
            alone = self._attempt(act, [item], tries=2)
            if alone is not None:
                error = alone
                _fail([item], alone)

    def _attempt(
        self, act: ListFunction[Any, Any], items: list[_Item], *, tries: int = TRIES
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
            except BaseException as error:
                if not is_retriable(error) or attempt == tries:
                    return error
                with self._changed:
                    self._metrics.retries += 1
                pause_before(attempt + 1)
                if lost_connection(error):
                    renew_connection()
            else:
                for item, result in zip(items, results, strict=True):
                    item.outcome = result
                return None
        raise BrokenInvariant("unreachable: the last attempt returns")


def _still_wanted(item: _Item) -> bool:
    # Who stopped waiting before the work began gets nothing done; afterwards it is too late to stop it.
    if isinstance(item.future, Future):
        return item.future.set_running_or_notify_cancel()
    return not item.future.cancelled()


def _fail(items: list[_Item], error: BaseException) -> None:
    if is_retriable(error):
        error = _unavailable(error)
    for item in items:
        item.failed = True
        item.outcome = error


def _unavailable(error: BaseException) -> Unavailable:
    if lost_connection(error):
        return Unavailable("database_unavailable", retry_after_seconds=2)
    return Unavailable("overloaded")


def _answer(items: list[_Item]) -> None:
    by_loop: dict[asyncio.AbstractEventLoop, list[_Item]] = defaultdict(list)
    for item in items:
        if isinstance(item.future, Future):
            _resolve(item)
        else:
            by_loop[item.future.get_loop()].append(item)
    for loop, those in by_loop.items():
        # A loop that was closed meanwhile has nobody left who waits.
        with suppress(RuntimeError):
            loop.call_soon_threadsafe(_resolve_all, those)


def _resolve_all(items: list[_Item]) -> None:
    for item in items:
        if not item.future.done():
            _resolve(item)


def _resolve(item: _Item) -> None:
    future = cast("Future[Any]", item.future)
    if item.failed:
        future.set_exception(item.outcome)
    else:
        future.set_result(item.outcome)


_of_process: Batcher | None = None
_of_process_lock = threading.Lock()


def process_batcher() -> Batcher:
    """Return the one batcher of this process, started when it is first needed."""
    global _of_process
    with _of_process_lock:
        if _of_process is None:
            _of_process = Batcher()
        return _of_process


def close_process_batcher(timeout_seconds: float = 10) -> bool:
    """Write what is queued and stop, where there is a batcher; tell whether all of it was done in time."""
    global _of_process
    with _of_process_lock:
        batcher, _of_process = _of_process, None
    return batcher is None or batcher.close(timeout_seconds)


def submit_and_wait(act: ListFunction[Command, Result], command: Command) -> Result:
    """Hand a command to the process's batcher and wait for its own result, on a thread that may wait.

    Raises: Unavailable, and whatever `act` raises for this command alone: see `Batcher.submit`. After `overloaded` and
        `database_unavailable` it is not known whether it was done: ask again with the same key.
    """
    return process_batcher().submit(act, command).result()
