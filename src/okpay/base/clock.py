"""What time it is. A door asks once and hands `now` down; nothing below a door reads a clock.

One test clock lies in the database, so that every process and the posting function agree: `advance` shifts it
forward, never back, and never in production.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from django.conf import settings

from okpay.base.database import execute_prepared, named_sql
from okpay.base.errors import BrokenInvariant


def now() -> datetime:
    """Return the present instant in UTC: the host's clock in production, else the database's with the shift.

    Asking the database costs a round trip but no two processes ever disagree about a clock that was advanced.
    """
    if settings.MODE == "production":
        return datetime.now(UTC)
    row = execute_prepared("SELECT base_now_v1()").fetchone()
    assert row is not None
    instant: datetime = row[0]
    return instant.astimezone(UTC)


def shift() -> timedelta:
    """Return by how much the test clock is ahead of the host's; nothing in production.

    For a door that may not ask the database for each request: `host_now() + shift()`, the shift read now and then.
    """
    if settings.MODE == "production":
        return timedelta(0)
    row = execute_prepared("SELECT base_now_v1() - clock_timestamp()").fetchone()
    assert row is not None
    ahead: timedelta = row[0]
    # Without a shift the two differ by the microseconds between them.
    return max(timedelta(0), ahead)


def host_now() -> datetime:
    """Return the host's present instant in UTC, whatever the test clock says."""
    return datetime.now(UTC)


def advance(delta: timedelta) -> datetime:
    """Shift the test clock forward by `delta` for every process, and return the new present.

    Raises: BrokenInvariant in production, or when `delta` is negative.
    """
    if settings.MODE == "production":
        raise BrokenInvariant("the clock of a production installation cannot be shifted")
    if delta < timedelta(0):
        raise BrokenInvariant("the test clock only goes forward")
    execute_prepared(named_sql("okpay.base", "advance_test_clock"), [delta])
    return now()
