"""Dropping a connection before its answer, which no web framework offers."""

from __future__ import annotations

import asyncio
from collections.abc import MutableMapping
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

HANG_UP = "okpay_sandbox.hang_up"


class DroppableProtocol(HttpToolsProtocol):
    """uvicorn's protocol, which lets a request drop its connection."""

    def on_message_begin(self) -> None:
        """Begin a request."""
        super().on_message_begin()
        scope: MutableMapping[str, Any] = self.scope  # type: ignore[assignment]
        scope[HANG_UP] = self.transport.abort


async def hang_up(scope: MutableMapping[str, Any]) -> None:
    """Drop the connection of a request; what is answered afterwards goes nowhere."""
    scope[HANG_UP]()
    # The loop tells uvicorn in its next round that nobody is there any more.
    await asyncio.sleep(0)
    await asyncio.sleep(0)
