"""`./okpay prove ledger`: random calls of the posting function on several connections, judged by a model in memory.

The work of `tests/laws`, as long as asked for: chapters with accounts of their own, in which the connections get in
each other's way as much as they can. The order in which the calls took effect is read from the book, the model
replays them in that order, and every result, balance, hold, counter, posting and entry must be the model's. In the
end the whole book is sealed and verified. The same seed plans the same calls.
"""

from __future__ import annotations

import argparse
import os
import sys
import threading
import time
from collections import Counter
from pathlib import Path

import psycopg

from bench import server
from okpay.base.cluster import ADMIN_ROLE, APP_ROLE, OWNER_ROLE, Cluster
from okpay.base.provision import create_database, migrate
from prove import results, running

DATABASE = "prove_ledger"
CHAPTER_OPERATIONS = 50_000
ITEMS_PER_CALL = 80
GROUPS = (1, 2, 4, 8)
"""How many groups of accounts the chapters have in turn: the fewer, the more everybody waits for everybody."""
_SHOWN_EVERY_SECONDS = 1.0
_CALLS_PER_SEAL = 1_000


class Say:
    """Progress with rate and remaining time: one line, written over on a terminal."""

    def __init__(self, wanted: int) -> None:
        self.wanted, self.done, self.begun, self._shown = wanted, 0, time.monotonic(), 0.0
        self._lock = threading.Lock()

    def posted(self, items: int) -> None:
        """Count items that were posted or refused, and show how it goes."""
        with self._lock:
            self.done += items
            passed = time.monotonic() - self.begun
            rate = self.done / passed
            left = max(0, self.wanted - self.done) / rate
            self._line(
                f"{self.done:,} of {self.wanted:,} operations, {rate:,.0f} a second, {left:,.0f} s left"
            )

    def checked(self, check: str, done: int, total: int) -> None:
        """Show how far a check of the whole book is."""
        self._line(f"{check}: {done} of {total}")

    def _line(self, text: str) -> None:
        if time.monotonic() - self._shown < _SHOWN_EVERY_SECONDS:
            return
        self._shown = time.monotonic()
        over, end = ("\r\033[K", "") if sys.stderr.isatty() else ("", "\n")
        print(f"{over}  {text}", end=end, file=sys.stderr, flush=True)


def main(argv: list[str]) -> int:
    """Run the proof, write its result; return 1 when there was a miss."""
    options = _options(argv)

    def prove(cluster: Cluster) -> running.Found:
        _prepare(cluster)
        return _run(options.operations, options.seed, options.connections)

    return running.run(options, "prove-ledger", prove)


def _options(argv: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="okpay prove ledger", description=__doc__)
    parser.add_argument(
        "--operations", type=int, default=2_000_000, help="how many items at least (2,000,000)"
    )
    parser.add_argument("--seed", type=int, default=1, help="of all that is random (1)")
    parser.add_argument("--connections", type=int, default=4, help="how many post at once (4)")
    parser.add_argument(
        "--output", type=Path, default=results.FOLDER / "ledger.json", help="where the result goes"
    )
    return parser.parse_args(argv)


def _prepare(cluster: Cluster) -> None:
    with psycopg.connect(cluster.url(ADMIN_ROLE, "postgres"), autocommit=True) as connection:
        server.drop(connection, DATABASE)
    create_database(cluster, DATABASE)
    migrate(cluster.url(OWNER_ROLE, DATABASE))
    os.environ["OKPAY_DATABASE_URL"] = cluster.url(APP_ROLE, DATABASE)
    os.environ["OKPAY_MODE"] = "trial"
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "okpay.config.settings")


def _run(operations: int, seed: int, connections: int) -> tuple[dict[str, object], list[str]]:
    # Only now: the settings read the address of the database.
    import django

    django.setup()
    from okpay.ledger.actions import seal
    from tests.laws.chapter import tell
    from tests.laws.crew import Crew
    from tests.laws.invariants import broken_laws

    say = Say(operations)
    outcomes, conflicts, misses = Counter[str](), Counter[str](), list[str]()
    done = calls = chapters = 0
    with Crew(connections) as crew:
        while done < operations:
            told = tell(
                seed=f"{seed}/{chapters}",
                operations=min(CHAPTER_OPERATIONS, operations - done),
                items_per_call=ITEMS_PER_CALL,
                crew=crew,
                groups=GROUPS[chapters % len(GROUPS)],
                posted=say.posted,
            )
            done, calls, chapters = done + told.operations, calls + told.calls, chapters + 1
            outcomes.update({outcome.name.lower(): count for outcome, count in told.outcomes.items()})
            conflicts.update(told.conflicts)
            misses += told.misses
            while seal(max_calls=_CALLS_PER_SEAL):
                pass
    misses += broken_laws(say.checked)
    counts: dict[str, object] = {
        "operations": done,
        "calls": calls,
        "connections": connections,
        "chapters": chapters,
        "outcomes": dict(outcomes.most_common()),
        "tried_again": dict(conflicts),
    }
    return counts, misses
