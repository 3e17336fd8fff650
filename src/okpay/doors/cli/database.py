"""Make the database ready for a command: the operator's own server, or the embedded one."""

from __future__ import annotations

import logging
import os
import threading
from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext
from pathlib import Path

from okpay.base.cluster import APP_ROLE, OWNER_ROLE, Cluster, ClusterError
from okpay.base.folders import held
from okpay.base.provision import check_server, create_database, grant, migrate, migrations_digest
from okpay.doors.cli.errors import CommandError
from okpay.doors.cli.home import SOURCE, Home
from okpay.doors.cli.progress import Progress

_log = logging.getLogger(__name__)

DATABASE = "okpay"
WATCH_SECONDS = 1.0
LEAST_CONNECTIONS = 100
PER_PROCESS = 32
"""Connections of a process that answers: threads of pages and of the API, writers, live events, health."""
OF_THE_REST = 40
"""Connections of background work, of commands beside the program, and those that PostgreSQL keeps for itself."""


@contextmanager
def open_database(
    home: Home, progress: Progress | None = None, *, migrating: bool = False, processes: int = 1
) -> Iterator[None]:
    """Run the body with `OKPAY_DATABASE_URL` set to a database that answers and is migrated.

    An embedded database that this starts is stopped at the end; one that ran before goes on.

    Args:
        home: The folders of this installation.
        progress: Where to show the steps.
        migrating: Migrate; without it only a database that was never made is made ready.
        processes: How many answer: the server must have connections for all of them.

    Raises:
        CommandError: A variable is missing.
        FolderError: Another program has this data.
        ClusterError, ProvisionError: The server does not run, or is not what it must be.
    """
    home.prepare()
    if os.environ.get("OKPAY_DATABASE_URL"):
        _use_own_server(progress, migrating=migrating)
        yield
        return
    connections = max(LEAST_CONNECTIONS, OF_THE_REST + PER_PROCESS * processes)
    cluster = Cluster(home.data, durable=True, port=_port(), connections=connections)
    with ExitStack() as stack:
        if migrating or cluster.running_pid() is None:
            stack.enter_context(held(home.data, _busy(home.data)))
            # Entered before the start: a start that is interrupted leaves nothing running.
            stack.callback(cluster.stop)
            with _step(progress, "Start the database"):
                cluster.start()
        _prepare(cluster, progress, migrating=migrating)
        os.environ["OKPAY_DATABASE_URL"] = cluster.url(APP_ROLE, DATABASE)
        stack.callback(os.environ.pop, "OKPAY_DATABASE_URL", None)
        if migrating:
            stack.enter_context(_kept_running(cluster))
        yield


@contextmanager
def _kept_running(cluster: Cluster) -> Iterator[None]:
    """Start the server again when it dies while the program runs: killed for its memory, for example."""
    stopping = threading.Event()

    def watch() -> None:
        while not stopping.wait(WATCH_SECONDS):
            try:
                if cluster.running_pid() is None:
                    _log.error("the database server is gone and is started again")
                    cluster.start()
            except ClusterError:
                _log.exception("the database server does not start")

    watcher = threading.Thread(target=watch, name="database", daemon=True)
    watcher.start()
    try:
        yield
    finally:
        stopping.set()
        watcher.join()


def _busy(data: Path) -> str:
    return (
        f"OKPay already runs with the data in {data}: stop it, or choose another folder with --data "
        "(and another port with --port)."
    )


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
