"""A line for each step and the time it took. Standard library only."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TextIO


class Progress:
    """Shows steps: on a terminal the running one too, elsewhere one plain line when each is over."""

    def __init__(self, stream: TextIO | None = None) -> None:
        self._stream = stream or sys.stdout
        self._live = self._stream.isatty()
        unicode = "utf" in (self._stream.encoding or "").lower()
        self._done, self._failed, self._running = ("✓", "✗", "…") if unicode else ("ok", "!!", "..")

    @contextmanager
    def step(self, title: str) -> Iterator[None]:
        """Show a step while it runs, and how long it took."""
        started = time.monotonic()
        if self._live:
            self._write(f"  {self._running} {title}")
        try:
            yield
        except BaseException:
            self._end(self._failed, title, started)
            raise
        self._end(self._done, title, started)

    def result(self, title: str, *, good: bool, seconds: float) -> None:
        """Show a step that is over."""
        self._line(self._done if good else self._failed, title, seconds)

    def note(self, sentence: str) -> None:
        """Show a sentence of its own."""
        self._write(f"{sentence}\n")

    def _end(self, mark: str, title: str, started: float) -> None:
        if self._live:
            self._write("\r\x1b[K")
        self._line(mark, title, time.monotonic() - started)

    def _line(self, mark: str, title: str, seconds: float) -> None:
        self._write(f"  {mark} {title:<44} {seconds:6.1f} s\n")

    def _write(self, text: str) -> None:
        self._stream.write(text)
        self._stream.flush()
