"""The banner that every page shows during maintenance."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass
from datetime import datetime

from django.db import Error
from django.utils.translation import get_language

from okpay.base import clock
from okpay.ledger import queries as ledger
from okpay.ledger.records import Maintenance

CACHE_SECONDS = 1.0
"""How long a process keeps what it read: public pages otherwise ask the database nothing."""


@dataclass(frozen=True)
class Banner:
    """What a page says of the maintenance: until when, and the operator's words with the language they are in."""

    until: datetime | None
    is_late: bool
    message: str
    message_tag: str


class _Board:
    """Reads what is announced, once a second at most; while one thread reads, the others show what was read before."""

    def __init__(self) -> None:
        self._reading = threading.Lock()
        self._read_at = float("-inf")
        self._found: tuple[Maintenance, bool] | None = None

    def read(self) -> tuple[Maintenance, bool] | None:
        """Return the maintenance, and whether it lasts longer than announced; None when there is none."""
        if time.monotonic() - self._read_at > CACHE_SECONDS and self._reading.acquire(blocking=False):
            try:
                self._found = _ask()
            except Error:
                # The page stands without a banner, or with the one that was true a moment ago.
                pass
            finally:
                self._read_at = time.monotonic()
                self._reading.release()
        return self._found


_board = _Board()


def banner() -> Banner | None:
    """Return what pages say of the present maintenance in the reader's language, or None."""
    found = _board.read()
    if found is None:
        return None
    maintenance, is_late = found
    in_chinese, in_english = (maintenance.message_zh, "zh-Hans"), (maintenance.message, "en")
    reads_chinese = (get_language() or "en").startswith("zh")
    # Words in the other language are better than none.
    order = (in_chinese, in_english) if reads_chinese else (in_english, in_chinese)
    message, tag = next((words for words in order if words[0]), ("", ""))
    return Banner(maintenance.until, is_late, message, tag)


def _ask() -> tuple[Maintenance, bool] | None:
    maintenance = ledger.maintenance()
    if maintenance is None:
        return None
    return maintenance, maintenance.until is not None and maintenance.is_late(clock.now())
