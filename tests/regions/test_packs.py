"""The packs that we ship, read as the program reads them."""

from dataclasses import fields
from itertools import pairwise

import pytest

from okpay.ledger.records import MAX_MINOR, Limits
from okpay.regions import queries
from okpay.regions.errors import CountryNotSupported
from okpay.regions.records import LANGUAGES, LEVELS, Country, Flow, Window

COUNTRIES = queries.countries()


def test_every_pack_is_free_of_problems() -> None:
    assert {file: problems for file, problems in queries.check_packs().items() if problems} == {}


def test_packs_are_read_once() -> None:
    assert queries.country("US") is queries.country("US")


def test_a_country_without_a_pack_is_refused_by_code() -> None:
    with pytest.raises(CountryNotSupported) as refusal:
        queries.country("AQ")
    assert (refusal.value.code, refusal.value.data["country"]) == ("country_not_supported", "AQ")


@pytest.mark.parametrize("country", COUNTRIES, ids=lambda country: country.code)
class TestCountry:
    def test_has_a_name_in_every_language(self, country: Country) -> None:
        assert all(country.name(language) for language in LANGUAGES)
        assert country.name("zh-Hans") == country.names["zh-hans"]
        assert country.name("fr") == country.names["en"]

    def test_lists_its_default_currency_first(self, country: Country) -> None:
        assert country.currencies[0] == country.default_currency

    def test_has_a_level_for_every_number(self, country: Country) -> None:
        assert tuple(level.number for level in country.levels) == LEVELS

    def test_lets_the_lowest_level_top_up_send_receive_and_hold_a_little_only(self, country: Country) -> None:
        lowest = country.levels[0]
        assert lowest.allows(Flow.SEND)
        assert lowest.allows(Flow.RECEIVE)
        assert lowest.allows(Flow.TOP_UP)
        assert not lowest.allows(Flow.WITHDRAW)
        assert 0 < lowest.max_balance.amount_minor < country.levels[1].max_balance.amount_minor

    def test_asks_the_lowest_level_for_no_document(self, country: Country) -> None:
        assert country.levels[0].identity_documents == ()
        assert all(level.identity_documents for level in country.levels[1:])

    def test_shows_each_limit_once_as_a_row_over_the_levels(self, country: Country) -> None:
        rows = list(country.limit_rows())
        assert len(rows) == len(Flow) * len(Window) + 1
        assert rows[-1].flow is None
        for row in rows:
            amounts = [limit.amount_minor for limit in row.by_level]
            assert len(amounts) == len(LEVELS)
            assert all(lower <= higher for lower, higher in pairwise(amounts))

    def test_says_what_moving_money_needs(self, country: Country) -> None:
        assert country.card_maturing_days > 0
        terms = country.transfers
        assert min(terms.wait_days, terms.new_addresses_a_day, terms.duplicate_minutes) > 0
        assert list(terms.delays_hours) == sorted(set(terms.delays_hours))
        assert {"maturing", "transfers"} <= set(country.sources)

    def test_names_a_source_for_every_limit(self, country: Country) -> None:
        assert all(limit.source for row in country.limit_rows() for limit in row.by_level)
        assert all(country.sources.values())


def test_a_legal_limit_carries_its_citation_and_its_neighbours_do_not() -> None:
    level = queries.country("CN").levels[2]
    yearly = level.limit(Flow.SEND, Window.YEAR)
    assert yearly.amount_minor == 100_000_00
    assert "No. 43 of 2015" in yearly.source
    assert not yearly.is_example
    assert level.limit(Flow.SEND, Window.MONTH).is_example


def test_the_ledger_can_count_every_limit() -> None:
    counted = {field.name for field in fields(Limits)}
    assert {f"per_{window.value}_minor" for window in Window} == counted
    amounts = [
        limit.amount_minor for country in COUNTRIES for row in country.limit_rows() for limit in row.by_level
    ]
    assert max(amounts) < MAX_MINOR
