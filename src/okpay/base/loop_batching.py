"""The batcher of an event loop: its writers share the loop's thread, and take turns with it where they would wait."""

from __future__ import annotations

import asyncio
import time
from typing import Any

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
from okpay.base.loop_bridge import run_bridged, sleep, wait_for
from okpay.base.retrying import renew_connection

CAP = 250
"""The loop answers nobody while a batch is thought about, which takes some 50 microseconds for each command."""

_ROLLBACK_SECONDS = 2.0


class LoopBatcher:
    """Collects commands from coroutines and writes them in batches, with a database connection for each writer.

    To be made, used and closed on one event loop. `cap` and `queue_limit` count weights.
    """

    def __init__(self, *, writers: int = 2, cap: int = CAP, queue_limit: int = QUEUE_LIMIT) -> None:
        self._loop = asyncio.get_running_loop()
        self._queues = Queues(cap=cap, limit=queue_limit)
        self._work = Work(sleep)
        self._closing = False
        self._idle: list[asyncio.Future[None]] = []
        self._is_waking = False
        self._writers = [asyncio.ensure_future(run_bridged(self._run)) for _ in range(writers)]

    @property
    def loop(self) -> asyncio.AbstractEventLoop:
        """The loop that it belongs to."""
        return self._loop

    def submit(
        self, act: ListFunction[Command, Result], command: Command, *, weight: int = 1
    ) -> asyncio.Future[Result]:
        """Queue a command and return what to await; else like `Batcher.submit`, errors too."""
        if self._closing:
            raise Unavailable("shutting_down")
        future: asyncio.Future[Result] = self._loop.create_future()
        if not self._queues.admit(act, Item(command, future, weight)):
            self._work.count(overloaded=1)
            raise Unavailable("overloaded")
        if self._idle and not self._is_waking:
            # When the loop has come round: whatever else it has read by then belongs to the same batch.
            self._is_waking = True
            self._loop.call_soon(self._wake)
        return future

    def metrics(self) -> BatcherMetrics:
        """Return a copy of the counters."""
        return self._work.metrics()

    async def close(self, timeout_seconds: float = 30) -> bool:
        """Take nothing new, write what is queued, stop; tell whether all of it was done in time."""
        self._closing = True
        while self._idle:
            self._wake()
        if not self._writers:
            return True
        _, late = await asyncio.wait(self._writers, timeout=timeout_seconds)
        for writer in late:
            writer.cancel()
        if late:
            # What was at work is rolled back, and its connection closed.
            await asyncio.wait(late, timeout=_ROLLBACK_SECONDS)
        return not late

    def _wake(self) -> None:
        self._is_waking = False
        while self._idle:
            sleeper = self._idle.pop()
            if not sleeper.done():
                sleeper.set_result(None)
                return

    def _take(self) -> tuple[ListFunction[Any, Any], list[Item]] | None:
        while not self._queues:
            if self._closing:
                return None
            sleeper = self._loop.create_future()
            self._idle.append(sleeper)
            wait_for(sleeper)
        return self._queues.take()

    def _run(self) -> None:
        last_used = time.monotonic()
        while (batch := self._take()) is not None:
            act, items = batch
            if time.monotonic() - last_used > IDLE_SECONDS:
                renew_connection()
            # Who stopped waiting before the work began gets nothing done; afterwards it is too late to stop it.
            wanted = [item for item in items if not item.future.done()]
            if wanted:
                self._work.write(act, wanted)
                for item in wanted:
                    if not item.future.done():
                        item.resolve()
            last_used = time.monotonic()


_of_loop: LoopBatcher | None = None


def loop_batcher() -> LoopBatcher:
    """Return the batcher of the event loop that runs here, made when it is first needed.

    A process has one such loop.
    """
    global _of_loop
    if _of_loop is None or _of_loop.loop is not asyncio.get_running_loop():
        _of_loop = LoopBatcher()
    return _of_loop


async def close_loop_batcher(timeout_seconds: float = 10) -> bool:
    """Write what is queued and stop, where there is a batcher; tell whether all of it was done in time."""
    global _of_loop
    batcher, _of_loop = _of_loop, None
    if batcher is None or batcher.loop is not asyncio.get_running_loop():
        return True
    return await batcher.close(timeout_seconds)
