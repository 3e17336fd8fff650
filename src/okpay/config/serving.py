"""Serve one role in this process until it is told to stop."""

from __future__ import annotations

import gc
import socket
import threading
from collections.abc import Callable
from pathlib import Path

import django
import uvicorn

from okpay.config.asgi import create_application
from okpay.config.connections import guarded_protocol
from okpay.config.worker import Pulse

STOP_SECONDS = 5
_NEW_OBJECTS = 20_000
"""How many may be made before Python looks for cycles among them: a batch makes thousands that go by themselves."""


def serve(
    *,
    listener: socket.socket | None,
    role: str,
    certificate: tuple[Path, Path] | None,
    ready: Callable[[], None],
) -> None:
    """Serve until SIGINT or SIGTERM, which arrive as KeyboardInterrupt once everything here has ended.

    Args:
        listener: A bound socket; None for a worker that nobody asks how it is.
        role: `all`, `web`, `api` or `worker`.
        certificate: The files of a certificate and its key, for HTTPS.
        ready: Called when requests are answered.
    """
    django.setup()
    from okpay.config.wiring import worker_loops
    from okpay.config.worker import Worker

    worker = Worker(worker_loops() if role in ("all", "worker") else [])
    worker.start()
    _settle_garbage()
    try:
        if listener is None:
            ready()
            _wait()
        else:
            _serve_http(listener, role, certificate, ready, worker.pulses)
    finally:
        worker.stop()


def _settle_garbage() -> None:
    """Keep what was loaded out of every search for cycles, and search less often."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(_NEW_OBJECTS, 20, 50)


def _wait() -> None:
    never = threading.Event()
    # In small pieces: a wait without end would not let every system's signals through.
    while not never.wait(1):
        pass


def _serve_http(
    listener: socket.socket,
    role: str,
    certificate: tuple[Path, Path] | None,
    ready: Callable[[], None],
    pulses: Callable[[], dict[str, Pulse]],
) -> None:
    class Server(uvicorn.Server):
        async def startup(self, sockets: list[socket.socket] | None = None) -> None:
            await super().startup(sockets)
            if self.started:
                ready()

    Server(http_config(role, certificate=certificate, pulses=pulses)).run(sockets=[listener])


def http_config(
    role: str,
    *,
    certificate: tuple[Path, Path] | None = None,
    pulses: Callable[[], dict[str, Pulse]] | None = None,
) -> uvicorn.Config:
    """Return how the application of a role is served over HTTP."""
    from django.conf import settings

    return uvicorn.Config(
        create_application(role, pulses=pulses),
        http=guarded_protocol(),
        ws="none",
        lifespan="on",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=settings.BEHIND_PROXY,
        forwarded_allow_ips="127.0.0.1",
        timeout_graceful_shutdown=STOP_SECONDS,
        timeout_keep_alive=15,
        ssl_certfile=certificate[0] if certificate else None,
        ssl_keyfile=str(certificate[1]) if certificate else None,
    )
