"""Serve mail and HTTP from one process until it is told to stop, or whoever started it is gone."""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import os
import signal
import socket
import stat
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import FrameType

import uvicorn

from okpay_sandbox.acquirer.acquiring import Acquirer
from okpay_sandbox.acquirer.store import Store
from okpay_sandbox.application import create_application
from okpay_sandbox.inbox.changes import Changes
from okpay_sandbox.inbox.store import Inbox
from okpay_sandbox.switches import Switches
from okpay_sandbox.wire.acquirer.hooks import Hooks
from okpay_sandbox.wire.connections import DroppableProtocol
from okpay_sandbox.wire.receipts import Receipts
from okpay_sandbox.wire.smtp import serve_mail

HOST = "127.0.0.1"
STOP_SECONDS = 2
LOCK_SECONDS = 5.0


class CannotServe(Exception):
    """The sandbox cannot start; the message is one sentence."""


@dataclass(frozen=True)
class Plan:
    """What to serve, and where."""

    port: int
    smtp_port: int
    data: Path
    wallet_url: str
    sms_key: str
    acquirer_key: str
    webhook_url: str = ""
    """Where events go; empty: nowhere."""
    webhook_secret: str = ""


def serve(plan: Plan, ready: Callable[[int, int], None]) -> None:
    """Serve until SIGINT, SIGTERM, or the end of a pipe on standard input.

    Args:
        plan: What to serve; a port of 0 is a free one.
        ready: Called with the ports of HTTP and SMTP when both answer.

    Raises:
        CannotServe: A port or the folder is in use.
    """
    with _bound(plan.port) as http, _bound(plan.smtp_port) as smtp, _held(plan.data):
        asyncio.run(_serve(plan, http, smtp, ready))


async def _serve(
    plan: Plan, http: socket.socket, smtp: socket.socket, ready: Callable[[int, int], None]
) -> None:
    inbox = Inbox(plan.data)
    switches = Switches(inbox.changes)
    acquirer = Acquirer(Store(plan.data, inbox.changes), plan.data)
    application = create_application(
        inbox=inbox,
        switches=switches,
        receipts=Receipts(plan.data),
        acquirer=acquirer,
        sms_key=plan.sms_key,
        acquirer_key=plan.acquirer_key,
        wallet_url=plan.wallet_url,
    )
    config = uvicorn.Config(
        application,
        http=DroppableProtocol,
        loop="asyncio",
        ws="none",
        lifespan="off",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        timeout_graceful_shutdown=STOP_SECONDS,
    )
    server = _Server(config, inbox.changes, lambda: ready(http.getsockname()[1], smtp.getsockname()[1]))
    _watch_parent(server, asyncio.get_running_loop())
    mail = await serve_mail(smtp, inbox, switches)
    hooks = asyncio.create_task(Hooks(acquirer, plan.webhook_url, plan.webhook_secret).run())
    try:
        await server.serve(sockets=[http])
    finally:
        mail.close()
        hooks.cancel()


class _Server(uvicorn.Server):
    """uvicorn, which says when it is ready and ends the streams of live events before it waits for them."""

    def __init__(self, config: uvicorn.Config, changes: Changes, ready: Callable[[], None]) -> None:
        super().__init__(config)
        self._changes = changes
        self._ready = ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            self._ready()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._changes.close()
        await super().shutdown(sockets)

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        # uvicorn would raise the signal again afterwards: being asked to stop is no failure here.
        self.should_exit = True


def _watch_parent(server: uvicorn.Server, loop: asyncio.AbstractEventLoop) -> None:
    """Stop when the pipe on standard input ends: then whoever started us is gone, however that came about."""
    try:
        is_pipe = stat.S_ISFIFO(os.fstat(sys.stdin.fileno()).st_mode)
    except (OSError, ValueError, AttributeError):
        return
    if not is_pipe:
        return

    def stop() -> None:
        server.should_exit = True

    def wait() -> None:
        while os.read(sys.stdin.fileno(), 4096):
            pass
        # The loop may have ended before.
        with contextlib.suppress(RuntimeError):
            loop.call_soon_threadsafe(stop)

    threading.Thread(target=wait, name="parent", daemon=True).start()


@contextmanager
def _bound(port: int) -> Iterator[socket.socket]:
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    with listener:
        try:
            listener.bind((HOST, port))
        except (OSError, OverflowError) as error:
            raise CannotServe(f"Port {port} of {HOST} is taken or cannot be used.") from error
        yield listener


@contextmanager
def _held(folder: Path) -> Iterator[None]:
    """Hold the folder for this process alone; one that is just ending is waited for."""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        lock = os.open(folder / "in-use.lock", os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        raise CannotServe(f"The folder {folder} cannot be used: {error.strerror}.") from error
    try:
        waiting = threading.Event()
        for _ in range(int(LOCK_SECONDS * 20)):
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                waiting.wait(0.05)
        else:
            raise CannotServe(f"Another sandbox has its messages in {folder}.")
        yield
    finally:
        os.close(lock)


def default_signals() -> None:
    """Take SIGINT also where a shell started us with it ignored."""
    signal.signal(signal.SIGINT, signal.default_int_handler)
