"""Background loops, each on a thread of its own: they go on after any failure, with growing pauses."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from django.db import connection

_log = logging.getLogger(__name__)

FIRST_PAUSE_SECONDS = 1.0
LONGEST_PAUSE_SECONDS = 60.0


@dataclass(frozen=True)
class Loop:
    """Work that comes in rounds: `step` does one and returns how much it did; after nothing it rests."""

    name: str
    step: Callable[[], int]
    idle_seconds: float


class Worker:
    """Runs loops until it is stopped."""

    def __init__(self, loops: Sequence[Loop], *, first_pause_seconds: float = FIRST_PAUSE_SECONDS) -> None:
        self._stopping = threading.Event()
        self._first_pause = first_pause_seconds
        self._threads = [
            threading.Thread(target=self._run, args=(loop,), name=loop.name, daemon=True) for loop in loops
        ]

    def start(self) -> None:
        """Start every loop."""
        for thread in self._threads:
            thread.start()

    def stop(self, timeout_seconds: float = 10) -> bool:
        """Let every loop end its round; tell whether all did so in time."""
        self._stopping.set()
        for thread in self._threads:
            thread.join(timeout_seconds)
        return not any(thread.is_alive() for thread in self._threads)

    def _run(self, loop: Loop) -> None:
        pause = self._first_pause
        while not self._stopping.is_set():
            try:
                connection.close_if_unusable_or_obsolete()
                done = loop.step()
            except Exception as error:
                _log.error("a loop failed", exc_info=error, extra={"loop": loop.name, "pause_seconds": pause})
                connection.close()
                self._stopping.wait(pause)
                pause = min(pause * 2, LONGEST_PAUSE_SECONDS)
            else:
                pause = self._first_pause
                if not done:
                    self._stopping.wait(loop.idle_seconds)
        connection.close()
