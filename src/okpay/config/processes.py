"""Several processes behind one address: each accepts from the same socket, and one that dies is started again.

Python runs one thread at a time in a process; a second process is how a program uses a second core.
"""

from __future__ import annotations

import contextlib
import logging
import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from okpay.config.serving import STOP_SECONDS

_log = logging.getLogger(__name__)

LOOK_SECONDS = 0.2
SHORTEST_LIFE_SECONDS = 5.0
"""What lives shorter is not started again at once: it would only die again."""
_KILL_AFTER_SECONDS = STOP_SECONDS + 20


@dataclass(slots=True)
class _Child:
    number: int
    role: str
    process: subprocess.Popen[bytes]
    started_at: float
    ready: int
    """The end of a pipe on which it says that it answers; -1 when it has."""
    life: int
    """The end of a pipe that breaks when this process is gone: the child ends then, too."""


def serve_in_processes(
    *,
    listener: socket.socket | None,
    roles: Sequence[str],
    certificate: tuple[Path, Path] | None,
    ready: Callable[[], None],
) -> None:
    """Serve each role in a process of its own until SIGINT or SIGTERM, which arrive as KeyboardInterrupt.

    Args:
        listener: A bound socket, which all but workers accept from.
        roles: One for each process: `web`, `api` or `worker`.
        certificate: The files of a certificate and its key, for HTTPS.
        ready: Called when all of them answer.
    """
    if listener is not None:
        listener.listen(2048)
    children = [_start(number, role, listener, certificate) for number, role in enumerate(roles, 1)]
    is_told = False
    try:
        while True:
            time.sleep(LOOK_SECONDS)
            for place, child in enumerate(children):
                if child.process.poll() is not None:
                    children[place] = _again(child, listener, certificate)
            if not is_told and all(_is_ready(child) for child in children):
                is_told = True
                ready()
    finally:
        _stop(children)


def _start(
    number: int, role: str, listener: socket.socket | None, certificate: tuple[Path, Path] | None
) -> _Child:
    reading, writing = os.pipe()
    os.set_blocking(reading, False)
    watched, life = os.pipe()
    is_heard = listener is not None and role != "worker"
    fd = listener.fileno() if listener is not None and is_heard else -1
    files = [str(path) for path in certificate or ()]
    environment = dict(os.environ)
    if environment.get("OKPAY_LOG") and number > 1:
        # A file each: two processes cannot turn over one.
        path = Path(environment["OKPAY_LOG"])
        environment["OKPAY_LOG"] = str(path.with_name(f"{path.stem}-{number}{path.suffix}"))
    process = subprocess.Popen(
        [
            sys.executable,
            "-m",
            "okpay.config.child_process",
            role,
            str(fd),
            str(writing),
            str(watched),
            *files,
        ],
        pass_fds=[writing, watched, *([fd] if is_heard else ())],
        env=environment,
        # Ctrl-C in a terminal reaches the whole group: the parent alone decides how they end.
        start_new_session=True,
    )
    os.close(writing)
    os.close(watched)
    return _Child(number, role, process, time.monotonic(), reading, life)


def _again(child: _Child, listener: socket.socket | None, certificate: tuple[Path, Path] | None) -> _Child:
    _log.error(
        "a process ended by itself and is started again", extra={"state": str(child.process.returncode)}
    )
    _forget(child)
    if time.monotonic() - child.started_at < SHORTEST_LIFE_SECONDS:
        time.sleep(1)
    return _start(child.number, child.role, listener, certificate)


def _is_ready(child: _Child) -> bool:
    if child.ready < 0:
        return True
    with contextlib.suppress(BlockingIOError):
        if os.read(child.ready, 1):
            os.close(child.ready)
            child.ready = -1
            return True
    return False


def _stop(children: Sequence[_Child]) -> None:
    for child in children:
        child.process.terminate()
    deadline = time.monotonic() + _KILL_AFTER_SECONDS
    for child in children:
        try:
            child.process.wait(max(0.1, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            child.process.kill()
            child.process.wait()
        _forget(child)


def _forget(child: _Child) -> None:
    os.close(child.life)
    if child.ready >= 0:
        os.close(child.ready)
