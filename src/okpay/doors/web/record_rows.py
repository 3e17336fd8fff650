"""Rows of a record in words, by day: what the list shows, and the wallet's home."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby
from zoneinfo import ZoneInfo

from okpay.customers.records import Customer
from okpay.doors.web import movement_words
from okpay.doors.web.local_time import Instant, day_words, shown
from okpay.doors.web.movement_words import Words
from okpay.movements import queries as movements
from okpay.movements.records import Entry
from okpay.regions import queries as regions


@dataclass(frozen=True, slots=True)
class Row:
    """A row of the record, in words."""

    entry: Entry
    at: Instant
    kind: Words
    state: Words
    look: str
    turn: Words
    """Whose turn it is; empty once it has ended."""
    is_moved: bool
    """Whether the amount counts: of what was cancelled, returned or declined it does not."""


@dataclass(frozen=True, slots=True)
class Day:
    """The rows of one day."""

    heading: str
    rows: tuple[Row, ...]


def zone_of(customer: Customer | None) -> ZoneInfo:
    """Return the zone in which a customer's days begin, UTC for who is none."""
    return regions.country(customer.country).limits_zone if customer else ZoneInfo("UTC")


def by_day(entries: Sequence[Entry], zone: ZoneInfo, today: date) -> list[Day]:
    """Return rows of a record by the day on which they came into it."""

    def day_of(entry: Entry) -> date:
        return entry.line.at.astimezone(zone).date()

    return [
        Day(day_words(day, today), tuple(row_of(entry, zone) for entry in those))
        for day, those in groupby(entries, key=day_of)
    ]


def lately(customer: Customer, now: datetime, *, limit: int) -> list[Day]:
    """Return the last rows of a customer's record."""
    zone = zone_of(customer)
    return by_day(movements.record(customer.id, limit=limit), zone, now.astimezone(zone).date())


def row_of(entry: Entry, zone: ZoneInfo) -> Row:
    """Return a row of a record in words."""
    found = entry.movement
    return Row(
        entry=entry,
        at=shown(entry.line.at, zone),
        kind=movement_words.KINDS[found.kind],
        state=movement_words.STATES[found.state],
        look=movement_words.LOOKS[found.state],
        turn="" if found.state.is_final else movement_words.turn_words(found, is_payer=entry.line.sign < 0),
        is_moved=movement_words.LOOKS[found.state] in ("done", "waiting"),
    )
