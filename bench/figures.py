"""Rounds and the figures made from them."""

from __future__ import annotations

from dataclasses import dataclass, field
from statistics import median


@dataclass(slots=True)
class Round:
    """What one workload did in one stretch of time. A call is one round trip that a client waits for."""

    transfers: int
    per_second: float
    """Transfers, not calls."""
    latencies_ms: list[float] = field(repr=False)
    """One element a call."""
    retries: int = 0
    wal_bytes: int = 0
    disk_bytes: int = 0
    """How much the tables of the book grew, heap and indexes."""


@dataclass(frozen=True, slots=True)
class Figure:
    """The medians over the rounds of one workload; the latencies are of calls."""

    per_second: float
    p50_ms: float
    p99_ms: float
    ratio_to_tpcb: float | None
    clients: int
    batch: int
    lowest_per_second: float
    highest_per_second: float
    retries: int
    wal_bytes_per_transfer: int
    disk_bytes_per_transfer: int


def percentile(sorted_values: list[float], share: float) -> float:
    """Return the value below which a share (0 to 1) of the sorted values lies."""
    if not sorted_values:
        return 0.0
    return sorted_values[min(len(sorted_values) - 1, int(share * len(sorted_values)))]


def summarise(rounds: list[Round], *, tpcb_per_second: float | None, clients: int, batch: int) -> Figure:
    """Return the figure of a workload's rounds: each number is the median over the rounds."""
    ordered = [sorted(done.latencies_ms) for done in rounds]
    rates = [done.per_second for done in rounds]
    rate = median(rates)
    return Figure(
        per_second=round(rate, 1),
        p50_ms=round(median(percentile(values, 0.50) for values in ordered), 3),
        p99_ms=round(median(percentile(values, 0.99) for values in ordered), 3),
        ratio_to_tpcb=round(rate / tpcb_per_second, 2) if tpcb_per_second else None,
        clients=clients,
        batch=batch,
        lowest_per_second=round(min(rates), 1),
        highest_per_second=round(max(rates), 1),
        retries=sum(done.retries for done in rounds),
        wal_bytes_per_transfer=round(median(done.wal_bytes / max(done.transfers, 1) for done in rounds)),
        disk_bytes_per_transfer=round(median(done.disk_bytes / max(done.transfers, 1) for done in rounds)),
    )
