"""The peers' database: made once, copied afresh for every run, and checked afterwards."""

from __future__ import annotations

import os
import subprocess
import sys

import psycopg

from bench import server
from bench.book import ACCOUNTS, BookIsWrong
from okpay.base.cluster import ADMIN_ROLE, OWNER_ROLE, Cluster

DATABASE = "bench_peers"
SETTINGS = "bench.peers.settings"
_TEMPLATE = f"bench_peers_filled_{ACCOUNTS}"
# Their accounts are opened by SQL: through the models a tree of that size takes minutes, and opening is not measured.
_FILL = (
    """
INSERT INTO hordak_account (id, uuid, name, code, full_code, type, is_bank_account, currencies,
                            lft, rght, tree_id, level)
SELECT n, gen_random_uuid(), 'Wallet', NULL, NULL, 'LI', false, '["USD"]', 1, 2, n, 0
  FROM generate_series(1, %(accounts)s) n
""",
    """
INSERT INTO plain_account (id, currency, balance_minor)
SELECT n, 'USD', 1000000000000 FROM generate_series(1, %(accounts)s) n
""",
)


def prepare(cluster: Cluster) -> bool:
    """Make the peers' database afresh; tell whether its model had to be filled first."""
    missing = _TEMPLATE not in server.databases(cluster)
    if missing:
        half = f"{_TEMPLATE}_half"
        server.recreate(cluster, half, "template0")
        environment = {
            **os.environ,
            "DJANGO_SETTINGS_MODULE": SETTINGS,
            "OKPAY_DATABASE_URL": cluster.url(OWNER_ROLE, half),
        }
        subprocess.run(
            [sys.executable, "-m", "django", "migrate", "--run-syncdb", "--verbosity", "0"],
            check=True,
            env=environment,
        )
        with psycopg.connect(cluster.url(ADMIN_ROLE, half), autocommit=True) as connection:
            for statement in _FILL:
                connection.execute(statement, {"accounts": ACCOUNTS})
            connection.execute("VACUUM (ANALYZE, FREEZE)")
        with psycopg.connect(cluster.url(ADMIN_ROLE, "postgres"), autocommit=True) as connection:
            connection.execute(f"ALTER DATABASE {half} RENAME TO {_TEMPLATE}")
    server.recreate(cluster, DATABASE, _TEMPLATE)
    return missing


def check(cluster: Cluster, *, hordak: int, plain: int) -> None:
    """Make sure that the peers hold what they acknowledged: a figure of lost transfers would flatter them.

    Raises:
        BookIsWrong: They do not.
    """
    with psycopg.connect(cluster.url(ADMIN_ROLE, DATABASE)) as connection:
        found = connection.execute(
            "SELECT (SELECT count(*) FROM hordak_transaction), (SELECT count(*) FROM plain_transfer)"
        ).fetchone()
    if found != (hordak, plain):
        raise BookIsWrong(f"The peers acknowledged {hordak} and {plain} transfers, and hold {found}.")
