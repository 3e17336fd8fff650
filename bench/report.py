"""The table on the terminal, and the file that later runs are compared with."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

from bench.figures import Figure

RESULTS = Path(__file__).resolve().parent / "results"


def table(figures: dict[str, Figure]) -> str:
    """Return the figures as a table."""
    head = (
        "figure",
        "clients",
        "transfers/s",
        "lowest–highest",
        "p50 ms",
        "p99 ms",
        "× TPC-B",
        "WAL B",
        "disk B",
    )
    rows = [
        (
            name,
            str(figure.clients),
            f"{figure.per_second:,.0f}",
            f"{figure.lowest_per_second:,.0f}–{figure.highest_per_second:,.0f}",
            f"{figure.p50_ms:.2f}",
            f"{figure.p99_ms:.2f}",
            f"{figure.ratio_to_tpcb:.2f}" if figure.ratio_to_tpcb is not None else "–",
            f"{figure.wal_bytes_per_transfer:,}",
            f"{figure.disk_bytes_per_transfer:,}" if figure.disk_bytes_per_transfer else "–",
        )
        for name, figure in figures.items()
    ]
    widths = [max(len(row[column]) for row in [head, *rows]) for column in range(len(head))]
    lines = [
        "  ".join(
            cell.ljust(width) if column == 0 else cell.rjust(width)
            for column, (cell, width) in enumerate(zip(row, widths, strict=True))
        )
        for row in [head, *rows]
    ]
    return "\n".join([lines[0], "─" * len(lines[0]), *lines[1:]])


def write(path: Path, content: dict[str, Any], figures: dict[str, Figure]) -> None:
    """Write a run's results as JSON."""
    path.parent.mkdir(parents=True, exist_ok=True)
    whole = {**content, "figures": {name: asdict(figure) for name, figure in figures.items()}}
    path.write_text(json.dumps(whole, indent=2, ensure_ascii=False) + "\n")
