"""One role of the program, to be killed: `python -m prove.serving web|worker PORT`. What it serves is what ships."""

from __future__ import annotations

import socket
import sys

from okpay.config.serving import serve


def main(argv: list[str]) -> int:
    """Serve until killed, or until SIGINT."""
    role, port = argv[0], int(argv[1])
    listener = None
    if role == "web":
        listener = socket.create_server(("127.0.0.1", port), backlog=128)
    try:
        serve(listener=listener, role=role, certificate=None, ready=lambda: None)
    except KeyboardInterrupt:
        return 0
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
