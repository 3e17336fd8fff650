"""A database of one's own, to be ruined: nothing in the tests' database may ever be false."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
from django.db import connections

from okpay.base.cluster import ADMIN_ROLE
from okpay.base.provision import create_database
from tests.postgres import CLUSTER, TEMPLATE


@contextmanager
def scratch_database(name: str, template: str = TEMPLATE) -> Iterator[str]:
    """Make a copy of a database that nobody is connected to, and drop it afterwards."""
    database = f"okpay_scratch_{name}_{os.environ.get('PYTEST_XDIST_WORKER', 'main')}"
    _drop(database)
    create_database(CLUSTER, database, template)
    try:
        yield database
    finally:
        _drop(database)


@contextmanager
def using(database: str) -> Iterator[None]:
    """Let this thread's default connection lead to another database."""
    usual = connections["default"]
    elsewhere = connections.create_connection("default")
    elsewhere.settings_dict = {**elsewhere.settings_dict, "NAME": database}
    connections["default"] = elsewhere
    try:
        yield
    finally:
        elsewhere.close()
        connections["default"] = usual


@contextmanager
def superuser(database: str) -> Iterator[psycopg.Connection[tuple[object, ...]]]:
    """Connect as one whom no privilege and no trigger stops."""
    with psycopg.connect(CLUSTER.url(ADMIN_ROLE, database), autocommit=True) as connection:
        connection.execute("SET session_replication_role = replica")
        yield connection


def _drop(database: str) -> None:
    with psycopg.connect(CLUSTER.url(ADMIN_ROLE, "postgres"), autocommit=True) as connection:
        connection.execute(f'DROP DATABASE IF EXISTS "{database}" WITH (FORCE)')
