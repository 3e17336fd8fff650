"""What a movement costs, to the last minor unit."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from okpay.base.amounts import InvalidAmount
from okpay.base.money import LARGEST_MINOR, AmountOutOfRange, Money, Rounding
from okpay.ledger.records import MAX_MINOR
from okpay.pricing import queries
from okpay.pricing.errors import FeeRefused
from okpay.pricing.records import FeeKind, Schedule, Terms
from okpay.regions.errors import CountryNotSupported
from tests.pricing.conftest import Write, schedule


def made(*terms: Terms, rounding: Rounding = Rounding.HALF_EVEN, currency: str = "USD") -> Schedule:
    """Return a schedule of these terms."""
    return Schedule("made", "0" * 12, "example", FeeKind.TRANSFER, None, None, currency, rounding, terms)


def fee(minor: int, currency: str, of: Schedule) -> int:
    """Return the fee of an amount in minor units."""
    return queries.quote_by(of, Money(minor, currency)).fee.minor


@pytest.mark.parametrize(
    ("minor", "half_even", "half_up", "down"),
    [(10_01, 59, 59, 59), (1_00, 33, 33, 32), (999_999_99, 29_000_30, 29_000_30, 29_000_29)],
)
def test_a_share_and_a_fixed_part(minor: int, half_even: int, half_up: int, down: int) -> None:
    terms = Terms(0, Decimal("2.9"), 30, 0, None)
    found = [fee(minor, "USD", made(terms, rounding=rounding)) for rounding in Rounding]
    assert found == [half_even, half_up, down]


@pytest.mark.parametrize("rounding", Rounding)
def test_a_fee_above_the_amount_is_refused(rounding: Rounding) -> None:
    of = made(Terms(0, Decimal("2.9"), 30, 0, None), rounding=rounding)
    with pytest.raises(FeeRefused) as refused:
        fee(1, "USD", of)
    assert refused.value.code == "fee_exceeds_amount"
    assert refused.value.data == {"amount_minor": 1, "fee_minor": 30, "currency": "USD"}


def test_a_fee_as_large_as_the_amount_is_not() -> None:
    quote = queries.quote_by(made(Terms(0, Decimal(0), 30, 0, None)), Money(30, "USD"))
    assert (quote.amount, quote.fee, quote.total) == (Money(30, "USD"), Money(30, "USD"), Money(60, "USD"))


@pytest.mark.parametrize(
    ("currency", "minor", "percent", "half_even", "half_up", "down"),
    [
        ("USD", 25, "50", 12, 13, 12),  # 0.125 of a dollar
        ("JPY", 250, "1", 2, 3, 2),  # two yen and a half
        ("JPY", 350, "1", 4, 4, 3),
        ("KRW", 1_050, "1", 10, 11, 10),
        ("KWD", 1_250, "0.2", 2, 3, 2),  # 1.250 dinars, two fils and a half
        ("KWD", 1_001, "2.9", 29, 29, 29),
        ("USD", 1_000, "26.75", 268, 268, 267),  # 2.675 dollars, which a binary float makes 2.67
        ("USD", 1_000, "10.05", 100, 101, 100),
    ],
)
def test_a_share_is_rounded_to_the_smallest_unit_of_its_currency(
    currency: str, minor: int, percent: str, half_even: int, half_up: int, down: int
) -> None:
    terms = Terms(0, Decimal(percent), 0, 0, None)
    found = [fee(minor, currency, made(terms, rounding=rounding, currency=currency)) for rounding in Rounding]
    assert found == [half_even, half_up, down]


def test_the_share_alone_is_rounded_and_then_the_fixed_part_is_added() -> None:
    # Half a cent goes to the even one before the fixed part is added, so that the fixed part never turns it.
    assert fee(50, "USD", made(Terms(0, Decimal(1), 1, 0, None))) == 1


@pytest.mark.parametrize(
    ("minor", "taken"), [(1_000, 20), (2_000, 20), (2_001, 20), (3_000, 30), (100_000, 500)]
)
def test_minimum_and_maximum_hold(minor: int, taken: int) -> None:
    assert fee(minor, "USD", made(Terms(0, Decimal(1), 0, 20, 500))) == taken


@pytest.mark.parametrize(
    ("minor", "taken"), [(99_999, 1_000), (100_000, 500), (499_999, 2_500), (500_000, 0)]
)
def test_a_step_is_for_the_whole_amount_from_its_beginning_on(minor: int, taken: int) -> None:
    steps = Terms(100_000, Decimal("0.5"), 0, 0, None), Terms(500_000, Decimal(0), 0, 0, None)
    assert fee(minor, "USD", made(Terms(0, Decimal(1), 0, 0, None), *steps)) == taken


def test_the_quote_names_its_schedule(use: Write) -> None:
    use(schedule(country='"GB"', currency='"GBP"', terms='{ percent = "0.9", fixed = 5 }'))
    quote = queries.quote(kind=FeeKind.TRANSFER, country="GB", level=1, amount=Money(10_00, "GBP"))
    assert (quote.fee, quote.total) == (Money(14, "GBP"), Money(10_14, "GBP"))
    assert quote.schedule_code == "one"
    assert len(quote.version) == 12
    assert queries.fee_minor(kind=FeeKind.TRANSFER, country="GB", level=1, amount=Money(10_00, "GBP")) == 14


@pytest.mark.parametrize("minor", [0, -1, -LARGEST_MINOR])
def test_nothing_costs_nothing_and_is_refused(minor: int) -> None:
    with pytest.raises(InvalidAmount) as refused:
        queries.quote(kind=FeeKind.TRANSFER, country="US", level=0, amount=Money(minor, "USD"))
    assert refused.value.code == "amount_not_positive"


@pytest.mark.parametrize("level", [-1, 4])
def test_where_nothing_is_set_nothing_is_guessed(level: int) -> None:
    with pytest.raises(FeeRefused) as refused:
        queries.quote(kind=FeeKind.TRANSFER, country="US", level=level, amount=Money(1_00, "USD"))
    assert refused.value.code == "no_schedule"
    with pytest.raises(FeeRefused):
        queries.fee_minor(kind=FeeKind.TRANSFER, country="US", level=level, amount=Money(1_00, "USD"))


def test_a_currency_that_no_schedule_names_is_refused(use: Write) -> None:
    use(base="".join(
        schedule(code=f'"{kind.value}.{number}"', kind=f'"{kind.value}"', currency=f'"{currency}"')
        for kind in FeeKind
        for number, currency in enumerate(
            ("CAD", "CHF", "CNY", "EUR", "GBP", "HKD", "IDR", "JPY", "KRW", "MYR", "PHP", "SGD", "THB", "USD", "VND")
        )
    ))  # fmt: skip
    with pytest.raises(FeeRefused) as refused:
        queries.quote(kind=FeeKind.TRANSFER, country="US", level=0, amount=Money(1_000, "KWD"))
    assert refused.value.code == "no_schedule"
    assert refused.value.data["currency"] == "KWD"


def test_a_country_without_a_pack_is_refused() -> None:
    with pytest.raises(CountryNotSupported):
        queries.quote(kind=FeeKind.TRANSFER, country="AQ", level=0, amount=Money(1_00, "USD"))


PERCENTS = st.decimals(0, 100, places=4)
MINORS = st.integers(0, 10**15)


@st.composite
def terms_of(draw: st.DrawFn) -> Terms:
    """Draw any terms that the checks let through."""
    fixed, minimum = draw(MINORS), draw(MINORS)
    maximum = draw(st.none() | st.integers(max(fixed, minimum, 1), 10**15))
    return Terms(0, draw(PERCENTS), fixed, minimum, maximum)


AMOUNTS = st.integers(1, MAX_MINOR) | st.integers(MAX_MINOR - 1_000, MAX_MINOR)
CURRENCY = st.sampled_from(("USD", "JPY", "KRW", "KWD"))


@given(terms=terms_of(), rounding=st.sampled_from(Rounding), minor=AMOUNTS, currency=CURRENCY)
def test_a_quote_adds_up_within_its_bounds(
    terms: Terms, rounding: Rounding, minor: int, currency: str
) -> None:
    amount = Money(minor, currency)
    of = made(terms, rounding=rounding, currency=currency)
    if of.fee_minor(amount) > minor:
        with pytest.raises(FeeRefused):
            queries.quote_by(of, amount)
        return
    quote = queries.quote_by(of, amount)
    assert type(quote.fee.minor) is int
    assert quote.fee.currency == quote.total.currency == currency
    assert quote.total == amount + quote.fee
    assert 0 <= quote.fee.minor <= minor
    assert terms.minimum_minor <= quote.fee.minor
    assert terms.maximum_minor is None or quote.fee.minor <= terms.maximum_minor
    # Reckoned with whole numbers alone: the share is at most half a unit away, below it when rounded down.
    share = quote.fee.minor - terms.fixed_minor
    if terms.minimum_minor < quote.fee.minor and quote.fee.minor != terms.maximum_minor:
        off = share * 10**6 - minor * int(terms.percent * 10**4)
        assert -(10**6) < off <= 0 if rounding is Rounding.DOWN else abs(off) * 2 <= 10**6


@given(terms=terms_of(), rounding=st.sampled_from(Rounding), one=AMOUNTS, other=AMOUNTS)
def test_more_never_costs_less_within_one_set_of_terms(
    terms: Terms, rounding: Rounding, one: int, other: int
) -> None:
    of = made(terms, rounding=rounding)
    low, high = sorted((one, other))
    assert of.fee_minor(Money(low, "USD")) <= of.fee_minor(Money(high, "USD"))


def test_a_total_that_no_column_holds_is_refused() -> None:
    of = made(Terms(0, Decimal(100), 0, 0, None))
    # The largest amount of the book fits, doubled; the largest amount of money does not.
    assert queries.quote_by(of, Money(MAX_MINOR, "USD")).total.minor == 2 * MAX_MINOR
    with pytest.raises(AmountOutOfRange):
        queries.quote_by(of, Money(LARGEST_MINOR, "USD"))
