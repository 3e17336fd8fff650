"""Days and times as people read them: in the zone of their country, in their language."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import format_date, format_datetime
from django.utils.translation import get_language
from django.utils.translation import gettext as _

_DAYS = {"en": "EEEE, d MMMM y", "zh-hans": "y年M月d日 EEEE"}
_SHORT_DAYS = {"en": "d MMM y", "zh-hans": "y年M月d日"}
_INSTANTS = {"en": "d MMM y, HH:mm", "zh-hans": "y年M月d日 HH:mm"}
_EXACT = {"en": "d MMM y, HH:mm:ss 'UTC'xxx", "zh-hans": "y年M月d日 HH:mm:ss 'UTC'xxx"}


@dataclass(frozen=True, slots=True)
class Instant:
    """An instant in words: the day and minute, the time alone, and everything to the second."""

    at: datetime
    words: str
    time: str
    exact: str


def shown(at: datetime, zone: ZoneInfo) -> Instant:
    """Return an instant in the words of the present language."""
    local = at.astimezone(zone)
    return Instant(local, _told(local, _INSTANTS), f"{local:%H:%M}", _told(local, _EXACT))


def day_words(day: date, today: date) -> str:
    """Return a day as the heading of what happened on it."""
    if day == today:
        return _("Today")
    if day == today - timedelta(days=1):
        return _("Yesterday")
    return format_date(day, _DAYS[_language()], locale=_locale())


def short_day(day: date) -> str:
    """Return a day in few letters."""
    return format_date(day, _SHORT_DAYS[_language()], locale=_locale())


def start_of(day: date, zone: ZoneInfo) -> datetime:
    """Return the instant at which a day begins in a zone, also where clocks skip its midnight."""
    return datetime.combine(day, time.min, tzinfo=zone)


def _told(local: datetime, patterns: dict[str, str]) -> str:
    return format_datetime(local, patterns[_language()], tzinfo=local.tzinfo, locale=_locale())


def _language() -> str:
    language = get_language()
    return language if language in _DAYS else "en"


def _locale() -> Locale:
    return Locale.parse(_language(), sep="-")
