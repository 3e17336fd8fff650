"""Several connections at once: threads that each keep their own, and start together."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from types import TracebackType
from typing import Self, TypeVar

from django.db import connection, connections

from tests.factories.ledger import post
from tests.laws.plan import LEAD, Call

PATIENCE = 120
"""Seconds after which a connection that does not come to the start, or does not get on, fails the test."""
T = TypeVar("T")


class AnotherHasFailed(Exception):
    """This connection stopped because another one did."""


class Crew:
    """A number of threads with a database connection each, for as long as the `with` block lasts."""

    def __init__(self, size: int) -> None:
        self.size = size
        self.conflicts: list[str] = []
        """The SQLSTATE of every transaction that had to be tried again."""
        self._pool = ThreadPoolExecutor(size)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._together([connections.close_all] * self.size)
        self._pool.shutdown()

    def at_once(self, functions: Sequence[Callable[[], T]]) -> list[T]:
        """Run functions at the same moment, each on a connection of its own; raise what one of them raises."""

        def body(function: Callable[[], T]) -> T:
            connection.ensure_connection()
            return function()

        return self._together([partial(body, function) for function in functions])

    def _together(self, functions: Sequence[Callable[[], T]]) -> list[T]:
        assert len(functions) <= self.size
        start = threading.Barrier(len(functions))

        def body(function: Callable[[], T]) -> T:
            start.wait(PATIENCE)
            return function()

        futures = [self._pool.submit(body, function) for function in functions]
        errors = [error for future in futures if (error := future.exception()) is not None]
        if errors:
            raise min(errors, key=lambda error: isinstance(error, AnotherHasFailed))
        return [future.result() for future in futures]

    def work(
        self, plan: Sequence[Sequence[Call]], posted: Callable[[int], None] = lambda items: None
    ) -> None:
        """Let every connection make its calls in order, none further ahead of the others than `LEAD` calls.

        `posted` is told the number of items after each call, on the connection's thread.
        """
        pace = _Pace(len(plan))

        def worker(number: int, calls: Sequence[Call]) -> None:
            try:
                for at, call in enumerate(calls):
                    pace.wait_until(at - LEAD)
                    call.began = time.monotonic()
                    call.results = post(*call.items, conflicts=self.conflicts)
                    call.ended = time.monotonic()
                    pace.done(number, at)
                    posted(len(call.items))
            except BaseException:
                pace.give_up()
                raise

        self.at_once([partial(worker, number, calls) for number, calls in enumerate(plan)])


class _Pace:
    """How far each connection has got."""

    def __init__(self, size: int) -> None:
        self._done = [-1] * size
        self._changed = threading.Condition()
        self._given_up = False

    def wait_until(self, call: int) -> None:
        """Wait until every connection has finished this call."""
        with self._changed:
            reached = self._changed.wait_for(lambda: self._given_up or min(self._done) >= call, PATIENCE)
        assert reached, "a connection does not get on"
        if self._given_up:
            raise AnotherHasFailed

    def done(self, number: int, call: int) -> None:
        """Note that a connection has finished a call."""
        with self._changed:
            self._done[number] = call
            self._changed.notify_all()

    def give_up(self) -> None:
        """Let nobody wait for a connection that has failed."""
        with self._changed:
            self._given_up = True
            self._changed.notify_all()
