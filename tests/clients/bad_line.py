"""A line to the API that breaks as a test tells it to: before a request, after it, or in the middle of the answer."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from enum import Enum, auto


class Fault(Enum):
    """What becomes of one request."""

    NONE = auto()
    CUT_BEFORE = auto()
    """It never arrives."""
    CUT_AFTER = auto()
    """It is done, and its answer is lost."""
    CUT_WITHIN = auto()
    """It is done, and half of its answer comes."""
    BUSY = auto()
    """Somebody on the way answers 503, and when to come back."""
    GATEWAY = auto()
    """Somebody on the way answers 502, with a page."""


_ANSWERS = {
    Fault.BUSY: (
        b"HTTP/1.1 503 Busy\r\nretry-after: 1\r\ncontent-length: 34\r\nconnection: close\r\n\r\n"
        b'{"code":"overloaded","status":503}'
    ),
    Fault.GATEWAY: b"HTTP/1.1 502 Bad\r\ncontent-length: 6\r\nconnection: close\r\n\r\n<html>",
}


class BadLine:
    """Takes one request for each connection, and does to it what is next in the list."""

    def __init__(self, port: int, faults: list[Fault]) -> None:
        self._target = port
        self._faults = faults
        self.requests: list[bytes] = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://localhost:{self._listener.getsockname()[1]}"
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def keys(self) -> list[str]:
        """Return the idempotency keys that came, in order."""
        lines = [line for request in self.requests for line in request.decode("latin-1").split("\r\n")]
        return [line.split(": ")[1] for line in lines if line.lower().startswith("idempotency-key:")]

    def close(self) -> None:
        """Stop listening."""
        # Closing alone does not wake who waits in accept().
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._thread.join(5)

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            with connection:
                self._answer(connection)

    def _answer(self, connection: socket.socket) -> None:
        request = _whole(connection)
        if not request:
            return
        self.requests.append(request)
        fault = self._faults.pop(0) if self._faults else Fault.NONE
        if fault in _ANSWERS:
            connection.sendall(_ANSWERS[fault])
        if fault is Fault.CUT_BEFORE or fault in _ANSWERS:
            return
        with socket.create_connection(("127.0.0.1", self._target)) as api:
            head, _, body = request.partition(b"\r\n\r\n")
            api.sendall(head + b"\r\nconnection: close\r\n\r\n" + body)
            answer = b""
            while part := api.recv(65536):
                answer += part
        if fault is Fault.CUT_WITHIN:
            answer = answer[: len(answer) - 40]
        if fault is not Fault.CUT_AFTER:
            connection.sendall(answer)


def _whole(connection: socket.socket) -> bytes:
    found = b""
    while b"\r\n\r\n" not in found:
        part = connection.recv(65536)
        if not part:
            return b""
        found += part
    head, _, body = found.partition(b"\r\n\r\n")
    lengths = [
        line.split(b":")[1] for line in head.lower().split(b"\r\n") if line.startswith(b"content-length")
    ]
    while lengths and len(body) < int(lengths[0]):
        body += connection.recv(65536)
    return head + b"\r\n\r\n" + body


@contextmanager
def bad_line(port: int, *faults: Fault) -> Iterator[BadLine]:
    """Open a line with faults for its first requests."""
    found = BadLine(port, list(faults))
    yield found
    found.close()
