"""The table of fees of a country says of every movement what the quote says."""

from __future__ import annotations

import pytest

from okpay.pricing import queries, schedules
from okpay.pricing.records import FeeKind
from okpay.regions import queries as regions
from okpay.regions.errors import CountryNotSupported
from okpay.regions.records import LEVELS
from tests.pricing.conftest import Write, schedule


@pytest.mark.parametrize("code", [country.code for country in regions.countries()])
def test_every_movement_stands_in_one_line(code: str) -> None:
    country = regions.country(code)
    shown = {
        (line.kind, currency, level): line.schedule
        for line in queries.fee_lines(code)
        for currency in line.currencies
        for level in line.levels
    }
    wanted = {
        (kind, currency, level): schedules.load().find(kind, code, level, currency)
        for kind in FeeKind
        if country.offers(kind.feature)
        for currency in country.currencies
        for level in LEVELS
    }
    assert shown == wanted
    assert len(shown) == sum(len(line.currencies) * len(line.levels) for line in queries.fee_lines(code))


def test_a_line_for_one_level_leaves_the_others_their_line(use: Write) -> None:
    use(schedule(country='"US"', level="2", currency='"USD"'))
    lines = [line for line in queries.fee_lines("US") if line.kind is FeeKind.TRANSFER]
    assert [(line.schedule.code, line.currencies, line.levels) for line in lines] == [
        ("transfer", ("USD",), (0, 1, 3)),
        ("one", ("USD",), (2,)),
        ("transfer", ("CAD", "EUR", "GBP", "CNY", "JPY"), LEVELS),
    ]


def test_a_country_without_a_pack_has_no_fees() -> None:
    with pytest.raises(CountryNotSupported):
        queries.fee_lines("AQ")
