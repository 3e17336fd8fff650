"""How a proof says how far it is."""

from __future__ import annotations

import sys
import time

_SHOWN_EVERY_SECONDS = 1.0


class Say:
    """One line of progress, written over on a terminal; into a file, a line a second at most."""

    _shown = 0.0

    def __call__(self, text: str) -> None:
        if sys.stderr.isatty():
            print(f"\r\033[K  {text}", end="", file=sys.stderr, flush=True)
        elif time.monotonic() - self._shown > _SHOWN_EVERY_SECONDS:
            self._shown = time.monotonic()
            print(f"  {text}", file=sys.stderr, flush=True)
