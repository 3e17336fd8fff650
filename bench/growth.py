"""What grows and what does not: the same requests on a book of ten thousand postings, and on one of ten million.

Filling the large one takes minutes and eleven gigabytes, so that it is done once and kept: each run adds to it.
"""

from __future__ import annotations

import json
import os
import random
import time
from contextlib import ExitStack
from dataclasses import dataclass
from uuid import UUID

import psycopg
from psycopg import sql

from bench import growth_fill, http, people, server
from bench.workers import run_python
from bench.workloads import Workload
from okpay.base.cluster import ADMIN_ROLE, APP_ROLE, Cluster
from okpay.base.provision import migrations_digest
from okpay.doors.api.cursors import write_cursor
from okpay.movements.records import Cursor

DATABASE = "bench_growth"
POSTINGS = tuple(int(count) for count in os.environ.get("OKPAY_BENCH_POSTINGS", "10000,10000000").split(","))
"""Other numbers are for trying the bench."""
_VERIFIED = 200_000
"""Up to so many postings the transfers are verified as well; book and movements are at any size."""
_MARKS = 200
_PAGES = 50


@dataclass(frozen=True)
class Grown:
    """A database with a past."""

    name: str
    postings: int
    seconds: float
    """How long filling took."""
    bytes: int
    """Its size when it was filled, with all indexes."""
    verify_seconds: float

    @property
    def label(self) -> str:
        """The number of postings, as it stands in the names of figures."""
        if self.postings % 1_000_000 == 0:
            return f"{self.postings // 1_000_000}m"
        return f"{self.postings // 1_000}k" if self.postings % 1_000 == 0 else str(self.postings)


def prepare(cluster: Cluster, postings: int) -> tuple[Grown, bool]:
    """Return a database with so many past postings, and whether it was filled now."""
    digest = migrations_digest(server.ROOT / "src" / "okpay")[:12]
    start = f"{DATABASE}_{people.PEOPLE}_{postings}_"
    name = f"{start}{digest}"
    names = server.databases(cluster)
    if name in names:
        return _told(cluster, name), False
    half = f"{start}half"
    with psycopg.connect(cluster.url(ADMIN_ROLE, "postgres"), autocommit=True) as connection:
        for old in names:
            if old.startswith(start):
                server.drop(connection, old)
    server.recreate(cluster, half, http.DATABASE)
    begun = time.monotonic()
    growth_fill.fill(cluster.url(ADMIN_ROLE, half), postings=postings, people=people.PEOPLE)
    filled = time.monotonic()
    transfers = ["transfers"] if postings <= _VERIFIED else []
    run_python("bench.growth_verify", cluster.url(APP_ROLE, half), *transfers)
    with psycopg.connect(cluster.url(ADMIN_ROLE, "postgres"), autocommit=True) as connection:
        row = connection.execute("SELECT pg_database_size(%s)", [half]).fetchone()
        assert row is not None
        told = {
            "postings": postings,
            "seconds": round(filled - begun, 1),
            "bytes": int(row[0]),
            "verify_seconds": round(time.monotonic() - filled, 1),
        }
        # With the database: a later run, which finds it filled, can still tell.
        comment = sql.SQL("COMMENT ON DATABASE {} IS {}")
        connection.execute(comment.format(sql.Identifier(half), sql.Literal(json.dumps(told))))
        connection.execute(f"ALTER DATABASE {half} RENAME TO {name}")
    return _told(cluster, name), True


def _told(cluster: Cluster, name: str) -> Grown:
    with psycopg.connect(cluster.url(ADMIN_ROLE, "postgres")) as connection:
        row = connection.execute(
            "SELECT shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = %s", [name]
        ).fetchone()
    assert row is not None
    return Grown(name=name, **json.loads(row[0]))


def workloads(cluster: Cluster, stack: ExitStack, grown: Grown, *, quick: bool) -> list[Workload]:
    """Return what is measured on a database with a past, with one process: over two, connections spread unevenly."""
    service = http.Service(cluster, stack, 1, grown.name)
    marks = _marks(cluster, grown.name)
    chosen = []
    for what, kind, candidates in (
        ("transfer.single", "single", (64,) if quick else (32, 64, 128)),
        ("movements.page.first", "first", (8,)),
        ("movements.page.deep", "deep", (8,)),
    ):
        task = http.HttpTask(service, kind, marks=marks)
        chosen.append(
            Workload(
                f"http.{what}.{grown.label}", 1, candidates, task.run, task.prepare,
                database=grown.name if kind == "single" else "",
                size=lambda of: people.size(of, grown.name),
            )
        )  # fmt: skip
    return chosen


def _marks(cluster: Cluster, database: str) -> list[tuple[int, str]]:
    """Return places in the older half of the longest records, with a whole page behind each."""
    chance = random.Random(database)
    with psycopg.connect(cluster.url(ADMIN_ROLE, database)) as connection:
        rows = connection.execute(
            "SELECT l.customer_id, substring(u.email FROM '[0-9]+')::int, count(*) FROM movements_line l"
            "  JOIN customers_customer c ON c.id = l.customer_id JOIN identity_user u ON u.id = c.user_id"
            " GROUP BY 1, 2 ORDER BY 3 DESC LIMIT %s",
            [growth_fill.HEAVY],
        ).fetchall()
        marks = []
        for customer_id, number, lines in rows:
            for _ in range(_MARKS // len(rows)):
                place = chance.randint(lines // 2, max(lines // 2, lines - _PAGES - 1))
                mark = connection.execute(
                    "SELECT at, movement_id FROM movements_line WHERE customer_id = %s"
                    " ORDER BY at DESC, movement_id DESC OFFSET %s LIMIT 1",
                    [customer_id, place],
                ).fetchone()
                assert mark is not None
                marks.append((int(number), write_cursor(Cursor(mark[0], UUID(str(mark[1]))))))
    return marks
