"""Plain synchronous code on the thread of an event loop: where it would wait, the loop goes on with other things.

A list function and the rooms that it asks are plain Python. On threads of their own they take the interpreter's lock
from the event loop a dozen times for each batch, and that costs more than the work. Here they run in a greenlet on the
loop's own thread; `wait_for` puts the greenlet aside until an awaitable is done. See
docs/decisions/0023-writers-on-the-loop.md.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any, TypeVar, cast

import psycopg
from django.db import DEFAULT_DB_ALIAS, connections
from django.db.backends.postgresql.base import DatabaseWrapper
from greenlet import getcurrent, greenlet
from psycopg.waiting import wait_async

from okpay.base.errors import BrokenInvariant

T = TypeVar("T")
_CHECK_SECONDS = 60.0
"""How often a wait for the server looks up, although nothing came; nothing depends on it."""


async def run_bridged(function: Callable[[], T]) -> T:
    """Run plain code with a database connection of its own, and return what it returns.

    Raises: what it raises. A cancellation is raised where it waits.
    """
    loop = asyncio.get_running_loop()
    database = _Database({**connections.settings[DEFAULT_DB_ALIAS]}, DEFAULT_DB_ALIAS)
    inside = _Bridge(function)
    go: Callable[[], Any] = inside.switch
    try:
        while True:
            # Inside there is no running loop: Django would refuse to work, and would look for its connection elsewhere.
            asyncio._set_running_loop(None)
            before = connections[DEFAULT_DB_ALIAS]
            connections[DEFAULT_DB_ALIAS] = database
            try:
                answer = go()
            finally:
                connections[DEFAULT_DB_ALIAS] = before
                asyncio._set_running_loop(loop)
            if inside.dead:
                return cast("T", answer)
            try:
                value = await answer
            except BaseException:
                go = partial(inside.throw, *sys.exc_info())
            else:
                go = partial(inside.switch, value)
    finally:
        database.forget()


def wait_for(awaitable: Awaitable[T]) -> T:
    """Return the result of an awaitable; the loop goes on meanwhile. Raises: BrokenInvariant outside `run_bridged`."""
    current = getcurrent()
    if not isinstance(current, _Bridge) or current.parent is None:
        raise BrokenInvariant("only bridged code can wait for the loop")
    return cast("T", current.parent.switch(awaitable))


def sleep(seconds: float) -> None:
    """Sleep in bridged code."""
    wait_for(asyncio.sleep(seconds))


class _Bridge(greenlet):
    """Plain code on its way."""


class _Database(DatabaseWrapper):
    """Django's connection, which connects on a thread and waits on the loop."""

    def get_new_connection(self, conn_params: dict[str, Any]) -> psycopg.Connection[Any]:
        """Connect; names are looked up and hosts waited for where that holds up nobody."""
        connect = partial(super().get_new_connection, conn_params)
        made: psycopg.Connection[Any] = wait_for(asyncio.to_thread(connect))
        # psycopg itself waits for its server in this one method.
        vars(made)["wait"] = partial(_wait, made)
        return made

    def forget(self) -> None:
        """Close the connection, in whatever state it is."""
        if self.connection is not None:
            self.connection.close()
            self.connection = None


def _wait(
    connection: psycopg.Connection[Any], waiting: Any, interval: float = 0, timeout: float | None = None
) -> Any:
    return wait_for(wait_async(waiting, connection.pgconn.socket, _CHECK_SECONDS, timeout))
