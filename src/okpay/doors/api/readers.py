"""A few threads for what only reads, with a bound to how many wait: reports never take the place of payments."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from typing import ParamSpec, TypeVar

from django.db import Error, close_old_connections, connection

from okpay.base.errors import Unavailable
from okpay.base.retrying import lost_connection, renew_connection

P = ParamSpec("P")
T = TypeVar("T")

THREADS = 6
"""Each keeps a database connection of its own; the batcher's writers have theirs."""
MOST_WAITING = 200
CLOSE_SECONDS = 2.0


class Readers:
    """Runs functions that ask the database on threads that may wait for it."""

    def __init__(self, *, threads: int = THREADS, most_waiting: int = MOST_WAITING) -> None:
        self._pool = ThreadPoolExecutor(
            max_workers=threads, thread_name_prefix="api-read", initializer=self._count
        )
        self._threads = 0
        self._most = threads + most_waiting
        self._inside = 0

    async def run(self, read: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Return what a function returns; it runs in the caller's context.

        Raises: Unavailable `overloaded` when too many wait, `database_unavailable` when the database does not answer,
            and whatever the function raises.
        """
        if self._inside >= self._most:
            raise Unavailable("overloaded")
        self._inside += 1
        try:
            context = copy_context()
            return await asyncio.get_running_loop().run_in_executor(
                self._pool, lambda: context.run(_with_connection, lambda: read(*args, **kwargs))
            )
        finally:
            self._inside -= 1

    def close(self) -> None:
        """Let the threads go, and their connections."""
        together = threading.Barrier(max(1, self._threads))
        for _ in range(self._threads):
            self._pool.submit(_close_connection, together)
        self._pool.shutdown(wait=True)

    def _count(self) -> None:
        self._threads += 1


def _close_connection(together: threading.Barrier) -> None:
    connection.close()
    # One for each thread: nobody takes a second one before all have one.
    with contextlib.suppress(threading.BrokenBarrierError):
        together.wait(CLOSE_SECONDS)


def _with_connection(read: Callable[[], T]) -> T:
    try:
        close_old_connections()
        try:
            return read()
        except Error as error:
            # Once more on a new connection: the server may have been restarted since the last question.
            if not lost_connection(error) or not renew_connection():
                raise
            return read()
    except Error as error:
        if not lost_connection(error):
            raise
        connection.close()
        raise Unavailable("database_unavailable", retry_after_seconds=2) from error
