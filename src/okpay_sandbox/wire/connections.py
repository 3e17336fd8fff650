"""Dropping a connection before its answer, and answering twice, which no web framework offers."""

from __future__ import annotations

import asyncio
from collections.abc import MutableMapping
from typing import Any

from starlette.responses import Response
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

HANG_UP = "okpay_sandbox.hang_up"
WRITE_LAST = "okpay_sandbox.write_last"


class DroppableProtocol(HttpToolsProtocol):
    """uvicorn's protocol, which lets a request drop its connection, or write to it past the framework."""

    def on_message_begin(self) -> None:
        """Begin a request."""
        super().on_message_begin()
        scope: MutableMapping[str, Any] = self.scope  # type: ignore[assignment]
        scope[HANG_UP] = self.transport.abort
        scope[WRITE_LAST] = self._write_last

    def _write_last(self, raw: bytes) -> None:
        self.transport.write(raw)
        self.transport.close()


async def hang_up(scope: MutableMapping[str, Any]) -> None:
    """Drop the connection of a request; what is answered afterwards goes nowhere."""
    scope[HANG_UP]()
    # The loop tells uvicorn in its next round that nobody is there any more.
    await asyncio.sleep(0)
    await asyncio.sleep(0)


async def answer_twice(scope: MutableMapping[str, Any], answer: Response) -> None:
    """Write an answer to a connection twice and close it; what is answered afterwards goes nowhere.

    Both are one write: a client that goes on reading finds an answer there that nobody asked for.
    """
    answer.headers["Connection"] = "close"
    head = b"".join(name + b": " + value + b"\r\n" for name, value in answer.raw_headers)
    once = b"HTTP/1.1 %d \r\n%s\r\n%s" % (answer.status_code, head, bytes(answer.body))
    scope[WRITE_LAST](once * 2)
    await asyncio.sleep(0)
    await asyncio.sleep(0)
