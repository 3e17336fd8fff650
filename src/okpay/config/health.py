"""Whether this process lives, and whether it can serve: for load balancers and for `./okpay`."""

from __future__ import annotations

import asyncio
import logging
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from django.db import Error, connection

from okpay.config.answers import send_text

_log = logging.getLogger(__name__)

CACHE_SECONDS = 1.0
ANSWER_SECONDS = 5.0


class Health:
    """Answers the addresses below `/health/`."""

    def __init__(self) -> None:
        # A thread of its own: it answers when every other thread is busy or waits for the database.
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="health")
        self._asked_at = float("-inf")
        self._ready = False
        self._asking = asyncio.Lock()

    async def answer(self, path: str, send: Any) -> None:
        """Answer 200, or 503 when the database does not answer."""
        if path == "/health/live":
            await send_text(send, 200, "live")
        elif path == "/health/ready":
            if await self._is_ready():
                await send_text(send, 200, "ready")
            else:
                await send_text(send, 503, "the database does not answer", [(b"retry-after", b"5")])
        else:
            await send_text(send, 404, "not found")

    def close(self) -> None:
        """Close the connection of the health thread."""
        # Looked up on that thread: each thread has a connection of its own.
        self._thread.submit(lambda: connection.close())
        self._thread.shutdown()

    async def _is_ready(self) -> bool:
        async with self._asking:
            if time.monotonic() - self._asked_at > CACHE_SECONDS:
                asked = asyncio.get_running_loop().run_in_executor(self._thread, _database_answers)
                try:
                    self._ready = await asyncio.wait_for(asyncio.shield(asked), ANSWER_SECONDS)
                except TimeoutError:
                    self._ready = False
                self._asked_at = time.monotonic()
            return self._ready


def _database_answers() -> bool:
    try:
        connection.close_if_unusable_or_obsolete()
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except Error as error:
        _log.warning("the database does not answer: %s", type(error).__name__)
        connection.close()
        return False
    return True
