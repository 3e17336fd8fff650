"""Calendar windows of limits, in several time zones, around midnight, clock changes, and the turn of the year."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from okpay.base import clock
from okpay.base.ids import new_uuid7
from okpay.ledger import queries
from okpay.ledger.records import Count, LimitSubject, Outcome, Release
from tests.factories.ledger import capture, new_account, new_subject, outcome_of, post, reserve, transfer
from tests.laws.invariants import broken_laws
from tests.laws.windows import windows

SECOND = timedelta(seconds=1)
DAY = timedelta(days=1)
ZONES = ("UTC", "Asia/Shanghai", "Asia/Kathmandu", "America/New_York", "Europe/Berlin", "Pacific/Auckland")
WINDOWS = ("day", "week", "month", "year")
BROKEN = (Outcome.LIMIT_PER_DAY, Outcome.LIMIT_PER_WEEK, Outcome.LIMIT_PER_MONTH, Outcome.LIMIT_PER_YEAR)


def midnight(day: date, zone: str) -> datetime:
    """Return the instant at which a local day begins."""
    return datetime.combine(day, time(), ZoneInfo(zone)).astimezone(UTC)


def next_turn(window: str, zone: str) -> date:
    """Return the first local day of the next window that begins at least a minute from now."""
    number = WINDOWS.index(window)
    day = (clock.now() + timedelta(minutes=1)).astimezone(ZoneInfo(zone)).date()
    while windows(day)[number] == windows(day + DAY)[number]:
        day += DAY
    return day + DAY


def advance_to(instant: datetime) -> None:
    """Move the test clock forward to an instant."""
    clock.advance(instant - clock.now())


class Spender:
    """Somebody with money and a limit of 100 in one kind of window."""

    def __init__(self, zone: str, *counted: str) -> None:
        self.ann, self.bob = new_account(balance_minor=100_000), new_account()
        self.subject = new_subject(zone, **{f"per_{window}_minor": 100 for window in counted})

    def spend(self, amount_minor: int) -> tuple[Outcome, int | None]:
        """Count and move an amount; return what became of it and what was left."""
        result = post(transfer(self.ann, self.bob, amount_minor, Count(self.subject, amount_minor)))[0]
        return result.outcome, result.remaining_minor

    @property
    def counted(self) -> LimitSubject:
        found = queries.limit_subject(self.subject)
        assert found is not None
        return found


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize("window", WINDOWS[:3])
def test_a_window_ends_at_local_midnight(zone: str, window: str) -> None:
    turn_over(zone, window)


@pytest.mark.parametrize("zone", ["America/New_York", "Asia/Shanghai"])
def test_a_year_ends_at_local_midnight(zone: str) -> None:
    turn_over(zone, "year")


def turn_over(zone: str, window: str) -> None:
    """Use up a limit two seconds before its window ends, and use it again one second after."""
    turn, spender, refused = next_turn(window, zone), Spender(zone, window), BROKEN[WINDOWS.index(window)]
    advance_to(midnight(turn, zone) - 2 * SECOND)
    assert spender.spend(70) == (Outcome.POSTED, None)
    assert spender.spend(31) == (refused, 30)
    assert spender.spend(30) == (Outcome.POSTED, None)
    assert spender.spend(1) == (refused, 0)
    advance_to(midnight(turn, zone) + SECOND)
    assert spender.spend(101) == (refused, 100)
    assert spender.spend(100) == (Outcome.POSTED, None)
    assert spender.spend(1) == (refused, 0)
    assert spender.counted.counted_on == turn
    assert not broken_laws()


@pytest.mark.parametrize("zone", ["Europe/Berlin", "America/New_York", "Australia/Lord_Howe"])
@pytest.mark.parametrize("change", ["first", "second"])
def test_a_day_on_which_the_clocks_change_is_one_day(zone: str, change: str) -> None:
    # The next change is forward or back by the season in which the test clock stands: two in a row are both.
    day = clock.now().astimezone(ZoneInfo(zone)).date() + DAY
    while midnight(day + DAY, zone) - midnight(day, zone) == DAY:
        day += DAY
    length = midnight(day + DAY, zone) - midnight(day, zone)
    assert length != DAY, change
    spender = Spender(zone, "day")
    advance_to(midnight(day, zone) + SECOND)
    assert spender.spend(100) == (Outcome.POSTED, None)
    advance_to(midnight(day + DAY, zone) - 2 * SECOND)
    assert spender.spend(1) == (Outcome.LIMIT_PER_DAY, 0)
    advance_to(midnight(day + DAY, zone) + SECOND)
    assert spender.spend(100) == (Outcome.POSTED, None)


@pytest.mark.parametrize("spent_since", [False, True])
@pytest.mark.parametrize("window", WINDOWS[:3])
def test_a_hold_gives_back_to_the_windows_that_still_run(window: str, spent_since: bool) -> None:
    zone = "America/New_York"
    turn = next_turn(window, zone)
    while turn.month == 1 and turn.day <= 7:  # the year itself shall not end
        advance_to(midnight(turn, zone) + 8 * DAY)
        turn = next_turn(window, zone)
    spender = Spender(zone)
    advance_to(midnight(turn, zone) - 60 * SECOND)
    hold = reserve(spender.ann, 80, Count(spender.subject, 80))
    assert outcome_of(hold) is Outcome.POSTED
    advance_to(midnight(turn, zone) + SECOND)
    if spent_since:
        assert spender.spend(5) == (Outcome.POSTED, None)
    assert outcome_of(Release(new_uuid7(), "test.release", hold.id)) is Outcome.POSTED
    assert spender.spend(7) == (Outcome.POSTED, None)
    used = 12 if spent_since else 7
    after = spender.counted
    assert after.counted_on == turn
    assert [after.used_day_minor, after.used_week_minor, after.used_month_minor] == [used] * 3
    assert after.used_year_minor == used
    assert not broken_laws()


def test_what_was_captured_stays_counted_rounded_up() -> None:
    spender = Spender("UTC")
    hold = reserve(spender.ann, 300, Count(spender.subject, 100))
    assert outcome_of(hold) is Outcome.POSTED
    assert outcome_of(capture(hold, spender.bob, 1, final=False)) is Outcome.POSTED
    assert spender.counted.used_year_minor == 100
    assert outcome_of(capture(hold, spender.bob, 100)) is Outcome.POSTED
    assert spender.counted.used_year_minor == 34  # 100 × 101 / 300, rounded up


def test_a_refusal_counts_nothing_and_another_limit_s_count_is_taken_back() -> None:
    spender, strict = Spender("UTC", "day"), new_subject(per_movement_minor=10)
    counts = Count(spender.subject, 50), Count(strict, 50)
    result = post(transfer(spender.ann, spender.bob, 50, *counts))[0]
    assert (result.outcome, result.culprit_id, result.remaining_minor) == (
        Outcome.LIMIT_PER_MOVEMENT,
        strict,
        10,
    )
    assert spender.spend(100) == (Outcome.POSTED, None)
