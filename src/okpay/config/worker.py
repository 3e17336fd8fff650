"""Background loops, each on a thread of its own: they go on after any failure, with growing pauses."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from django.db import InterfaceError, OperationalError, connection

_log = logging.getLogger(__name__)

FIRST_PAUSE_SECONDS = 1.0
LONGEST_PAUSE_SECONDS = 60.0
LONGEST_PAUSE_WITHOUT_DATABASE_SECONDS = 5.0
"""All loops fail when the database is away, and none of them by its own fault: they look for it often."""
LATE_SECONDS = 120.0
"""A round that takes this long, or fails for this long, is not one: a call outside ends within 20 seconds."""


class Pulse(StrEnum):
    """How a loop is."""

    OK = "ok"
    LATE = "late"
    """No round has ended well for longer than it rests between two: it hangs, or fails again and again."""
    STOPPED = "stopped"


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
        self._loops = {loop.name: loop for loop in loops}
        self._round_ended_at: dict[str, float] = {}
        self._threads = [
            threading.Thread(target=self._run, args=(loop,), name=loop.name, daemon=True) for loop in loops
        ]

    def start(self) -> None:
        """Start every loop."""
        # The first round has as long as every other.
        self._round_ended_at = dict.fromkeys(self._loops, time.monotonic())
        for thread in self._threads:
            thread.start()

    def pulses(self) -> dict[str, Pulse]:
        """Return how each loop is, by name."""
        now = time.monotonic()
        return {thread.name: self._pulse(thread, now) for thread in self._threads}

    def stop(self, timeout_seconds: float = 10) -> bool:
        """Let every loop end its round; tell whether all did so in time."""
        self._stopping.set()
        for thread in self._threads:
            thread.join(timeout_seconds)
        return not any(thread.is_alive() for thread in self._threads)

    def _pulse(self, thread: threading.Thread, now: float) -> Pulse:
        if not thread.is_alive():
            return Pulse.STOPPED
        patience = self._loops[thread.name].idle_seconds + LATE_SECONDS
        return Pulse.OK if now - self._round_ended_at[thread.name] <= patience else Pulse.LATE

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
                is_away = isinstance(error, OperationalError | InterfaceError)
                longest = LONGEST_PAUSE_WITHOUT_DATABASE_SECONDS if is_away else LONGEST_PAUSE_SECONDS
                pause = min(pause * 2, longest)
            else:
                self._round_ended_at[loop.name] = time.monotonic()
                pause = self._first_pause
                if not done:
                    self._stopping.wait(loop.idle_seconds)
        connection.close()
