"""Make the database ready for a command: the operator's own server, or the embedded one."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext

from okpay.base.cluster import APP_ROLE, OWNER_ROLE, Cluster
from okpay.base.provision import check_server, create_database, grant, migrate, migrations_digest
from okpay.doors.cli.errors import CommandError
from okpay.doors.cli.home import SOURCE, Home
from okpay.doors.cli.progress import Progress

DATABASE = "okpay"


@contextmanager
def open_database(home: Home, progress: Progress | None = None, *, migrating: bool = False) -> Iterator[None]:
    """Run the body with `OKPAY_DATABASE_URL` set to a database that answers and is migrated.

    An embedded database that this starts is stopped at the end; one that ran before goes on.

    Args:
        home: The folders of this installation.
        progress: Where to show the steps.
        migrating: Migrate; without it only a database that was never made is made ready.

    Raises:
        CommandError: A variable is missing.
        ClusterError, ProvisionError: The server does not run, or is not what it must be.
    """
    home.prepare()
    if os.environ.get("OKPAY_DATABASE_URL"):
        _use_own_server(progress, migrating=migrating)
        yield
        return
    cluster = Cluster(home.data, durable=True, port=_port())
    with _step(progress, "Start the database"):
        started = cluster.start()
    try:
        _prepare(cluster, progress, migrating=migrating)
        os.environ["OKPAY_DATABASE_URL"] = cluster.url(APP_ROLE, DATABASE)
        yield
    finally:
        os.environ.pop("OKPAY_DATABASE_URL", None)
        if started or migrating:
            cluster.stop()


def _prepare(cluster: Cluster, progress: Progress | None, *, migrating: bool) -> None:
    stamp = cluster.folder / "migrated.txt"
    digest = migrations_digest(SOURCE)
    found = stamp.read_text() if stamp.exists() else ""
    if found == digest or (found and not migrating):
        return
    with _step(progress, "Migrate the database"):
        create_database(cluster, DATABASE)
        migrate(cluster.url(OWNER_ROLE, DATABASE))
    stamp.write_text(digest)


def _use_own_server(progress: Progress | None, *, migrating: bool) -> None:
    check_server(os.environ["OKPAY_DATABASE_URL"], variable="OKPAY_DATABASE_URL", role=APP_ROLE)
    if not migrating:
        return
    owner_url = os.environ.get("OKPAY_OWNER_DATABASE_URL", "")
    if not owner_url:
        raise CommandError(
            "OKPAY_DATABASE_URL is set and OKPAY_OWNER_DATABASE_URL is not: set it to the same database, "
            f"signing in as `{OWNER_ROLE}`, who makes the tables."
        )
    check_server(owner_url, variable="OKPAY_OWNER_DATABASE_URL", role=OWNER_ROLE)
    with _step(progress, "Migrate the database"):
        grant(owner_url)
        migrate(owner_url)


def _port() -> int | None:
    text = os.environ.get("OKPAY_DB_PORT", "")
    if not text:
        return None
    if not text.isdigit() or not 1 <= int(text) <= 65535:
        raise CommandError(f"OKPAY_DB_PORT is `{text}`, and must be a port number from 1 to 65535.")
    return int(text)


def _step(progress: Progress | None, title: str) -> AbstractContextManager[None]:
    return progress.step(title) if progress else nullcontext()
