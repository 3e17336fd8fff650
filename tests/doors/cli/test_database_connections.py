"""The server that comes along has connections for every process."""

from __future__ import annotations

import os
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from okpay.base.cluster import Cluster
from okpay.config.asgi import PAGE_THREADS
from okpay.doors.api import callers, readers
from okpay.doors.cli import database
from okpay.doors.cli.home import Home


@pytest.mark.parametrize(("processes", "least"), [(1, 100), (2, 104), (4, 168), (64, 2088)])
def test_the_server_has_connections_for_each_process(
    processes: int, least: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    # What the home sets for the program must not outlast this test.
    monkeypatch.setattr(os, "environ", os.environ.copy())
    started: list[dict[str, str]] = []

    def start(self: Cluster) -> bool:
        started.append(self.settings())
        raise SystemExit

    monkeypatch.setattr(Cluster, "start", start)
    monkeypatch.setattr(Cluster, "stop", lambda self: None)
    monkeypatch.delenv("OKPAY_DATABASE_URL")
    monkeypatch.delenv("OKPAY_DATA", raising=False)
    monkeypatch.delenv("OKPAY_KEYS", raising=False)
    with (
        # pytest's own temporary folders are private to us, and the server's user must reach this one.
        TemporaryDirectory(prefix="okpay-connections-", dir="/tmp") as folder,
        pytest.raises(SystemExit),
        database.open_database(_home(folder, monkeypatch), migrating=True, processes=processes),
    ):
        pass
    assert [int(settings["max_connections"]) for settings in started] == [least]


def _home(folder: str, monkeypatch: pytest.MonkeyPatch) -> Home:
    Path(folder).chmod(0o755)
    monkeypatch.setenv("OKPAY_HOME", folder)
    return Home.find()


def test_a_process_needs_no_more_than_is_counted_for_it() -> None:
    writers = 2 + 2
    assert PAGE_THREADS + readers.THREADS + callers.THREADS + writers + 2 <= database.PER_PROCESS
