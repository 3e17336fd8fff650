"""One of several processes: `python -m okpay.config.child_process ROLE LISTENER READY LIFE [CERTIFICATE KEY]`.

The numbers are file descriptors that the parent hands on: the bound socket (-1 for a worker), a pipe on which this
process says that it answers, and one that breaks when the parent is gone.
"""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import sys
import threading
from collections.abc import Sequence
from pathlib import Path


def main(arguments: Sequence[str]) -> None:
    """Serve until SIGTERM, or until the parent is gone."""
    role, (fd, writing, watched) = arguments[0], map(int, arguments[1:4])
    certificate = (Path(arguments[4]), Path(arguments[5])) if len(arguments) > 4 else None
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, _as_interrupt)
    with contextlib.suppress(KeyboardInterrupt):
        threading.Thread(target=_end_with_parent, args=(watched,), name="parent", daemon=True).start()
        # Loading the program takes seconds on a busy machine. An orphan must not hold the port so long.
        from okpay.config.serving import serve

        def ready() -> None:
            os.write(writing, b"1")
            os.close(writing)

        listener = socket.socket(fileno=fd) if fd >= 0 else None
        serve(listener=listener, role=role, certificate=certificate, ready=ready)


def _end_with_parent(watched: int) -> None:
    os.read(watched, 1)
    os.kill(os.getpid(), signal.SIGTERM)


def _as_interrupt(signum: int, frame: object) -> None:
    raise KeyboardInterrupt


if __name__ == "__main__":
    main(sys.argv[1:])
