"""A table of effects: it takes everything twice, so that a test sees what happened twice."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Callable

import psycopg
import pytest
from django.db import connection, connections

from okpay.base.database import execute_prepared

Threads = Callable[[list[Callable[[], None]]], None]


@pytest.fixture(scope="session", autouse=True)
def _effect_table(owner_url: str) -> None:
    with psycopg.connect(owner_url, autocommit=True) as owner:
        owner.execute("CREATE TABLE IF NOT EXISTS test_effect (owner uuid NOT NULL, name text NOT NULL)")
        owner.execute("CREATE INDEX IF NOT EXISTS test_effect_owner ON test_effect (owner)")


class Effects:
    """The effects of one test, under an owner of its own."""

    def __init__(self) -> None:
        self.owner = uuid.uuid4()

    def write(self, names: list[str]) -> None:
        """Insert one row for each name in the caller's transaction."""
        execute_prepared(
            "INSERT INTO test_effect (owner, name) SELECT %s::uuid, unnest(%s::text[])", [self.owner, names]
        )

    def names(self) -> list[str]:
        """Return what was committed, sorted."""
        rows = execute_prepared("SELECT name FROM test_effect WHERE owner = %s ORDER BY name", [self.owner])
        return [row[0] for row in rows]


@pytest.fixture
def effects() -> Effects:
    """Give a test its own effects."""
    return Effects()


@pytest.fixture
def together() -> Threads:
    """Run functions at the same moment, each on a thread and a connection of its own; raise what one raises."""

    def run(functions: list[Callable[[], None]]) -> None:
        errors: list[BaseException] = []
        start = threading.Barrier(len(functions))

        def body(function: Callable[[], None]) -> None:
            try:
                connection.ensure_connection()
                start.wait(20)
                function()
            except BaseException as error:
                errors.append(error)
            finally:
                connections.close_all()

        threads = [threading.Thread(target=body, args=(function,)) for function in functions]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(60)
        if errors:
            raise errors[0]

    return run


@pytest.fixture
def kill(admin_url: str) -> Callable[[int], None]:
    """End a server process as an administrator would, and wait until it has gone."""

    def end(pid: int) -> None:
        with psycopg.connect(admin_url, autocommit=True) as admin:
            admin.execute("SELECT pg_terminate_backend(%s, 5000)", [pid])

    return end
