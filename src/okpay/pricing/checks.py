"""What schedules must hold true beyond their shape: each for itself, and all of a folder together."""

from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise

from okpay.base.money import CURRENCIES
from okpay.pricing.records import FeeKind
from okpay.pricing.schema import Schedule, Terms
from okpay.regions import queries as regions
from okpay.regions.errors import CountryNotSupported
from okpay.regions.records import LEVELS

Found = Iterator[tuple[str, str]]


def check(schedule: Schedule) -> Found:
    """Yield everything in one schedule that cannot be right, as (key, sentence)."""
    yield from _place(schedule)
    named: list[tuple[str, Terms]] = [("terms", schedule.terms)]
    named += [(f"steps[{number}]", step) for number, step in enumerate(schedule.steps)]
    for key, terms in named:
        yield from _terms(key, terms)
    if any(later.from_minor <= earlier.from_minor for earlier, later in pairwise(schedule.steps)):
        yield "steps", "each step begins at a higher amount than the one before it"
    amounts = any(terms.fixed or terms.minimum or terms.maximum is not None for _, terms in named)
    if schedule.currency is None and (amounts or schedule.steps):
        yield "currency", "name a currency: minor units are the same amount in no two of them"


def _place(schedule: Schedule) -> Found:
    currency, country = schedule.currency, schedule.country
    if currency is not None and currency not in CURRENCIES:
        yield "currency", f"`{currency}` is not a currency of ISO 4217 with a minor unit"
    if country is None:
        return
    try:
        pack = regions.country(country)
    except CountryNotSupported:
        yield "country", f"there is no country pack `{country}`"
        return
    if currency in CURRENCIES and currency not in pack.currencies:
        yield "currency", f"no wallet in {country} holds `{currency}`, so nobody would ever pay this"


def _terms(key: str, terms: Terms) -> Found:
    if terms.maximum is None:
        return
    if terms.minimum > terms.maximum:
        yield f"{key}.minimum", f"the minimum of {terms.minimum} is more than the maximum of {terms.maximum}"
    if terms.fixed > terms.maximum:
        yield (
            f"{key}.fixed",
            f"the fixed part of {terms.fixed} alone is more than the maximum of {terms.maximum}",
        )


def check_together(named: Sequence[tuple[str, Schedule]]) -> Iterator[tuple[str, str, str]]:
    """Yield what is wrong between the schedules of a folder, as (file, key, sentence): two of one code or place."""
    codes: dict[str, str] = {}
    places: dict[tuple[object, ...], str] = {}
    for file, schedule in named:
        if schedule.code in codes:
            yield file, schedule.code, f"the code stands in {codes[schedule.code]} already"
        codes.setdefault(schedule.code, file)
        place = (schedule.kind, schedule.country, schedule.level, schedule.currency)
        if place in places:
            yield file, schedule.code, f"`{places[place]}` is for the same kind, country, level and currency"
        places.setdefault(place, schedule.code)


def gaps(is_priced: Callable[[FeeKind, str, int, str], bool]) -> Iterator[str]:
    """Yield a sentence for each kind that a country offers and nothing is said about, once a currency."""
    for country in regions.countries():
        for kind in FeeKind:
            if not country.offers(kind.feature):
                continue
            for currency in country.currencies:
                missing = [level for level in LEVELS if not is_priced(kind, country.code, level, currency)]
                if missing:
                    levels = ", ".join(str(level) for level in missing)
                    yield f"no schedule for {kind.value} in {country.code}, {currency}, level {levels}"
