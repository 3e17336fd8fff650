"""The eighteen countries that we promise, each compared with what others publish about it."""

import phonenumbers
import pytest

from okpay.base.money import exponent
from okpay.regions import queries
from okpay.regions.records import Country, Feature, Flow, NameOrder, Window

# The currency of the limits, its decimals in ISO 4217, the zone of the days, and who is named first.
GIVEN, FAMILY = NameOrder.GIVEN_FIRST, NameOrder.FAMILY_FIRST
PROMISED = {
    "CA": ("CAD", 2, "America/Toronto", GIVEN),
    "CN": ("CNY", 2, "Asia/Shanghai", FAMILY),
    "DE": ("EUR", 2, "Europe/Berlin", GIVEN),
    "ES": ("EUR", 2, "Europe/Madrid", GIVEN),
    "FR": ("EUR", 2, "Europe/Paris", GIVEN),
    "GB": ("GBP", 2, "Europe/London", GIVEN),
    "HK": ("HKD", 2, "Asia/Hong_Kong", FAMILY),
    "ID": ("IDR", 2, "Asia/Jakarta", GIVEN),
    "IT": ("EUR", 2, "Europe/Rome", GIVEN),
    "JP": ("JPY", 0, "Asia/Tokyo", FAMILY),
    "KR": ("KRW", 0, "Asia/Seoul", FAMILY),
    "MY": ("MYR", 2, "Asia/Kuala_Lumpur", GIVEN),
    "NL": ("EUR", 2, "Europe/Amsterdam", GIVEN),
    "PH": ("PHP", 2, "Asia/Manila", GIVEN),
    "SG": ("SGD", 2, "Asia/Singapore", GIVEN),
    "TH": ("THB", 2, "Asia/Bangkok", GIVEN),
    "US": ("USD", 2, "America/New_York", GIVEN),
    "VN": ("VND", 0, "Asia/Ho_Chi_Minh", FAMILY),
}
UNASSIGNED = "unassigned in the numbering metadata of libphonenumber"
# What a hundred US dollars are worth in each currency, roughly: enough to find a slipped decimal.
HUNDRED_DOLLARS = {
    "CAD": 140, "CNY": 700, "EUR": 90, "GBP": 75, "HKD": 780, "IDR": 1_650_000, "JPY": 15_000, "KRW": 140_000,
    "MYR": 420, "PHP": 5_800, "SGD": 130, "THB": 3_300, "USD": 100, "VND": 2_600_000,
}  # fmt: skip


def test_exactly_the_promised_countries_are_served() -> None:
    assert [country.code for country in queries.countries()] == sorted(PROMISED)


@pytest.fixture(params=PROMISED)
def country(request: pytest.FixtureRequest) -> Country:
    """Return each promised country in turn."""
    return queries.country(request.param)


def test_its_facts_are_what_standards_say(country: Country) -> None:
    currency, decimals, zone, first = PROMISED[country.code]
    assert (country.default_currency, country.limit_currency) == (currency, currency)
    assert exponent(currency) == decimals
    assert country.limits_zone.key == zone
    assert country.name_order is first


def test_its_example_is_a_possible_number_of_the_country(country: Country) -> None:
    number = phonenumbers.parse(country.phone.example)
    assert phonenumbers.is_possible_number(number)
    assert str(number.country_code) == country.phone.calling_code
    assert country.code in phonenumbers.region_codes_for_country_code(int(country.phone.calling_code))
    # As people there write it, without the calling code, it is the same number.
    at_home = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.NATIONAL)
    assert phonenumbers.parse(at_home, country.code) == number


def test_its_fictional_numbers_are_unassigned_where_the_pack_says_so(country: Country) -> None:
    source = country.sources["phone.fictional"]
    for text in (country.phone.example, country.phone.fictional_first, country.phone.fictional_last):
        is_valid = phonenumbers.is_valid_number(phonenumbers.parse(text))
        assert not (is_valid and UNASSIGNED in source)
    # Where no range is reserved the pack must say why its own is quiet.
    assert UNASSIGNED in source or not source.startswith("No range")


def test_before_identity_verification_a_little_may_be_held_topped_up_sent_and_received(
    country: Country,
) -> None:
    level = country.levels[0]
    most = level.max_balance.amount_minor
    assert 0 < level.limit(Flow.SEND, Window.MOVEMENT).amount_minor <= most
    assert 0 < level.limit(Flow.RECEIVE, Window.MOVEMENT).amount_minor <= most
    # What may be topped up may be sent, and no more: a card is no way to fill a wallet without a name.
    for window in Window:
        assert level.limit(Flow.TOP_UP, window) == level.limit(Flow.SEND, window)
        assert not level.limit(Flow.WITHDRAW, window).is_allowed


def test_its_amounts_have_the_decimals_of_their_currency(country: Country) -> None:
    # A limit with a decimal too many or too few is ten times what was meant: a day's sending at level 0 is worth 10
    # to 100 US dollars everywhere, and the largest balance with every proof 1,000 to 200,000.
    hundred = HUNDRED_DOLLARS[country.limit_currency] * 10 ** exponent(country.limit_currency)
    day = country.levels[0].limit(Flow.SEND, Window.DAY).amount_minor
    most = country.levels[3].max_balance.amount_minor
    assert hundred / 10 <= day <= hundred
    assert 10 * hundred <= most <= 2_000 * hundred


def test_one_currency_means_no_conversion_and_nothing_abroad(country: Country) -> None:
    if len(country.currencies) == 1:
        assert not country.offers(Feature.CONVERSIONS)
        assert not country.offers(Feature.TRANSFERS_ABROAD)


@pytest.mark.parametrize(
    ("code", "flow", "window", "amount", "words"),
    [
        ("SG", Flow.SEND, Window.YEAR, 100_000_00, "reg. 18(2)"),
        ("SG", None, None, 20_000_00, "reg. 18(1)"),
        ("VN", Flow.SEND, Window.MONTH, 100_000_000, "No. 40/2024/TT-NHNN, Art. 26(1)"),
        ("ID", None, None, 20_000_000_00, "24/7/PADG/2022"),
        ("KR", None, None, 2_000_000, "Electronic Financial Transactions Act of Korea, Art. 23"),
    ],
)
def test_a_limit_that_a_law_sets_is_the_law_s(
    code: str, flow: Flow | None, window: Window | None, amount: int, words: str
) -> None:
    [row] = [row for row in queries.country(code).limit_rows() if (row.flow, row.window) == (flow, window)]
    for limit in row.by_level[2:]:
        assert limit.amount_minor == amount
        assert words in limit.source
    for limit in row.by_level[:2]:
        assert limit.is_example
        assert limit.amount_minor < amount
