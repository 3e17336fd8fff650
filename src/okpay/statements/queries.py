"""The papers of this room. Making one writes nothing, and is bounded in time and in number."""

from __future__ import annotations

from threading import BoundedSemaphore

from okpay.base.errors import Unavailable
from okpay.statements import rendering
from okpay.statements.records import Receipt, ReceiptWords

AT_ONCE = 2
"""Papers that are set at the same moment in one process; setting one takes a core for some 40 ms."""
PATIENCE_SECONDS = 5.0
"""How long a reader waits for their turn."""

_turns = BoundedSemaphore(AT_ONCE)


def receipt_pdf(receipt: Receipt, words: ReceiptWords) -> bytes:
    """Return a receipt as PDF, A4, tagged, with its fonts inside; the same bytes for the same receipt.

    Raises: Unavailable `overloaded` when too many ask at once.
    """
    if not _turns.acquire(timeout=PATIENCE_SECONDS):
        raise Unavailable("overloaded", retry_after_seconds=2)
    try:
        return rendering.receipt_pdf(receipt, words)
    finally:
        _turns.release()
