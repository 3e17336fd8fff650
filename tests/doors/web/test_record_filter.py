"""What the address of a record may ask for: days of the reader's zone, and nothing that a form would not send."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from django.core.exceptions import BadRequest

from okpay.doors.web.record_filter import Span, read_cursor, read_filter, search_text, write_cursor
from okpay.movements.records import Cursor, Show

TODAY = date(2026, 11, 24)
SOME_ID = UUID("0193a5c2-7f4e-7b3a-9c1d-2e5f8a6b4c10")


def test_nothing_asked_is_everything() -> None:
    asked = read_filter({}, TODAY)
    assert (asked.show, asked.span, asked.first, asked.last) == (Show.ALL, Span.ALL, None, None)
    assert not asked.is_narrow
    assert asked.since(ZoneInfo("UTC")) is asked.until(ZoneInfo("UTC")) is None


def test_the_past_seven_days_count_today() -> None:
    asked = read_filter({"span": "week"}, TODAY)
    assert (asked.first, asked.last) == (date(2026, 11, 18), TODAY)


def test_own_days_include_both() -> None:
    zone = ZoneInfo("Asia/Shanghai")
    asked = read_filter({"span": "own", "from": "2026-11-01", "to": "2026-11-02"}, TODAY)
    assert asked.since(zone) == datetime(2026, 10, 31, 16, tzinfo=UTC)
    assert asked.until(zone) == datetime(2026, 11, 2, 16, tzinfo=UTC)
    assert read_filter({"span": "own", "from": "2026-11-01"}, TODAY).until(zone) is None
    assert read_filter({"span": "own", "to": "2026-11-01"}, TODAY).since(zone) is None


@pytest.mark.parametrize(
    ("zone", "day", "hours"),
    [
        ("America/New_York", "2026-03-08", 23),
        ("America/New_York", "2026-11-01", 25),
        ("Europe/Berlin", "2026-03-29", 23),
        ("Europe/Berlin", "2026-10-25", 25),
        ("Asia/Beirut", "2026-03-29", 23),  # the clocks go on at midnight, which does not exist
        ("Asia/Shanghai", "2026-03-29", 24),
    ],
)
def test_a_day_lasts_as_long_as_its_clocks_say(zone: str, day: str, hours: int) -> None:
    asked = read_filter({"span": "own", "from": day, "to": day}, TODAY)
    since, until = asked.since(ZoneInfo(zone)), asked.until(ZoneInfo(zone))
    assert since is not None
    assert until is not None
    assert until.astimezone(UTC) - since.astimezone(UTC) == timedelta(hours=hours)


@pytest.mark.parametrize(
    ("asked", "field"),
    [
        ({"span": "own"}, "from"),
        ({"span": "own", "from": "2026-02-30"}, "from"),
        ({"span": "own", "from": "24/11/2026"}, "from"),
        ({"span": "own", "from": "0001-01-01"}, "from"),
        ({"span": "own", "to": "9999-12-31"}, "to"),
        ({"span": "own", "from": "２０２６-11-01"}, "from"),
        ({"span": "own", "from": "2026-11-02", "to": "2026-11-01"}, "to"),
        ({"q": "x" * 101}, "q"),
    ],
)
def test_what_may_be_a_slip_is_said_beside_its_field(asked: dict[str, str], field: str) -> None:
    assert set(read_filter(asked, TODAY).errors) == {field}


@pytest.mark.parametrize(
    "asked",
    [
        {"span": "year"},
        {"span": "ALL"},
        {"show": "everything"},
        {"show": "all' OR 1=1 --"},
        {"after": "x"},
        {"after": "1"},
        {"after": f"-1.{SOME_ID}"},
        {"after": f"1.{SOME_ID}.2"},
        {"after": f"99999999999999999999.{SOME_ID}"},
        {"after": "1.0193a5c2-7f4e-7b3a-9c1d-2e5f8a6b4c1-"},
        {"q": "a\x00b"},
    ],
)
def test_what_no_form_sends_is_malformed(asked: dict[str, str]) -> None:
    with pytest.raises(BadRequest):
        read_filter(asked, TODAY)


def test_a_cursor_comes_back_to_the_microsecond() -> None:
    cursor = Cursor(datetime(2026, 11, 24, 1, 2, 3, 456789, tzinfo=UTC), SOME_ID)
    assert read_cursor(write_cursor(cursor)) == cursor


def test_a_link_keeps_what_was_asked_and_begins_anew() -> None:
    asked = read_filter(
        {"span": "own", "from": "2026-11-01", "q": "rent & more", "show": "income", "after": f"1.{SOME_ID}"},
        TODAY,
    )
    assert asked.address() == "?show=income&span=own&from=2026-11-01&q=rent+%26+more"
    assert asked.address(show="") == "?span=own&from=2026-11-01&q=rent+%26+more"
    assert read_filter({}, TODAY).address() == "?"


@pytest.mark.parametrize(
    ("typed", "wanted"),
    [
        ("12.50", "12.50"),
        ("1,234.50", "1234.50"),
        ("1,234", "1234"),
        ("12,50", "12,50"),
        ("1.234,50", "1.234,50"),
        ("rent 12", "rent 12"),
        ("1,234.50 USD", "1,234.50 USD"),
        ("%_\\", "%_\\"),
        ("Infinity", "Infinity"),
    ],
)
@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_an_amount_is_looked_for_as_its_language_writes_it(typed: str, wanted: str, language: str) -> None:
    assert search_text(typed, language) == wanted
