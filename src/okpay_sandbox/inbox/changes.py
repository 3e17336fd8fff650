"""Telling open pages that something changed."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from okpay_sandbox.inbox.records import Change

if TYPE_CHECKING:
    from collections.abc import Iterator

LISTENERS_AT_ONCE = 100
UNTOLD = 100
"""Changes that wait for a page; one that is slower hears of the newest only, and asks for all of it anyway."""


class TooManyListeners(Exception):
    """No further page can be told; it can still be refreshed by hand."""


class Changes:
    """Hands each change to every listener. Used from the event loop only."""

    def __init__(self) -> None:
        self._queues: set[asyncio.Queue[Change | None]] = set()
        self._closed = False

    def tell(self, change: Change) -> None:
        """Tell everybody who listens."""
        for queue in self._queues:
            _put(queue, change)

    def close(self) -> None:
        """Let everybody who listens go."""
        self._closed = True
        for queue in self._queues:
            _put(queue, None)

    @contextmanager
    def listen(self) -> Iterator[asyncio.Queue[Change | None]]:
        """Give a queue of what changes from now on; None is the end.

        Raises:
            TooManyListeners: So many listen already.
        """
        if len(self._queues) >= LISTENERS_AT_ONCE:
            raise TooManyListeners
        queue: asyncio.Queue[Change | None] = asyncio.Queue(UNTOLD)
        if self._closed:
            queue.put_nowait(None)
        self._queues.add(queue)
        try:
            yield queue
        finally:
            self._queues.discard(queue)


def _put(queue: asyncio.Queue[Change | None], change: Change | None) -> None:
    if queue.full():
        queue.get_nowait()
    queue.put_nowait(change)


async def stream(queue: asyncio.Queue[Change | None], beat_seconds: float) -> AsyncIterator[Change | None]:
    """Yield changes until the end, and None whenever nothing changed for a while."""
    while True:
        try:
            change = await asyncio.wait_for(queue.get(), beat_seconds)
        except TimeoutError:
            yield None
            continue
        if change is None:
            return
        yield change
