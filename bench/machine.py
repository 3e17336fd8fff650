"""What machine a figure comes from: enough to judge it, nothing that tells whose machine it is."""

from __future__ import annotations

import os
import platform
from pathlib import Path

import psycopg


def machine(database_url: str) -> dict[str, str | int | float]:
    """Return cores, memory in GiB, processor, and the versions of system, Python and PostgreSQL."""
    with psycopg.connect(database_url) as connection:
        row = connection.execute("SHOW server_version").fetchone()
    assert row is not None
    return {
        "cores": len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1,
        "memory_gib": round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30, 1),
        "cpu": _processor(),
        "system": platform.system(),
        "postgresql": str(row[0]),
        "python": platform.python_version(),
    }


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.machine()
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()
