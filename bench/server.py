"""The bench's own PostgreSQL: durable, and refused when it is not."""

from __future__ import annotations

import os
import shutil
import time
from pathlib import Path
from statistics import median

import psycopg
from psycopg import sql

from bench.figures import percentile
from okpay.base.binaries import find_binaries
from okpay.base.cluster import ADMIN_ROLE, Cluster
from okpay.base.folders import cluster_folder, server_user
from okpay.base.provision import create_database

ROOT = Path(__file__).resolve().parent.parent
DURABLE = ("fsync", "synchronous_commit", "full_page_writes")
_BLOCK = 8192


class NotDurable(Exception):
    """The server may forget what it acknowledged: figures of it would mean nothing."""


def own_cluster(name: str, variable: str, *, is_roomy: bool = False) -> Cluster:
    """Return the durable cluster of a programme of this checkout, in the folder `variable` names, else in its own.

    A roomy one lets several programs and pgbench connect at once.
    """
    named = os.environ.get(variable, "")
    folder, notice = cluster_folder(Path(named) if named else ROOT / ".okpay" / name, named=bool(named))
    if notice:
        print(notice)
    return _Roomy(folder, durable=True) if is_roomy else Cluster(folder, durable=True)


class _Roomy(Cluster):
    def settings(self) -> dict[str, str]:
        return {**super().settings(), "max_connections": "300"}


def durability(cluster: Cluster) -> dict[str, str]:
    """Return the settings that make a commit safe.

    Raises:
        NotDurable: One of them is not `on`.
    """
    with psycopg.connect(cluster.url(ADMIN_ROLE, "postgres")) as connection:
        rows = connection.execute(
            "SELECT name, setting FROM pg_settings WHERE name = ANY (%s)",
            [[*DURABLE, "shared_buffers", "max_wal_size", "wal_compression", "wal_sync_method"]],
        ).fetchall()
    settings = {str(name): str(setting) for name, setting in rows}
    weak = [name for name in DURABLE if settings[name] != "on"]
    if weak:
        raise NotDurable(f"{', '.join(weak)} of this server is not on: figures of it would mean nothing.")
    return settings


def pgbench(cluster: Cluster) -> str:
    """Return the path of the pgbench that belongs to the server."""
    beside = find_binaries(cluster.folder, server_user(cluster.data)) / "pgbench"
    found = str(beside) if beside.exists() else shutil.which("pgbench")
    if not found:
        raise NotDurable(
            "There is no pgbench here: name the `bin` folder of a PostgreSQL that has it in OKPAY_PG_BIN."
        )
    return found


def recreate(cluster: Cluster, database: str, template: str) -> None:
    """Replace a database by a copy of another one, owned by the migrating role."""
    with psycopg.connect(cluster.url(ADMIN_ROLE, "postgres"), autocommit=True) as connection:
        drop(connection, database)
    create_database(cluster, database, template)


def drop(connection: psycopg.Connection[tuple[object, ...]], database: str) -> None:
    """Drop a database with whoever is connected to it, if it is there."""
    connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(database)))


def databases(cluster: Cluster) -> set[str]:
    """Return the names of the databases that exist."""
    with psycopg.connect(cluster.url(ADMIN_ROLE, "postgres")) as connection:
        return {str(name) for (name,) in connection.execute("SELECT datname FROM pg_database").fetchall()}


def checkpoint(cluster: Cluster) -> None:
    """Write a checkpoint: what was prepared shall not be written while something is measured."""
    with psycopg.connect(cluster.url(ADMIN_ROLE, "postgres"), autocommit=True) as connection:
        connection.execute("CHECKPOINT")


def wal_position(cluster: Cluster) -> int:
    """Return how many bytes of WAL the server has written in its life."""
    with psycopg.connect(cluster.url(ADMIN_ROLE, "postgres"), autocommit=True) as connection:
        row = connection.execute("SELECT (pg_current_wal_insert_lsn() - '0/0')::bigint").fetchone()
    assert row is not None
    return int(row[0])


def fsync_latency(cluster: Cluster, samples: int = 500) -> dict[str, float]:
    """Measure how long the disk needs for what every commit waits for: 8 kB written and fdatasync, in milliseconds."""
    path = cluster.folder / "fsync.probe"
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    sync = getattr(os, "fdatasync", os.fsync)
    block, times = os.urandom(_BLOCK), []
    try:
        os.write(descriptor, block * 64)
        os.fsync(descriptor)
        for number in range(samples):
            start = time.perf_counter()
            os.pwrite(descriptor, block, number % 64 * _BLOCK)
            sync(descriptor)
            times.append((time.perf_counter() - start) * 1000)
    finally:
        os.close(descriptor)
        path.unlink()
    times.sort()
    return {"p50_ms": round(median(times), 3), "p99_ms": round(percentile(times, 0.99), 3)}
