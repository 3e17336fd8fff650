"""Limit subjects in memory: what was used in the calendar windows of a time zone."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from zoneinfo import ZoneInfo

from okpay.ledger.records import MAX_MINOR, Limits, Outcome

BROKEN = (
    Outcome.LIMIT_PER_DAY,
    Outcome.LIMIT_PER_WEEK,
    Outcome.LIMIT_PER_MONTH,
    Outcome.LIMIT_PER_YEAR,
)
"""What a full window refuses with, the shortest window first."""
Used = tuple[int, ...]


def windows(day: date) -> tuple[object, ...]:
    """Return the names of the four windows that contain a day: the day, its ISO week, its month, its year."""
    year, week, _ = day.isocalendar()
    return day, (year, week), (day.year, day.month), day.year


@dataclass(slots=True)
class Subject:
    """Somebody whose movements are counted; `used` belongs to the windows that contain `counted_on`."""

    id: int
    zone: ZoneInfo
    limits: Limits = field(default_factory=Limits)
    counted_on: date | None = None
    used: Used = (0, 0, 0, 0)

    @property
    def state(self) -> tuple[date | None, Used]:
        """What counting changes."""
        return self.counted_on, self.used

    @state.setter
    def state(self, state: tuple[date | None, Used]) -> None:
        self.counted_on, self.used = state

    def count(self, amount_minor: int, at: datetime) -> tuple[Outcome, int] | None:
        """Count an amount, or return the limit it breaks and what was left of that."""
        most = self.limits.per_movement_minor
        if most is not None and amount_minor > most:
            return Outcome.LIMIT_PER_MOVEMENT, most
        today = at.astimezone(self.zone).date()
        used = self.used_on(today)
        limits = self.limits
        per_window = (
            limits.per_day_minor, limits.per_week_minor, limits.per_month_minor, limits.per_year_minor
        )  # fmt: skip
        for outcome, maximum, so_far in zip(BROKEN, per_window, used, strict=True):
            left = (MAX_MINOR if maximum is None else maximum) - so_far
            if amount_minor > left:
                return outcome, max(left, 0)
        self.counted_on = today if self.counted_on is None else max(today, self.counted_on)
        self.used = tuple(minor + amount_minor for minor in used)
        return None

    def give_back(self, amount_minor: int, counted_at: datetime) -> None:
        """Take back an amount that was counted then, from the windows it was counted in and that still run."""
        assert self.counted_on is not None
        then = windows(counted_at.astimezone(self.zone).date())
        self.used = tuple(
            minor - amount_minor if counted_in == running else minor
            for minor, counted_in, running in zip(self.used, then, windows(self.counted_on), strict=True)
        )

    def used_on(self, day: date) -> Used:
        """Return what is used in the four windows of a day: those that have ended since count from zero."""
        if self.counted_on is None or day <= self.counted_on:
            return self.used
        return tuple(
            minor if counted_in == now else 0
            for minor, counted_in, now in zip(self.used, windows(self.counted_on), windows(day), strict=True)
        )
