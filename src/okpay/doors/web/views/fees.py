"""The fees page: what each movement costs in a country, and an example of each that the program has worked out."""

from __future__ import annotations

from dataclasses import dataclass

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_safe

from okpay.base.money import Money, Rounding, exponent
from okpay.doors.web.country_words import by_name
from okpay.pricing import queries as pricing
from okpay.pricing.errors import FeeRefused
from okpay.pricing.records import FeeKind, FeeLine, Quote, Terms
from okpay.regions import queries as regions
from okpay.regions.errors import CountryNotSupported
from okpay.regions.records import LEVELS, Country, Flow, Window

KINDS: dict[FeeKind, Promise] = {
    FeeKind.TRANSFER: _("Transfer to a person in the same country"),
    FeeKind.TRANSFER_ABROAD: _("Transfer to a person abroad"),
    FeeKind.CARD_TOP_UP: _("Top-up from a card"),
}
OTHER_ROUNDINGS: dict[Rounding, Promise] = {
    Rounding.HALF_UP: _("the share rounded to the nearest unit, a half upwards"),
    Rounding.DOWN: _("the share rounded down"),
}


@dataclass(frozen=True)
class TermsShown:
    """One set of terms of a line, its amounts with their currency."""

    begins: Money | None
    percent: str
    fixed: Money | None
    minimum: Money | None
    maximum: Money | None
    is_free: bool


@dataclass(frozen=True)
class LineShown:
    """One line of the table, and an example of it."""

    line: FeeLine
    terms: list[TermsShown]
    rounding: Promise | None
    levels: str
    amount: Money
    quote: Quote | None
    """None where the fee would be more than the amount."""


@require_safe
def fees(request: HttpRequest) -> HttpResponse:
    """Show the fees of the country in `?country=`, of one where the language is spoken if it names none."""
    language = request.LANGUAGE_CODE
    try:
        country = regions.country(request.GET.get("country") or _usual(language))
    except CountryNotSupported:
        raise Http404 from None
    lines = pricing.fee_lines(country.code)
    sources = list(dict.fromkeys(line.schedule.source for line in lines if not line.schedule.is_example))
    context = {
        "country": country,
        "name": country.name(language),
        "choices": [(one.code, one.name(language)) for one in by_name(regions.countries(), language)],
        "kinds": [
            (KINDS[kind], [_shown(line) for line in lines if line.kind is kind]) for kind in _kinds(lines)
        ],
        "has_examples": any(line.schedule.is_example for line in lines),
        "sources": sources,
    }
    return render(request, "web/fees.html", context)


def _usual(language: str) -> str:
    preferred = "CN" if language.startswith("zh") else "US"
    codes = [country.code for country in regions.countries()]
    return preferred if preferred in codes else codes[0]


def _kinds(lines: tuple[FeeLine, ...]) -> list[FeeKind]:
    return list(dict.fromkeys(line.kind for line in lines))


def _shown(line: FeeLine) -> LineShown:
    schedule, amount = line.schedule, _example_amount(line.currencies[0])
    try:
        quote = pricing.quote_by(schedule, amount)
    except FeeRefused:
        quote = None
    has_share = any(terms.percent for terms in schedule.terms)
    return LineShown(
        line=line,
        terms=[_terms(terms, amount.currency) for terms in schedule.terms],
        rounding=OTHER_ROUNDINGS.get(schedule.rounding) if has_share else None,
        levels=_levels(line.levels),
        amount=amount,
        quote=quote,
    )


def _terms(terms: Terms, currency: str) -> TermsShown:
    def money(minor: int | None) -> Money | None:
        return Money(minor, currency) if minor else None

    return TermsShown(
        begins=money(terms.from_minor),
        percent=f"{terms.percent.normalize():f}" if terms.percent else "",
        fixed=money(terms.fixed_minor),
        minimum=money(terms.minimum_minor),
        maximum=money(terms.maximum_minor),
        is_free=terms.is_free,
    )


def _levels(levels: tuple[int, ...]) -> str:
    if levels == LEVELS:
        return ""
    shown = str(levels[0]) if len(levels) == 1 else f"{levels[0]}–{levels[-1]}"
    if levels != tuple(range(levels[0], levels[-1] + 1)):
        shown = ", ".join(str(level) for level in levels)
    return ngettext("verification level %(levels)s", "verification levels %(levels)s", len(levels)) % {
        "levels": shown
    }


def _example_amount(currency: str) -> Money:
    """Return an amount that people would send: what a newcomer may send at once where the currency is at home."""
    at_home = [country for country in regions.countries() if country.limit_currency == currency]
    minor = _newcomer_minor(at_home[0]) if at_home else 0
    return Money(minor or 100 * 10 ** exponent(currency), currency)


def _newcomer_minor(country: Country) -> int:
    return country.levels[0].limit(Flow.SEND, Window.MOVEMENT).amount_minor
