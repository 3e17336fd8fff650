"""What is used of a limit at an instant, compared with the model of the posting function's windows."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from okpay.ledger.records import Limits, LimitSubject, Used
from tests.laws.windows import Subject

ZONES = ("UTC", "Asia/Shanghai", "America/New_York", "Pacific/Auckland")
COUNTED = (1, 20, 300, 4_000)


@given(
    zone=st.sampled_from(ZONES),
    counted_on=st.dates(date(2026, 1, 1), date(2032, 12, 31)),
    after=st.timedeltas(timedelta(days=-3), timedelta(days=400)),
)
def test_windows_end_as_in_the_posting_function(zone: str, counted_on: date, after: timedelta) -> None:
    instant = datetime(counted_on.year, counted_on.month, counted_on.day, tzinfo=UTC) + after
    model = Subject(1, ZoneInfo(zone), counted_on=counted_on, used=COUNTED)
    subject = LimitSubject(1, "USD", zone, Limits(), counted_on, *COUNTED)
    assert subject.used_at(instant) == Used(*model.used_on(instant.astimezone(ZoneInfo(zone)).date()))


def test_nothing_is_used_before_the_first_count() -> None:
    assert LimitSubject(1, "USD", "UTC").used_at(datetime(2026, 11, 23, tzinfo=UTC)) == Used()
