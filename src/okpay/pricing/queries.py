"""What a movement costs, and the table of fees of a country."""

from pathlib import Path

from django.conf import settings

from okpay.base.amounts import InvalidAmount
from okpay.base.money import LARGEST_MINOR, AmountOutOfRange, Money
from okpay.base.strict_toml import Problem
from okpay.pricing import schedules
from okpay.pricing.errors import FeeRefused
from okpay.pricing.records import FeeKind, FeeLine, Quote, Schedule
from okpay.regions import queries as regions
from okpay.regions.records import LEVELS


def quote(*, kind: FeeKind, country: str, level: int, amount: Money) -> Quote:
    """Return what a movement costs somebody of this country and level; the fee comes on top of the amount.

    Raises:
        FeeRefused: `fee_exceeds_amount`, `no_schedule`.
        InvalidAmount: `amount_not_positive`.
        AmountOutOfRange: the amount and its fee together do not fit.
        CountryNotSupported: there is no pack for the country.
        InvalidSchedules: a schedule of this installation is broken.
    """
    return quote_by(_schedule(kind, country, level, amount), amount)


def fee_minor(*, kind: FeeKind, country: str, level: int, amount: Money) -> int:
    """Return only the fee that `quote` says, in minor units of the amount's currency. Raises: as `quote`."""
    return _fee_minor(_schedule(kind, country, level, amount), amount)


def quote_by(schedule: Schedule, amount: Money) -> Quote:
    """Return what an amount costs by one schedule.

    Raises:
        FeeRefused: `fee_exceeds_amount`.
        AmountOutOfRange: the amount and its fee together do not fit.
    """
    fee = Money(_fee_minor(schedule, amount), amount.currency)
    return Quote(amount, fee, amount + fee, schedule.code, schedule.version)


def _schedule(kind: FeeKind, country: str, level: int, amount: Money) -> Schedule:
    if amount.minor <= 0:
        raise InvalidAmount("amount_not_positive", field="amount")
    regions.country(country)
    schedule = _book().find(kind, country, level, amount.currency)
    if schedule is None or level not in LEVELS:
        raise FeeRefused("no_schedule", kind=kind.value, country=country, currency=amount.currency)
    return schedule


def _fee_minor(schedule: Schedule, amount: Money) -> int:
    minor = schedule.fee_minor(amount)
    if minor > amount.minor:
        raise FeeRefused(
            "fee_exceeds_amount", amount_minor=amount.minor, fee_minor=minor, currency=amount.currency
        )
    if minor > LARGEST_MINOR - amount.minor:
        raise AmountOutOfRange("amount_out_of_range", field="amount")
    return minor


def fee_lines(country: str) -> tuple[FeeLine, ...]:
    """Return the table of fees of a country: what it offers, kind by kind, its default currency first.

    Raises:
        CountryNotSupported: there is no pack for the country.
        InvalidSchedules: a schedule of this installation is broken.
    """
    return tuple(line for kind in FeeKind for line in _lines(kind, country))


def check_schedules(folder: Path | None = None) -> dict[str, list[Problem]]:
    """Return what is wrong with every file of a folder, and what nothing is said about; by default of our own."""
    _, problems = schedules.read_folder(folder or _folder())
    return problems


def _lines(kind: FeeKind, code: str) -> list[FeeLine]:
    country, book = regions.country(code), _book()
    if not country.offers(kind.feature):
        return []
    # A schedule is a line for the currencies in which the same levels pay by it.
    lines: dict[tuple[str, tuple[int, ...]], FeeLine] = {}
    for currency in country.currencies:
        levels: dict[str, tuple[Schedule, tuple[int, ...]]] = {}
        for level in LEVELS:
            if schedule := book.find(kind, code, level, currency):
                before = levels[schedule.code][1] if schedule.code in levels else ()
                levels[schedule.code] = (schedule, (*before, level))
        for schedule, its_levels in levels.values():
            key = (schedule.code, its_levels)
            others = lines[key].currencies if key in lines else ()
            lines[key] = FeeLine(kind, schedule, (*others, currency), its_levels)
    return list(lines.values())


def _folder() -> Path:
    return settings.PRICING_FOLDER or schedules.FOLDER


def _book() -> schedules.Book:
    return schedules.load(_folder())
