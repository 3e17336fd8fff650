"""The files that say what a proof found, and on what machine."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from bench.machine import machine

FOLDER = Path(__file__).resolve().parent / "results"
MOST_MISSES = 100


def write(
    path: Path,
    *,
    seed: int,
    begun: float,
    counts: Mapping[str, Any],
    misses: Sequence[str],
    database_url: str,
) -> None:
    """Write a proof's result as JSON.

    Args:
        path: Where; committed ones lie in `prove/results/NAME.json`.
        seed: What the run can be repeated from.
        begun: `time.monotonic()` at its start.
        counts: What was done.
        misses: A sentence for everything that was not as promised; empty is the aim.
        database_url: The server that it ran on, asked for its version.
    """
    content = {
        "proof": path.stem,
        "finished_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "duration_seconds": round(time.monotonic() - begun),
        "seed": seed,
        "machine": machine(database_url),
        "counts": dict(counts),
        "misses": list(misses[:MOST_MISSES]),
        "misses_in_all": len(misses),
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(content, indent=2, ensure_ascii=False) + "\n")
