"""One batcher per process: what many callers want at the same moment is written in one transaction.

A batch is what queued for one list function while the last batch was being written; there is no timer. This one is for
callers on threads. Those of an event loop have `okpay.base.loop_batching`. See docs/decisions/0005-batching.md.
"""

from __future__ import annotations

import threading
import time
from concurrent.futures import Future
from typing import Any

from django.db import connection

from okpay.base.batches import (
    IDLE_SECONDS,
    QUEUE_LIMIT,
    BatcherMetrics,
    Command,
    Item,
    ListFunction,
    Queues,
    Result,
    Work,
)
from okpay.base.errors import Unavailable
from okpay.base.retrying import renew_connection


class Batcher:
    """Collects commands and writes them in batches, on writer threads with a database connection each.

    `cap` and `queue_limit` count weights: a command may itself be a list of as many.
    """

    def __init__(self, *, writers: int = 2, cap: int = 500, queue_limit: int = QUEUE_LIMIT) -> None:
        self._queues = Queues(cap=cap, limit=queue_limit)
        self._work = Work()
        self._closing = False
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
        with self._changed:
            if self._closing:
                raise Unavailable("shutting_down")
            if not self._queues.admit(act, Item(command, future, weight)):
                self._work.count(overloaded=1)
                raise Unavailable("overloaded")
            self._changed.notify()
        return future

    def metrics(self) -> BatcherMetrics:
        """Return a copy of the counters."""
        return self._work.metrics()

    def close(self, timeout_seconds: float = 30) -> bool:
        """Take nothing new, write what is queued, stop; tell whether all of it was done in time."""
        with self._changed:
            self._closing = True
            self._changed.notify_all()
        deadline = time.monotonic() + timeout_seconds
        for writer in self._writers:
            writer.join(max(0, deadline - time.monotonic()))
        return not any(writer.is_alive() for writer in self._writers)

    def _take(self) -> tuple[ListFunction[Any, Any], list[Item]] | None:
        with self._changed:
            while not self._queues:
                if self._closing:
                    return None
                self._changed.wait()
            return self._queues.take()

    def _run(self) -> None:
        last_used = time.monotonic()
        while (batch := self._take()) is not None:
            act, items = batch
            if time.monotonic() - last_used > IDLE_SECONDS:
                renew_connection()
            wanted = [item for item in items if _still_wanted(item)]
            if wanted:
                self._work.write(act, wanted)
                for item in wanted:
                    item.resolve()
            last_used = time.monotonic()
        connection.close()


def _still_wanted(item: Item) -> bool:
    # Who stopped waiting before the work began gets nothing done; afterwards it is too late to stop it.
    assert isinstance(item.future, Future)
    return item.future.set_running_or_notify_cancel()


_of_process: Batcher | None = None
_of_process_lock = threading.Lock()


def process_batcher() -> Batcher:
    """Return the one batcher of this process for threads, started when it is first needed."""
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
