"""The database that the tests run on is the real one, under the role of the running program."""

from collections.abc import Iterator

import pytest
from django.db import close_old_connections, connection, transaction

from okpay.base.database import execute_prepared, require_transaction
from okpay.base.errors import BrokenInvariant


def test_tests_connect_as_the_running_role() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_user, current_setting('plan_cache_mode')")
        assert cursor.fetchone() == ("okpay_app", "force_generic_plan")


def test_an_action_outside_a_transaction_is_a_fault_of_the_program() -> None:
    with pytest.raises(BrokenInvariant, match="begin the transaction"):
        require_transaction()
    with transaction.atomic():
        require_transaction()


@pytest.fixture
def stale() -> Iterator[None]:
    """A connection that was used in one request, and whose server end is gone before the next."""
    pid = execute_prepared("SELECT pg_backend_pid()").fetchone()
    close_old_connections()
    other = connection.copy()
    with other.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(%s, 5000)", pid)
    other.close()
    yield
    connection.close()


def test_a_connection_that_died_between_requests_is_opened_again(stale: None) -> None:
    close_old_connections()
    assert execute_prepared("SELECT 1").fetchone() == (1,)


def test_so_it_is_where_the_request_begins_with_a_transaction(stale: None) -> None:
    close_old_connections()
    with transaction.atomic():
        assert execute_prepared("SELECT 1").fetchone() == (1,)


def test_the_check_is_made_once_and_never_inside_a_transaction(monkeypatch: pytest.MonkeyPatch) -> None:
    execute_prepared("SELECT 1")
    checks: list[bool] = []

    def is_usable() -> bool:
        checks.append(True)
        return True

    monkeypatch.setattr(connection, "is_usable", is_usable)
    execute_prepared("SELECT 1")
    with transaction.atomic():
        execute_prepared("SELECT 1")
        execute_prepared("SELECT 1")
    assert checks == []
    close_old_connections()
    execute_prepared("SELECT 1")
    execute_prepared("SELECT 1")
    assert len(checks) == 1
