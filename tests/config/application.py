"""Asks the ASGI application without a network."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from okpay.config.asgi import Application
from okpay.config.worker import Pulse

LOCALHOST = (b"host", b"localhost:8000")


@dataclass
class Answer:
    """What the application answered."""

    status: int = 0
    headers: dict[bytes, bytes] = field(default_factory=dict)
    body: bytes = b""


def ask(
    path: str = "/",
    *,
    role: str = "api",
    query: bytes = b"",
    headers: tuple[tuple[bytes, bytes], ...] = (LOCALHOST,),
    chunks: tuple[bytes, ...] = (b"",),
    method: str = "GET",
    pulses: Callable[[], dict[str, Pulse]] | None = None,
) -> Answer:
    """Send one request, its body in chunks, and return the answer."""
    answer = Answer()
    left = list(chunks)

    async def receive() -> dict[str, Any]:
        if not left:
            return {"type": "http.disconnect"}
        return {"type": "http.request", "body": left.pop(0), "more_body": bool(left)}

    async def send(message: dict[str, Any]) -> None:
        if message["type"] == "http.response.start":
            answer.status, answer.headers = message["status"], dict(message["headers"])
        else:
            answer.body += message.get("body", b"")

    async def run() -> None:
        application = Application(role, pulses)
        scope = {
            "type": "http", "method": method, "path": path, "raw_path": path.encode(), "scheme": "http",
            "query_string": query, "headers": list(headers), "http_version": "1.1", "root_path": "",
        }  # fmt: skip
        try:
            await application(scope, receive, send)
        finally:
            application.close()

    asyncio.run(run())
    return answer
