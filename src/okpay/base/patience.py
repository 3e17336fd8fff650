"""An end to a call, also with a server that sends one byte now and then and so never times out."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Iterator


class Patience:
    """Cuts the connections that it watches when its time is up; reads on them then end as if the server had gone."""

    def __init__(self) -> None:
        self.is_over = False
        self._watched: list[socket.socket] = []
        self._lock = threading.Lock()

    def watch(self, connected: socket.socket) -> None:
        """Watch a connection.

        Raises: TimeoutError when the time is up already.
        """
        # A socket of its own on the same connection: it can be cut while TLS reads on the other.
        copy = socket.socket(fileno=socket.dup(connected.fileno()))
        with self._lock:
            self._watched.append(copy)
            over = self.is_over
        if over:
            raise TimeoutError

    def _cut(self) -> None:
        with self._lock:
            self.is_over = True
            for watched in self._watched:
                with contextlib.suppress(OSError):
                    watched.shutdown(socket.SHUT_RDWR)

    def _release(self) -> None:
        with self._lock:
            for watched in self._watched:
                watched.close()
            self._watched.clear()


@contextlib.contextmanager
def at_most(seconds: float) -> Iterator[Patience]:
    """Run the body with a patience that ends after `seconds`."""
    patience = Patience()
    timer = threading.Timer(seconds, patience._cut)
    timer.daemon = True
    timer.start()
    try:
        yield patience
    finally:
        timer.cancel()
        patience._release()
