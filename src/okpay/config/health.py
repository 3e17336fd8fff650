"""Whether this process lives, and whether it can serve: for load balancers and for `./okpay`."""

from __future__ import annotations

import asyncio
import contextvars
import json
import logging
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import cache, partial
from typing import Any

from django.db import Error, connection
from django.db.migrations.loader import MigrationLoader

from okpay.base.database import execute_prepared
from okpay.config.answers import send_json, send_text
from okpay.config.worker import Pulse
from okpay.ledger import queries as ledger

_log = logging.getLogger(__name__)

CACHE_SECONDS = 1.0
ANSWER_SECONDS = 5.0

OK, BEHIND, AWAY, UNKNOWN = "ok", "behind", "does not answer", "unknown"


@dataclass(frozen=True)
class Standing:
    """What a process can do now, part by part; words and names only, nothing of how it is set up."""

    database: str = AWAY
    migrations: str = UNKNOWN
    maintenance: bool | None = None
    """None when the database does not say."""
    loops: dict[str, str] = field(default_factory=dict)

    @property
    def is_ready(self) -> bool:
        """Whether requests should come here. Maintenance is no reason to stay away: the pages tell of it."""
        parts = (self.database, self.migrations, *self.loops.values())
        return all(part in (OK, Pulse.OK) for part in parts)

    def answer(self) -> dict[str, Any]:
        """Return what is told to whoever asks."""
        return {
            "ready": self.is_ready,
            "maintenance": self.maintenance,
            "database": self.database,
            "migrations": self.migrations,
            "loops": self.loops,
        }


def _no_loops() -> dict[str, Pulse]:
    return {}


class Health:
    """Answers the addresses below `/health/`; `pulses` tells how the background loops of this process are."""

    def __init__(self, pulses: Callable[[], dict[str, Pulse]] = _no_loops) -> None:
        self._pulses = pulses
        # A thread of its own: it answers when every other thread is busy or waits for the database.
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="health")
        self._asked_at = float("-inf")
        self._found = Standing()
        self._asking = asyncio.Lock()
        self._question: asyncio.Future[Standing] | None = None

    async def answer(self, path: str, send: Any) -> None:
        """Answer 200, or 503 when the database or a part of this process is not ready."""
        if path == "/health/live":
            await send_text(send, 200, "live")
        elif path == "/health/ready":
            standing = await self._standing()
            told = json.dumps(standing.answer())
            if standing.is_ready:
                await send_json(send, 200, told)
            else:
                await send_json(send, 503, told, [(b"retry-after", b"5")])
        else:
            await send_text(send, 404, "not found")

    def close(self) -> None:
        """Close the connection of the health thread."""
        # Looked up on that thread: each thread has a connection of its own.
        self._thread.submit(lambda: connection.close())
        self._thread.shutdown()

    async def _standing(self) -> Standing:
        async with self._asking:
            if time.monotonic() - self._asked_at > CACHE_SECONDS:
                self._found = await self._ask()
                self._asked_at = time.monotonic()
            database = self._found
        loops = {name: str(pulse) for name, pulse in self._pulses().items()}
        return Standing(database.database, database.migrations, database.maintenance, loops)

    async def _ask(self) -> Standing:
        # A question that still waits for a silent server is waited for again: no second one queues behind it.
        if self._question is None or self._question.done():
            in_context = partial(contextvars.copy_context().run, _ask_database)
            self._question = asyncio.get_running_loop().run_in_executor(self._thread, in_context)
        try:
            return await asyncio.wait_for(asyncio.shield(self._question), ANSWER_SECONDS)
        except TimeoutError:
            return Standing()


def _ask_database() -> Standing:
    try:
        connection.close_if_unusable_or_obsolete()
        applied = set(execute_prepared("SELECT app, name FROM django_migrations").fetchall())
        if not _needed() <= applied:
            # What this code asks of older tables may fail.
            return Standing(database=OK, migrations=BEHIND)
        return Standing(database=OK, migrations=OK, maintenance=ledger.maintenance() is not None)
    except Error as error:
        _log.warning("the database does not answer: %s", type(error).__name__)
        connection.close()
        return Standing()


@cache
def _needed() -> set[tuple[str, str]]:
    """Return the migrations that this code was written for."""
    return set(MigrationLoader(None).graph.nodes)
