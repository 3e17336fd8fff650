"""The one application that is served: health, limits, the API, and pages in threads. See docs/decisions/0003."""

from __future__ import annotations

import logging
import os
import time
from collections.abc import Callable
from typing import Any

import django
from a2wsgi import WSGIMiddleware
from django.conf import settings
from django.core.wsgi import get_wsgi_application

from okpay.base.batching import close_process_batcher
from okpay.base.loop_batching import close_loop_batcher
from okpay.config.access import AccessLog
from okpay.config.answers import is_for_programs, send_refusal, send_text
from okpay.config.health import Health
from okpay.config.limits import BUSY, Refused, check_head, read_body
from okpay.config.live import Live
from okpay.config.tracing import HEADER, Trace, traced
from okpay.config.worker import Pulse

_access = logging.getLogger("okpay.access")

_BODILESS = frozenset({"GET", "HEAD"})
"""What brings no body that anybody reads: uvicorn throws it away."""

PAGE_THREADS = 16
"""Each keeps a database connection: see `PER_PROCESS` in `doors/cli/database.py`."""

PAGES_AT_ONCE = 256
"""How many may wait for a thread; who comes later hears so at once instead of waiting in vain."""


class Application:
    """Answers everything on the one port."""

    def __init__(self, role: str, pulses: Callable[[], dict[str, Pulse]] | None = None) -> None:
        self._health = Health(pulses) if pulses else Health()
        self._live_streams = Live()
        self._programs = AccessLog()
        self._asked = 0
        self._api: Any = self._make_api() if role in ("all", "web", "api") else None
        self._pages: Any = None
        if role in ("all", "web"):
            wsgi: Any = get_wsgi_application()
            self._pages = WSGIMiddleware(wsgi, workers=PAGE_THREADS)

    @staticmethod
    def _make_api() -> Any:
        # Here: the rooms' tables can be imported once Django is set up.
        from okpay.doors.api.application import Api
        from okpay.doors.web.receipts import receipt_in

        return Api(
            origin=settings.ORIGIN,
            is_live=settings.MODE == "production",
            per_second=settings.API_RATE,
            make_receipt=receipt_in,
        )

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        if scope["type"] == "lifespan":
            await self._live(receive, send)
        elif scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1000})
        else:
            await self._answer(scope, receive, send)

    def close(self) -> None:
        """Let the threads go."""
        self._health.close()
        self._live_streams.close()
        self._programs.close()
        if self._api is not None:
            self._api.close()
        if self._pages is not None:
            self._pages.executor.shutdown(wait=False, cancel_futures=True)
        close_process_batcher()

    async def _live(self, receive: Any, send: Any) -> None:
        await receive()
        await send({"type": "lifespan.startup.complete"})
        await receive()
        await close_loop_batcher()
        self.close()
        await send({"type": "lifespan.shutdown.complete"})

    async def _answer(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        with traced(scope["path"]) as trace:
            await self._answer_traced(trace, scope, receive, send)

    async def _answer_traced(self, trace: Trace, scope: dict[str, Any], receive: Any, send: Any) -> None:
        started = time.monotonic()
        status = 0

        async def watched(message: dict[str, Any]) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message = {**message, "headers": [*message["headers"], (HEADER, trace.id.encode())]}
            await send(message)

        try:
            # Asked by address, from machines that know no host name of ours.
            if scope["path"].startswith("/health/"):
                await self._health.answer(scope["path"], watched)
                return
            if self._api is not None and is_for_programs(scope["path"]):
                await self._program(trace, scope, receive, watched)
                return
            await self._page(scope, receive, watched)
        except Refused as refused:
            await send_refusal(watched, refused.refusal)
        finally:
            ms = round((time.monotonic() - started) * 1000, 1)
            if trace.route.startswith("/v1"):
                self._programs.note(trace.id, scope["method"], trace.route, status, ms)
            else:
                about = {"method": scope["method"], "path": trace.shown_path, "status": status, "ms": ms}
                _access.info("request", extra=about)

    async def _program(self, trace: Trace, scope: dict[str, Any], receive: Any, send: Any) -> None:
        """Hand a program's request to the API, and its refusals in the form that programs read."""
        try:
            check_head(scope, settings.ALLOWED_HOSTS)
            body = b"" if scope["method"] in _BODILESS else await read_body(scope, receive)
        except Refused as refused:
            trace.route = "/v1"
            await self._api.refuse(send, refused.refusal.code, trace.id)
            return
        if body is not None:
            trace.route = await self._api.answer(scope, body, send, trace.id) or trace.route

    async def _page(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        check_head(scope, settings.ALLOWED_HOSTS)
        if self._pages is None:
            await send_text(send, 404, "not found")
            return
        if scope["path"] == "/live" and scope["method"] == "GET":
            await self._live_streams.answer(scope, receive, send)
            return
        body = await read_body(scope, receive)
        if body is None:
            return
        # WSGI reads `x_forwarded_proto` as `x-forwarded-proto`: nobody but a proxy of ours may send that.
        headers = [(name, value) for name, value in scope["headers"] if b"_" not in name]
        headers = [(name, value) for name, value in headers if name != b"transfer-encoding"]
        if not any(name == b"content-length" for name, _ in headers):
            headers.append((b"content-length", str(len(body)).encode()))
        if self._asked >= PAGES_AT_ONCE:
            raise Refused(BUSY)
        self._asked += 1
        try:
            await self._pages({**scope, "headers": headers}, _replay(body, receive), send)
        finally:
            self._asked -= 1


def _replay(body: bytes, receive: Any) -> Any:
    sent = False

    async def again() -> Any:
        nonlocal sent
        if sent:
            return await receive()
        sent = True
        return {"type": "http.request", "body": body, "more_body": False}

    return again


def create_application(
    role: str = "all", *, pulses: Callable[[], dict[str, Pulse]] | None = None
) -> Application:
    """Return the application for one role of `okpay run`; `pulses` tells how this process's loops are."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "okpay.config.settings")
    django.setup()
    return Application(role, pulses)
