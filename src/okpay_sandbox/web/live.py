"""Live events for open pages. Source: the HTML standard, server-sent events."""

from __future__ import annotations

from collections.abc import AsyncIterator
from http import HTTPStatus

import msgspec
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response, StreamingResponse

from okpay_sandbox.inbox.changes import Changes, TooManyListeners, stream

BEAT_SECONDS = 15.0
RETRY_MILLISECONDS = 2000


class Live:
    """Tells pages what changed."""

    def __init__(self, changes: Changes) -> None:
        self._changes = changes

    async def events(self, _: Request) -> Response:
        """Answer with a stream that ends when the page or the program does."""
        told = self._told()
        try:
            # The first part is asked for here, because afterwards the status is out.
            first = await anext(told)
        except TooManyListeners:
            return PlainTextResponse("Too many pages are open.\n", HTTPStatus.SERVICE_UNAVAILABLE)
        return StreamingResponse(_from(first, told), media_type="text/event-stream")

    async def _told(self) -> AsyncIterator[str]:
        with self._changes.listen() as queue:
            yield f"retry: {RETRY_MILLISECONDS}\n\n"
            async for change in stream(queue, BEAT_SECONDS):
                yield ": beat\n\n" if change is None else f"data: {msgspec.json.encode(change).decode()}\n\n"


async def _from(first: str, rest: AsyncIterator[str]) -> AsyncIterator[str]:
    yield first
    async for part in rest:
        yield part
