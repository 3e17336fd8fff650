"""Make a database ready for the program: roles, privileges, migrations."""

import os
import subprocess
import sys

import psycopg
from psycopg import sql

from okpay.base.cluster import ADMIN_ROLE, APP_ROLE, OWNER_ROLE, Cluster


def create_database(cluster: Cluster, database: str, template: str = "template0") -> None:
    """Create a database owned by the migrating role, unless it exists, and the roles with their privileges."""
    with psycopg.connect(cluster.url(ADMIN_ROLE, "postgres"), autocommit=True) as connection:
        for role in (OWNER_ROLE, APP_ROLE):
            exists = connection.execute("SELECT FROM pg_roles WHERE rolname = %s", [role]).fetchone() is not None
            verb = sql.SQL("ALTER" if exists else "CREATE")
            connection.execute(
                sql.SQL("{} ROLE {} LOGIN PASSWORD {}").format(verb, sql.Identifier(role), cluster.password(role))
            )
        if connection.execute("SELECT FROM pg_database WHERE datname = %s", [database]).fetchone() is not None:
            return
        connection.execute(
            sql.SQL("CREATE DATABASE {} OWNER {} TEMPLATE {}").format(
                sql.Identifier(database), sql.Identifier(OWNER_ROLE), sql.Identifier(template)
            )
        )
    if template == "template0":
        with psycopg.connect(cluster.url(OWNER_ROLE, database), autocommit=True) as connection:
            connection.execute(
                sql.SQL(
                    "ALTER DEFAULT PRIVILEGES GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO {app};"
                    "ALTER DEFAULT PRIVILEGES GRANT USAGE, SELECT ON SEQUENCES TO {app}"
                ).format(app=sql.Identifier(APP_ROLE))
            )


def migrate(owner_url: str) -> None:
    """Apply all migrations with the migrating role, in a process of its own."""
    environment = {**os.environ, "OKPAY_DATABASE_URL": owner_url}
    environment.setdefault("DJANGO_SETTINGS_MODULE", "okpay.config.settings")
    subprocess.run(
        [sys.executable, "-m", "django", "migrate", "--verbosity", "0"], check=True, env=environment
    )
