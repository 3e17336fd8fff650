"""Make a database ready for the program: roles, privileges, migrations."""

import hashlib
import os
import subprocess
import sys
from pathlib import Path

import psycopg
from psycopg import sql

from okpay.base.cluster import ADMIN_ROLE, APP_ROLE, OWNER_ROLE, Cluster


class ProvisionError(Exception):
    """The database cannot be made ready; the message is one sentence with the way out."""


def create_database(cluster: Cluster, database: str, template: str = "template0") -> None:
    """Create the roles, and a database that the migrating one owns, unless they exist."""
    with psycopg.connect(cluster.url(ADMIN_ROLE, "postgres"), autocommit=True) as connection:
        # Two at once would change the same row of the catalogue; the lock goes with the connection.
        connection.execute("SELECT pg_advisory_lock(hashtext('okpay.provision'))")
        for role in (OWNER_ROLE, APP_ROLE):
            exists = (
                connection.execute("SELECT FROM pg_roles WHERE rolname = %s", [role]).fetchone() is not None
            )
            verb = sql.SQL("ALTER" if exists else "CREATE")
            connection.execute(
                sql.SQL("{} ROLE {} LOGIN PASSWORD {}").format(
                    verb, sql.Identifier(role), cluster.password(role)
                )
            )
        if connection.execute("SELECT FROM pg_database WHERE datname = %s", [database]).fetchone() is None:
            connection.execute(
                sql.SQL("CREATE DATABASE {} OWNER {} TEMPLATE {}").format(
                    sql.Identifier(database), sql.Identifier(OWNER_ROLE), sql.Identifier(template)
                )
            )
    grant(cluster.url(OWNER_ROLE, database))


def grant(owner_url: str) -> None:
    """Let the running role use the tables that migrations will make; they take back what it must not.

    Nobody but the owner may make temporary tables: one named like ours could stand before it in a search path.
    """
    with psycopg.connect(owner_url, autocommit=True) as connection:
        database = sql.Identifier(connection.info.dbname)
        connection.execute(sql.SQL("REVOKE TEMPORARY ON DATABASE {} FROM PUBLIC").format(database))
        connection.execute(
            sql.SQL(
                "ALTER DEFAULT PRIVILEGES GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO {app};"
                "ALTER DEFAULT PRIVILEGES GRANT USAGE, SELECT ON SEQUENCES TO {app}"
            ).format(app=sql.Identifier(APP_ROLE))
        )


def check_server(url: str, *, variable: str, role: str) -> None:
    """Make sure that an operator's own server answers, is of a version we know, and lets the right role in.

    Raises:
        ProvisionError: It does not; the sentence names the environment variable to change.
    """
    try:
        with psycopg.connect(url, connect_timeout=5) as connection:
            version, user = connection.info.server_version // 10000, connection.info.user
    except psycopg.Error as error:
        # Only the first line: libpq never puts the password there.
        reason = (str(error).strip().splitlines() or ["no reason given"])[0]
        raise ProvisionError(f"The database of {variable} does not answer: {reason}") from error
    if not 15 <= version <= 18:
        raise ProvisionError(f"{variable} names PostgreSQL {version}; OKPay runs on 15 to 18.")
    if user != role:
        raise ProvisionError(
            f"{variable} signs in as `{user}`, and must sign in as `{role}`: "
            "docs/operate/database.md shows how to make it."
        )


def migrate(owner_url: str) -> None:
    """Apply all migrations with the migrating role, in a process of its own.

    Raises:
        ProvisionError: A migration failed; its output has been shown.
    """
    environment = {**os.environ, "OKPAY_DATABASE_URL": owner_url}
    environment.setdefault("DJANGO_SETTINGS_MODULE", "okpay.config.settings")
    done = subprocess.run(
        [sys.executable, "-m", "django", "migrate", "--skip-checks", "--verbosity", "0"],
        check=False,
        env=environment,
        # Ctrl-C is for us: a migration that is cut off is rolled back by the server.
        start_new_session=True,
    )
    if done.returncode != 0:
        raise ProvisionError("The database could not be migrated; the reason stands above.")
    with psycopg.connect(owner_url, autocommit=True) as connection:
        # Made by Django before any migration of ours could take it back.
        connection.execute(
            sql.SQL("REVOKE INSERT, UPDATE, DELETE ON django_migrations FROM {}").format(
                sql.Identifier(APP_ROLE)
            )
        )


def migrations_digest(source: Path) -> str:
    """Return a digest of everything that migrations are made of, to know whether they must run again.

    Args:
        source: The folder of the package `okpay`.
    """
    digest = hashlib.sha256()
    for pattern in ("**/migrations/*.py", "**/sql/*.sql"):
        for path in sorted(source.glob(pattern)):
            digest.update(f"{path.relative_to(source)}\n".encode() + path.read_bytes())
    return digest.hexdigest()
