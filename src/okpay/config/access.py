"""One line for each request of a program, in the same log and form as every other line, at a fraction of the cost.

A record of Python's logging costs more than the rest of a small request. These lines consist of nothing that could be
personal (the pattern of an address, a status, a time), so they need no redaction; they are collected and handed to the
log several times a second, and at once where something broke.
"""

from __future__ import annotations

import json
import logging
import threading
import time
from collections import deque
from contextlib import suppress

_log = logging.getLogger("okpay.access")

FLUSH_SECONDS = 0.25
MOST_LINES = 2_000


class AccessLog:
    """Collects lines and writes them from a thread of its own."""

    def __init__(self) -> None:
        # A deque: what one thread adds while another one empties it is not lost.
        self._lines: deque[str] = deque()
        self._stopping = threading.Event()
        self._second, self._stamp = 0, ""
        self._thread: threading.Thread | None = None

    def note(self, request: str, method: str, route: str, status: int, ms: float) -> None:
        """Note a request by its id, its method, the pattern of its address, the status and the time that it took."""
        now = time.time()
        second = int(now)
        if second != self._second:
            self._second, self._stamp = second, time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(second))
        self._lines.append(
            f'{{"at": "{self._stamp}.{int((now - second) * 1000):03d}+00:00", "level": "info",'
            f' "logger": "okpay.access", "message": "request", "request": "{request}", "method": {json.dumps(method)},'
            f' "path": "{route}", "status": {status}, "ms": {ms}}}'
        )
        if status >= 500 or len(self._lines) >= MOST_LINES:
            self.flush()
        elif self._thread is None:
            self._thread = threading.Thread(target=self._run, name="access log", daemon=True)
            self._thread.start()

    def flush(self) -> None:
        """Hand on what was collected."""
        lines: list[str] = []
        with suppress(IndexError):
            while True:
                lines.append(self._lines.popleft())
        if lines:
            _log.info("requests", extra={"lines": lines})

    def close(self) -> None:
        """Write what is left and stop."""
        self._stopping.set()
        if self._thread is not None:
            self._thread.join(2)
        self.flush()

    def _run(self) -> None:
        while not self._stopping.wait(FLUSH_SECONDS):
            self.flush()
