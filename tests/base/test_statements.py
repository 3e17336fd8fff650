"""Prepared statements beneath Django's connection, and the two rules about posting."""

import uuid

import pytest
from django.db import DatabaseError, connection, transaction

from okpay.base.database import execute_prepared, mark_posting_call, named_sql, raw_connection, sqlstate
from okpay.base.errors import BrokenInvariant


def test_arrays_and_ids_go_in_and_out_bound_on_the_server() -> None:
    key = uuid.uuid4()
    row = execute_prepared("SELECT %s::bigint[], %s::uuid, %s::text", [[1, 2**62], key, "100% 五"]).fetchone()
    assert row == ([1, 2**62], key, "100% 五")


def test_statements_are_prepared_and_the_orms_setting_is_kept() -> None:
    before = raw_connection().prepare_threshold
    execute_prepared("SELECT 'prepared once', %s::int", [1])
    assert raw_connection().prepare_threshold == before
    row = execute_prepared("SELECT count(*) FROM pg_prepared_statements WHERE statement LIKE %s", ["%once%"])
    assert row.fetchone() == (1,)


def test_the_connection_shares_the_orms_transaction() -> None:
    with transaction.atomic():
        execute_prepared("UPDATE base_test_clock SET shift = shift + interval '99 years'")
        transaction.set_rollback(True)
    row = execute_prepared("SELECT shift < interval '99 years' FROM base_test_clock").fetchone()
    assert row == (True,)


def test_errors_are_djangos_and_keep_their_sqlstate() -> None:
    with pytest.raises(DatabaseError) as caught:
        execute_prepared("SELECT 1/0")
    assert sqlstate(caught.value) == "22012"
    assert sqlstate(ValueError()) is None


def test_sql_is_loaded_by_name() -> None:
    assert "base_test_clock" in named_sql("okpay.base", "advance_test_clock")


def test_posting_needs_a_transaction() -> None:
    with pytest.raises(BrokenInvariant, match="needs a transaction"):
        mark_posting_call()


def test_one_posting_call_per_transaction() -> None:
    with transaction.atomic():
        mark_posting_call()
        with pytest.raises(BrokenInvariant, match="one posting call"):
            mark_posting_call()
    with transaction.atomic():
        mark_posting_call()


def test_a_rolled_back_posting_call_does_not_count() -> None:
    with transaction.atomic():
        with transaction.atomic():
            mark_posting_call()
            transaction.set_rollback(True)
        mark_posting_call()
        transaction.set_rollback(True)
    with transaction.atomic():
        mark_posting_call()


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE base_test_clock SET shift = shift",
        "SELECT * FROM base_test_clock FOR NO KEY UPDATE",
        "SELECT * FROM base_test_clock for  share",
        "INSERT INTO base_test_clock VALUES (true) ON CONFLICT (only_row) DO UPDATE SET shift = '1 day'",
        "DELETE FROM base_test_clock",
    ],
)
def test_after_posting_only_inserts(statement: str) -> None:
    with transaction.atomic():
        mark_posting_call()
        execute_prepared("SELECT 1")
        with pytest.raises(BrokenInvariant, match="only inserts"):
            execute_prepared(statement)
        with connection.cursor() as cursor, pytest.raises(BrokenInvariant, match="only inserts"):
            cursor.execute(statement)
