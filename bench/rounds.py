"""Run the rounds: interleaved, so that what drifts on the machine drifts for all alike.

There is one checkpoint, before the trials. A checkpoint before each round would make all of them pay for the first
touch of every page, which a server pays once in a quarter of an hour, and TPC-B more than anything else.
"""

from __future__ import annotations

import sys
import time

from bench import server
from bench.figures import Round
from bench.workloads import Workload
from okpay.base.cluster import Cluster

_WARM_UP_SECONDS = 0.3


class Progress:
    """One line on the terminal that says what runs now, how far the whole is, and how long it has taken."""

    def __init__(self, steps: int) -> None:
        self._steps, self._done, self._start = steps, 0, time.monotonic()

    def step(self, text: str) -> None:
        """Show the next step."""
        self._done += 1
        elapsed = time.monotonic() - self._start
        line = f"  {self._done}/{self._steps} · {elapsed:.0f} s · {text}"
        if sys.stderr.isatty():
            print(f"\r\033[K{line}", end="", file=sys.stderr, flush=True)
        else:
            print(line, file=sys.stderr, flush=True)

    def finish(self) -> None:
        """Leave the line."""
        if sys.stderr.isatty():
            print(file=sys.stderr)


def choose_clients(cluster: Cluster, workload: Workload, seconds: float, progress: Progress) -> None:
    """Try the numbers of clients that may suit a workload and keep the fastest; it also warms everything up."""
    if len(workload.candidates) == 1:
        seconds = min(seconds, _WARM_UP_SECONDS)
    best = 0.0
    for clients in workload.candidates:
        progress.step(f"{workload.name}: trying {clients} clients")
        tried = _round(cluster, workload, seconds, clients)
        if tried.per_second > best:
            best, workload.clients = tried.per_second, clients


def measure(
    cluster: Cluster, chosen: list[Workload], *, rounds: int, seconds: float, progress: Progress
) -> None:
    """Measure every workload once, then every one again, and so on."""
    for number in range(1, rounds + 1):
        for workload in chosen:
            progress.step(f"round {number} of {rounds}: {workload.name}, {workload.clients} clients")
            workload.rounds.append(_round(cluster, workload, seconds, workload.clients))


def _round(cluster: Cluster, workload: Workload, seconds: float, clients: int) -> Round:
    workload.prepare(seconds, clients)
    wal, size = server.wal_position(cluster), workload.size(cluster)
    done = workload.run(seconds, clients)
    workload.acknowledged += done.transfers
    done.wal_bytes = server.wal_position(cluster) - wal
    done.disk_bytes = workload.size(cluster) - size
    return done
