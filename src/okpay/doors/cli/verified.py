"""Print what a verification does and finds, for every command that verifies something."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from okpay.ledger.records import Report

Progress = Callable[[str, int, int], None]


def print_verified(verify: Callable[[Progress], Report]) -> bool:
    """Run a verification with progress, name the first row of each kind that is wrong, and tell whether none is."""
    started = time.monotonic()
    live = sys.stdout.isatty()

    def progress(check: str, done: int, total: int) -> None:
        if live:
            print(f"\r\x1b[K  {check}: {done:,} of {total:,}", end="", flush=True)
        if done >= total:
            print(f"{chr(13) + chr(27) + '[K' if live else ''}  {check}: {total:,} of {total:,}")

    report = verify(progress)
    rows = ", ".join(f"{name} {count:,}" for name, count in report.counts.items())
    print(f"Verified in {time.monotonic() - started:.1f} s: {rows}.")
    for problem in report.problems:
        print(f"WRONG ({problem.check}): {problem.row} {problem.detail}")
    return report.clean
