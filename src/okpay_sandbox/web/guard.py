"""What stands before every address: our own host names, our own forms, strict headers, a log without names."""

from __future__ import annotations

import logging
import time
from collections.abc import Awaitable, Callable, MutableMapping
from http import HTTPStatus
from typing import Any

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

_log = logging.getLogger("okpay_sandbox.access")

HOST = "127.0.0.1"
"""Beside the wallet's `localhost`: cookies belong to a host name and ignore the port."""
OTHER_NAMES = ("localhost", "[::1]")
SAFE = ("GET", "HEAD")
POLICY = "default-src 'self'; base-uri 'none'; object-src 'none'; form-action 'self'; frame-ancestors 'none'"
HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-Robots-Tag": "noindex",
    "Cache-Control": "no-store",
}


class Guard:
    """Lets through what the browser of somebody on this machine asks of our own pages, and programs."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, or hand it on."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started = time.monotonic()
        status = 0

        async def guarded(message: MutableMapping[str, Any]) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        answer = _refusal(scope)
        target: Callable[[Scope, Receive, Send], Awaitable[None]] = self._app if answer is None else answer
        try:
            await target(scope, receive, guarded)
        finally:
            _access(scope, status, started)


def _refusal(scope: Scope) -> Response | None:
    headers = Headers(scope=scope)
    host = headers.get("host", "")
    name, _, port = host.rpartition(":") if not host.endswith("]") and ":" in host else (host, "", "")
    if name not in (HOST, *OTHER_NAMES):
        # Otherwise a page elsewhere could point a name of its own here, and read codes.
        return PlainTextResponse("This host name is not served here.\n", HTTPStatus.BAD_REQUEST)
    origin = headers.get("origin")
    if scope["method"] not in SAFE and origin is not None and origin != f"http://{host}":
        return PlainTextResponse("This came from another page.\n", HTTPStatus.FORBIDDEN)
    if name != HOST and scope["method"] in SAFE and _is_page(scope["path"]):
        where = f"http://{HOST}{':' if port else ''}{port}{scope['raw_path'].decode('latin-1')}"
        query = scope["query_string"].decode("latin-1")
        return RedirectResponse(f"{where}?{query}" if query else where)
    return None


def _is_page(path: str) -> bool:
    return not path.startswith(("/sms/", "/control/", "/health/", "/v1/"))


def _access(scope: Scope, status: int, started: float) -> None:
    # The route and not the path, which holds addresses of people.
    route = getattr(scope.get("route"), "path", "")
    milliseconds = round((time.monotonic() - started) * 1000, 1)
    extra = {"method": scope["method"], "route": route, "status": status, "ms": milliseconds}
    _log.info("request", extra=extra)
