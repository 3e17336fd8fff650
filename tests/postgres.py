"""Pytest plugin: a real PostgreSQL for the tests, started before Django reads its settings.

One cluster for the checkout, one migrated template database, and a clone of it for every worker. Nothing is
truncated between tests (the book is append-only): each test opens its own accounts.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import psycopg
import pytest

from okpay.base.cluster import ADMIN_ROLE, APP_ROLE, OWNER_ROLE, Cluster
from okpay.base.encryption import create_key_ring
from okpay.base.folders import FolderError, cluster_folder, held, make_folder
from okpay.base.provision import create_database, migrate

ROOT = Path(__file__).resolve().parent.parent
HOME, MOVED = cluster_folder(
    Path(os.environ.get("OKPAY_TEST_HOME", ROOT / ".okpay" / "test")), named="OKPAY_TEST_HOME" in os.environ
)
TEMPLATE = "okpay_template"
CLUSTER = Cluster(HOME, durable=False)
HOLD = ExitStack()


def _fresh(database: str, template: str) -> None:
    with psycopg.connect(CLUSTER.url(ADMIN_ROLE, "postgres"), autocommit=True) as connection:
        connection.execute(f'DROP DATABASE IF EXISTS "{database}" WITH (FORCE)')
    create_database(CLUSTER, database, template)


def _prepare() -> None:
    worker = os.environ.get("PYTEST_XDIST_WORKER", "")
    if not worker:
        make_folder(HOME)
        try:
            # Two test runs on one cluster would drop each other's databases.
            HOLD.enter_context(held(HOME, f"Tests already run in {HOME}: wait, or set OKPAY_TEST_HOME."))
        except FolderError as error:
            raise pytest.UsageError(str(error)) from None
        CLUSTER.start()
        _fresh(TEMPLATE, "template0")
        os.environ["OKPAY_MODE"] = "test"
        keys = HOME / "keys"
        if not (keys / "keyring.json").exists():
            create_key_ring(keys)
        os.environ["OKPAY_KEYS"] = str(keys)
        migrate(CLUSTER.url(OWNER_ROLE, TEMPLATE))
    database = f"okpay_{worker or 'main'}"
    _fresh(database, TEMPLATE)
    os.environ["OKPAY_DATABASE_URL"] = CLUSTER.url(APP_ROLE, database)
    os.environ["OKPAY_TEST_OWNER_URL"] = CLUSTER.url(OWNER_ROLE, database)
    os.environ["OKPAY_TEST_ADMIN_URL"] = CLUSTER.url(ADMIN_ROLE, database)


_prepare()


@pytest.fixture(scope="session")
def django_db_setup() -> None:
    """Replace pytest-django's own database: ours is already there."""


@pytest.fixture(autouse=True)
def _database(django_db_blocker: pytest.FixtureRequest) -> Iterator[None]:
    """Let every test use the database: this project has no test without one."""
    with django_db_blocker.unblock():  # type: ignore[attr-defined]
        yield


@pytest.fixture(scope="session")
def owner_url() -> str:
    """The URL of the role that owns the tables."""
    return os.environ["OKPAY_TEST_OWNER_URL"]


@pytest.fixture(scope="session")
def admin_url() -> str:
    """The URL of the server's superuser."""
    return os.environ["OKPAY_TEST_ADMIN_URL"]


@pytest.fixture(scope="session")
def app_url() -> str:
    """The URL of the role that the running program uses."""
    return os.environ["OKPAY_DATABASE_URL"]


def pytest_unconfigure() -> None:
    if not os.environ.get("PYTEST_XDIST_WORKER") and not os.environ.get("OKPAY_TEST_KEEP"):
        CLUSTER.stop()
    HOLD.close()


def pytest_report_header() -> list[str]:
    return [MOVED] if MOVED else []
