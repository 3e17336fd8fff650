"""Which language a page is in, and how it writes times and amounts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal

from babel.dates import format_datetime
from babel.numbers import format_decimal
from starlette.requests import Request

from okpay_sandbox.web.words import LANGUAGES

COOKIE = "sandbox_language"


@dataclass(frozen=True)
class Language:
    """A language of the pages."""

    code: str

    @property
    def other(self) -> str:
        """The code of the other one."""
        return next(code for code in LANGUAGES if code != self.code)

    def say(self, name: str, **values: object) -> str:
        """Return words; what is filled in is plain text, and escaped where it is used."""
        words = LANGUAGES[self.code][name]
        return words.format(**values) if values else words

    def of_channel(self, name: str, channel: str) -> str:
        """Return words that a channel has for itself, else those of all."""
        return self.say(own if (own := f"{name}_{channel}") in LANGUAGES[self.code] else name)

    def time(self, at: datetime) -> str:
        """Return a time as people here read it: of this machine's zone, without the day when it is today."""
        here = at.astimezone()
        is_today = here.date() == datetime.now(UTC).astimezone().date()
        if self.code == "en":
            pattern = "HH:mm:ss" if is_today else "d MMM y, HH:mm"
            return format_datetime(here, pattern, locale="en_GB")
        return format_datetime(here, "HH:mm:ss" if is_today else "y年M月d日 HH:mm", locale="zh_Hans")


def amount(minor: int, currency: str, exponent: int, language: Language) -> str:
    """Return an amount of minor units as people here read it, with the code of its currency."""
    number = Decimal(minor).scaleb(-exponent)
    pattern = f"#,##0.{'0' * exponent}" if exponent else "#,##0"
    written = format_decimal(number, pattern, locale="en_GB" if language.code == "en" else "zh_Hans")
    return f"{written} {currency.upper()}"


def language_of(request: Request) -> Language:
    """Return the language that was chosen, else the first of the browser's that we speak, else English."""
    chosen = request.cookies.get(COOKIE, "")
    if chosen in LANGUAGES:
        return Language(chosen)
    wanted: list[tuple[float, str]] = []
    for part in request.headers.get("accept-language", "")[:200].lower().split(","):
        tag, _, weight = part.strip().partition(";q=")
        try:
            wanted.append((-float(weight or "1"), tag))
        except ValueError:
            continue
    for _, tag in sorted(wanted, key=lambda found: found[0]):
        if tag.startswith("zh"):
            return Language("zh-hans")
        if tag.startswith("en"):
            return Language("en")
    return Language("en")
