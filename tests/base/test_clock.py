"""One clock for every process: the database's, shifted forward in tests only."""

from datetime import UTC, datetime, timedelta

import psycopg
import pytest
from django.core.checks import run_checks
from django.db import DatabaseError, transaction
from django.test import override_settings

from okpay.base import clock
from okpay.base.database import execute_prepared
from okpay.base.errors import BrokenInvariant


def test_now_is_utc_and_near_the_hosts_clock_plus_the_shift() -> None:
    shift = _shift()
    before = datetime.now(UTC) + shift
    asked = clock.now()
    assert before - timedelta(seconds=1) <= asked <= datetime.now(UTC) + shift + timedelta(seconds=1)
    assert asked.tzinfo is UTC


def test_advancing_moves_every_connection_at_once(app_url: str) -> None:
    before = clock.now()
    clock.advance(timedelta(days=3))
    with psycopg.connect(app_url) as other:
        row = other.execute("SELECT base_now_v1()").fetchone()
    assert row is not None
    assert timedelta(days=3) <= row[0] - before < timedelta(days=3, minutes=1)


def test_time_goes_on_inside_a_transaction() -> None:
    with transaction.atomic():
        assert clock.now() < clock.now()


def test_the_clock_never_goes_back() -> None:
    with pytest.raises(BrokenInvariant, match="forward"):
        clock.advance(timedelta(seconds=-1))
    clock.advance(timedelta(seconds=1))
    with pytest.raises(DatabaseError, match="only goes forward"):
        execute_prepared("UPDATE base_test_clock SET shift = shift - interval '1 second'")


@pytest.mark.parametrize(
    "statement", ["DELETE FROM base_test_clock", "INSERT INTO base_test_clock DEFAULT VALUES"]
)
def test_there_is_one_row_for_ever(statement: str) -> None:
    with pytest.raises(DatabaseError, match="permission denied"):
        execute_prepared(statement)


@override_settings(MODE="production")
def test_production_has_no_test_clock() -> None:
    with pytest.raises(BrokenInvariant, match="production"):
        clock.advance(timedelta(days=1))
    assert abs(clock.now() - datetime.now(UTC)) < timedelta(seconds=1)


def test_production_does_not_start_on_a_shifted_clock() -> None:
    clock.advance(timedelta(seconds=1))
    assert run_checks(tags=["database"], databases=["default"]) == []
    with override_settings(MODE="production"):
        assert [error.id for error in run_checks(tags=["database"], databases=["default"])] == ["base.E001"]
        assert run_checks(tags=["database"], databases=[]) == []


def _shift() -> timedelta:
    row = execute_prepared("SELECT shift FROM base_test_clock").fetchone()
    assert row is not None
    shift: timedelta = row[0]
    return shift
