"""`/live`: a stream that tells a page that something of its owner changed. What changed, the page asks for.

One connection of each process listens to the database; whatever posts a notice says so there after its commit, by the
relay. Streams are open to whoever has a session, and end with it.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections import defaultdict
from http.cookies import CookieError, SimpleCookie
from importlib import import_module
from typing import Any
from uuid import UUID

import psycopg
from asgiref.sync import sync_to_async
from django.conf import settings
from django.db import connection

from okpay.config.answers import send_text
from okpay.doors.web.live import CHANNEL

_log = logging.getLogger(__name__)

STREAMS_OF_ONE = 6
"""More pages than this need not be live at once; a further one polls."""
BEAT_SECONDS = 20.0
"""How often a stream shows that it is alive, and its session is looked at again."""
RETRY_SECONDS = 2.0


class Live:
    """Hands hints from the database to the streams of one process."""

    def __init__(self) -> None:
        self._streams: dict[UUID, set[asyncio.Event]] = defaultdict(set)
        self._listening: asyncio.Task[None] | None = None

    async def answer(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        """Stream hints to whoever has the session of the cookie, until either side ends it."""
        key = _session_key(scope)
        user_id = await _user_of_session(key)
        if user_id is None:
            await send_text(send, 401, "sign in first")
            return
        if len(self._streams[user_id]) >= STREAMS_OF_ONE:
            await send_text(send, 429, "too many streams")
            return
        self._start_listening()
        changed = asyncio.Event()
        self._streams[user_id].add(changed)
        gone = asyncio.ensure_future(_wait_for_end(receive))
        try:
            await _begin(send)
            while not gone.done():
                told = asyncio.ensure_future(changed.wait())
                await asyncio.wait({told, gone}, timeout=BEAT_SECONDS, return_when=asyncio.FIRST_COMPLETED)
                if told.done():
                    changed.clear()
                    await _send(send, b"data: changed\n\n")
                else:
                    told.cancel()
                    if await _user_of_session(key) != user_id:
                        break
                    await _send(send, b": still here\n\n")
        finally:
            gone.cancel()
            self._streams[user_id].discard(changed)
            if not self._streams[user_id]:
                del self._streams[user_id]
            with contextlib.suppress(Exception):
                await send({"type": "http.response.body", "body": b"", "more_body": False})

    def close(self) -> None:
        """Stop listening."""
        if self._listening is not None:
            self._listening.cancel()

    def _start_listening(self) -> None:
        if self._listening is None or self._listening.done():
            self._listening = asyncio.ensure_future(self._listen())

    async def _listen(self) -> None:
        parameters = connection.get_connection_params()
        wanted = {
            name: parameters[name]
            for name in ("dbname", "user", "password", "host", "port")
            if name in parameters
        }
        while True:
            try:
                listener = await psycopg.AsyncConnection.connect(**wanted, autocommit=True)
                async with listener:
                    await listener.execute(f"LISTEN {CHANNEL}")
                    # What was said before nobody has heard.
                    self._tell_all()
                    async for notice in listener.notifies():
                        self._tell(notice.payload)
            except psycopg.Error as error:
                _log.warning("live streams wait for the database: %s", type(error).__name__)
                await asyncio.sleep(RETRY_SECONDS)

    def _tell_all(self) -> None:
        for streams in self._streams.values():
            for stream in streams:
                stream.set()

    def _tell(self, payload: str) -> None:
        with contextlib.suppress(ValueError):
            for stream in self._streams.get(UUID(payload), ()):
                stream.set()


async def _begin(send: Any) -> None:
    headers = [
        (b"content-type", b"text/event-stream; charset=utf-8"),
        (b"cache-control", b"no-store"),
        (b"x-accel-buffering", b"no"),
        (b"x-content-type-options", b"nosniff"),
    ]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await _send(send, b"retry: 3000\n\n")


async def _send(send: Any, body: bytes) -> None:
    await send({"type": "http.response.body", "body": body, "more_body": True})


async def _wait_for_end(receive: Any) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


def _session_key(scope: dict[str, Any]) -> str:
    for name, value in scope["headers"]:
        if name == b"cookie":
            cookies = SimpleCookie()
            with contextlib.suppress(CookieError):
                cookies.load(value.decode("latin-1"))
            morsel = cookies.get(settings.SESSION_COOKIE_NAME)
            if morsel is not None:
                return morsel.value
    return ""


@sync_to_async
def _user_of_session(key: str) -> UUID | None:
    """Return whose session it is, or None when it has ended, the password was changed, or the account is locked."""
    from django.contrib.auth import get_user
    from django.http import HttpRequest

    if not key:
        return None
    request = HttpRequest()
    request.session = import_module(settings.SESSION_ENGINE).SessionStore(key)
    try:
        connection.close_if_unusable_or_obsolete()
        user: Any = get_user(request)
    finally:
        connection.close_if_unusable_or_obsolete()
    if not user.is_authenticated or user.locked_at is not None:
        return None
    return UUID(str(user.pk))
