"""Databases that are filled once: each run works on a fresh copy."""

from __future__ import annotations

from datetime import UTC, datetime

import psycopg

from bench import server
from bench.workers import run_python
from okpay.base.cluster import ADMIN_ROLE, APP_ROLE, OWNER_ROLE, Cluster
from okpay.base.provision import create_database, migrate, migrations_digest


def fresh_copy(cluster: Cluster, database: str, *, size: int, fill: str) -> bool:
    """Make a fresh copy of a filled database; where there is none of this size, `fill` is run. Tell whether it was."""
    digest = migrations_digest(server.ROOT / "src" / "okpay")[:12]
    # With the day: somebody's first count of a day takes longer than the others, and all should have had theirs.
    template, half = f"{database}_{size}_{datetime.now(UTC):%Y%m%d}_{digest}", f"{database}_half"
    names = server.databases(cluster)
    if template not in names:
        with psycopg.connect(cluster.url(ADMIN_ROLE, "postgres"), autocommit=True) as connection:
            for name in names:
                if name.startswith(database):
                    server.drop(connection, name)
        create_database(cluster, half)
        migrate(cluster.url(OWNER_ROLE, half))
        run_python(fill, cluster.url(APP_ROLE, half))
        with psycopg.connect(cluster.url(ADMIN_ROLE, half), autocommit=True) as connection:
            connection.execute("VACUUM (ANALYZE, FREEZE)")
        with psycopg.connect(cluster.url(ADMIN_ROLE, "postgres"), autocommit=True) as connection:
            connection.execute(f"ALTER DATABASE {half} RENAME TO {template}")
    server.recreate(cluster, database, template)
    return template not in names
