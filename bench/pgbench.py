"""Run pgbench: its own TPC-B, or a script of ours with the very same client."""

from __future__ import annotations

import math
import os
import re
import subprocess
import tempfile
from pathlib import Path

import psycopg

from bench import server
from bench.figures import Round
from okpay.base.cluster import ADMIN_ROLE, OWNER_ROLE, Cluster

SCALE = int(os.environ.get("OKPAY_BENCH_SCALE", "50"))
"""One is 100,000 of pgbench's accounts, about 15 MB. Another number than 50 is for trying the bench."""
TPCB_DATABASE = f"bench_tpcb_{SCALE}"
_LATENCY = 2
"""The column of pgbench's log that holds a transaction's time, in microseconds."""
_PROCESSED = r"number of transactions actually processed: (\d+)"
_PATIENCE_SECONDS = 30
_CONNECTING_SECONDS = 0.03
"""A connection with a password costs a few thousand rounds of hashing."""


class PgbenchFailed(Exception):
    """pgbench did not do what it was asked; the message holds its last words."""


def prepare_tpcb(cluster: Cluster) -> bool:
    """Fill pgbench's own tables at scale 50, unless they are there from an earlier run; tell whether it was needed."""
    if TPCB_DATABASE in server.databases(cluster):
        return False
    half = f"{TPCB_DATABASE}_half"
    server.recreate(cluster, half, "template0")
    _pgbench(cluster, cluster.url(OWNER_ROLE, half), ["-i", "-q", "-s", str(SCALE)])
    with psycopg.connect(cluster.url(ADMIN_ROLE, "postgres"), autocommit=True) as connection:
        connection.execute(f"ALTER DATABASE {half} RENAME TO {TPCB_DATABASE}")
    return True


def run(
    cluster: Cluster, url: str, *, seconds: float, clients: int, script: str | None = None, session: str = ""
) -> Round:
    """Run pgbench for some seconds and return what it did; without a script it is TPC-B.

    Args:
        cluster: The server that `url` lies on.
        url: The database and the role.
        seconds: How long at least; pgbench knows whole seconds, and connecting is in them, but not in its rate.
        clients: How many connections, served by two threads.
        script: One transaction in pgbench's language.
        session: Options of the session, as `-c name=value …`.

    Raises:
        PgbenchFailed: It ended with an error, or one of its transactions failed for good.
    """
    with tempfile.TemporaryDirectory() as folder:
        duration = math.ceil(seconds + clients * _CONNECTING_SECONDS)
        arguments = [
            "-M", "prepared", "-T", str(duration), "-c", str(clients), "-j", "2",
            "--max-tries=100", "--log", f"--log-prefix={folder}/log",
        ]  # fmt: skip
        if script is not None:
            file = Path(folder) / "transaction.sql"
            file.write_text(script)
            arguments += ["-n", "-f", str(file)]
        shown = _pgbench(cluster, url, arguments, session)
        if _number(_PROCESSED, shown) == 0 and seconds < _PATIENCE_SECONDS:
            # A busy machine took all the time for connecting.
            return run(cluster, url, seconds=2 * seconds, clients=clients, script=script, session=session)
        latencies = [
            int(line.split()[_LATENCY]) / 1000 for log in Path(folder).glob("log.*") for line in log.open()
        ]
    if int(_number(r"number of failed transactions: (\d+)", shown)):
        raise PgbenchFailed(shown.strip())
    return Round(
        transfers=int(_number(_PROCESSED, shown)),
        per_second=_number(r"tps = ([\d.]+)", shown),
        latencies_ms=latencies,
        retries=int(_number(r"total number of retries: (\d+)", shown, "0")),
    )


def _number(pattern: str, text: str, default: str | None = None) -> float:
    found = re.search(pattern, text)
    if found is None and default is None:
        raise PgbenchFailed(f"pgbench said something else than expected: {text.strip()}")
    return float(found[1] if found else default or 0)


def _pgbench(cluster: Cluster, url: str, arguments: list[str], session: str = "") -> str:
    environment = {**os.environ, "PGOPTIONS": session}
    done = subprocess.run(
        [server.pgbench(cluster), *arguments, url],
        capture_output=True,
        text=True,
        check=False,
        env=environment,
    )
    if done.returncode != 0:
        raise PgbenchFailed("\n".join(done.stderr.strip().splitlines()[-5:]))
    return done.stdout
