"""Serve the program for the bench, as `okpay run` does it: `python -m bench.served PROCESSES`, until SIGTERM.

It prints the port once it answers. Background work is not running: what is measured ends with the outbox.
"""

from __future__ import annotations

import contextlib
import signal
import socket
import sys

from okpay.config.processes import serve_in_processes
from okpay.config.serving import serve

ROLE = "web"


def main(argv: list[str]) -> None:
    """Serve on a free port."""
    processes = int(argv[0])
    signal.signal(signal.SIGTERM, _stop)
    with (
        socket.create_server(("127.0.0.1", 0), backlog=2048) as listener,
        contextlib.suppress(KeyboardInterrupt),
    ):
        port = listener.getsockname()[1]

        def ready() -> None:
            print(port, flush=True)

        if processes == 1:
            serve(listener=listener, role=ROLE, certificate=None, ready=ready)
        else:
            serve_in_processes(listener=listener, roles=[ROLE] * processes, certificate=None, ready=ready)


def _stop(signum: int, frame: object) -> None:
    raise KeyboardInterrupt


if __name__ == "__main__":
    main(sys.argv[1:])
