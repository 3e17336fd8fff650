"""What a person asks their record for: a span of days, a kind of row, words, and where the last page ended.

Everything comes from the address of the page, so that it can be kept, and is read strictly: what no link or form of
ours would send is malformed. Whose record it is never stands there.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from babel.numbers import NumberFormatError, parse_decimal
from django.core.exceptions import BadRequest
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from okpay.base.errors import InvalidInput
from okpay.base.ids import parse_uuid
from okpay.doors.web.local_time import start_of
from okpay.movements.records import Cursor, Show

LONGEST_SEARCH = 100
FIRST_DAY, LAST_DAY = date(2000, 1, 1), date(2199, 12, 31)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_CURSOR = re.compile(r"([0-9]{1,17})\.([0-9a-f-]{36})")
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_FIGURES = re.compile(r"[0-9][0-9.,'\u00a0\u202f]*")


class Span(StrEnum):
    """Which days of a record are shown."""

    ALL = "all"
    TODAY = "today"
    WEEK = "week"
    """Today and the six days before."""
    OWN = "own"


@dataclass(frozen=True, slots=True)
class RecordFilter:
    """What was asked for, and what is wrong with it, by field; with errors nothing is looked up."""

    show: Show = Show.ALL
    span: Span = Span.ALL
    from_text: str = ""
    """The own days as they are written in an address; empty where none was given, or none that is a day."""
    to_text: str = ""
    search: str = ""
    after: Cursor | None = None
    first: date | None = None
    last: date | None = None
    """Both days included."""
    errors: Mapping[str, Promise] = field(default_factory=dict)

    def since(self, zone: ZoneInfo) -> datetime | None:
        """Return when the first day begins."""
        return start_of(self.first, zone) if self.first else None

    def until(self, zone: ZoneInfo) -> datetime | None:
        """Return when the day after the last one begins."""
        return start_of(self.last + timedelta(days=1), zone) if self.last else None

    @property
    def is_narrow(self) -> bool:
        """Whether anything was asked for besides everything."""
        return self.show is not Show.ALL or self.span is not Span.ALL or bool(self.search)

    def address(self, **changes: str) -> str:
        """Return the query of a link to the same with changes; it begins on the first page unless `after` is given."""
        values = {
            "show": "" if self.show is Show.ALL else self.show.value,
            "span": "" if self.span is Span.ALL else self.span.value,
            "from": self.from_text,
            "to": self.to_text,
            "q": self.search,
            **changes,
        }
        kept = {name: value for name, value in values.items() if value}
        return f"?{urlencode(kept)}" if kept else "?"


def read_filter(asked: Mapping[str, str], today: date) -> RecordFilter:
    """Return what the address of a page asks for; days are those of the reader's zone.

    What a person may have mistyped is kept with an error beside it. Raises: django.core.exceptions.BadRequest for what
    nobody can have typed into the form.
    """
    try:
        show, span = Show(asked.get("show") or "all"), Span(asked.get("span") or "all")
    except ValueError:
        raise BadRequest("no such part of a record") from None
    search = asked.get("q", "")
    if "\x00" in search:
        raise BadRequest("text with a NUL")
    errors: dict[str, Promise] = {}
    search = search.strip()
    if len(search) > LONGEST_SEARCH:
        errors["q"] = _("That is too long to search for.")
        search = search[:LONGEST_SEARCH]
    first = last = None
    if span is Span.OWN:
        first, last = _own_days(asked, errors)
    elif span is not Span.ALL:
        first, last = today - timedelta(days=6 if span is Span.WEEK else 0), today
    return RecordFilter(
        show=show,
        span=span,
        from_text=first.isoformat() if first and span is Span.OWN else "",
        to_text=last.isoformat() if last and span is Span.OWN else "",
        search=search,
        after=read_cursor(asked["after"]) if asked.get("after") else None,
        first=first,
        last=last,
        errors=errors,
    )


def search_text(typed: str, locale: str) -> str:
    """Return what to look for: an amount that is written as the language writes it, as the record keeps amounts."""
    if not _FIGURES.fullmatch(typed):
        return typed
    try:
        return f"{parse_decimal(typed, locale=locale.replace('-', '_'), strict=True):f}"
    except NumberFormatError:
        return typed


def write_cursor(cursor: Cursor) -> str:
    """Return a place in a record as text: it names a row and no owner."""
    return f"{(cursor.at - _EPOCH) // timedelta(microseconds=1)}.{cursor.movement_id}"


def read_cursor(text: str) -> Cursor:
    """Read a place in a record. Raises: BadRequest for anything that `write_cursor` would not write."""
    match = _CURSOR.fullmatch(text)
    if match is None:
        raise BadRequest("no place in a record")
    try:
        return Cursor(_EPOCH + timedelta(microseconds=int(match[1])), parse_uuid(match[2], field="after"))
    except InvalidInput:
        raise BadRequest("no place in a record") from None


def _own_days(asked: Mapping[str, str], errors: dict[str, Promise]) -> tuple[date | None, date | None]:
    days: dict[str, date | None] = {}
    for name in ("from", "to"):
        text = asked.get(name, "")
        days[name] = _day(text)
        if text and days[name] is None:
            errors[name] = _("This is no day. Write it like 2026-11-24.")
    if not errors and days["from"] is None and days["to"] is None:
        errors["from"] = _("Choose the first day, the last one, or both.")
    if days["from"] and days["to"] and days["from"] > days["to"]:
        errors["to"] = _("The last day is before the first.")
    return days["from"], days["to"]


def _day(text: str) -> date | None:
    if not _DAY.fullmatch(text):
        return None
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    return day if FIRST_DAY <= day <= LAST_DAY else None
