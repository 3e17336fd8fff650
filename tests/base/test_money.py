"""Money is whole minor units of one currency. Sources: ISO 4217 (list one); tables of known roundings below."""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from okpay.base.money import (
    CURRENCIES,
    LARGEST_MINOR,
    AmountOutOfRange,
    InvalidCurrency,
    MixedCurrencies,
    Money,
    Rounding,
    exponent,
    percent_of,
)

NO_EXPONENT = ["XAG", "XAU", "XBA", "XBB", "XBC", "XBD", "XDR", "XPD", "XPT", "XSU", "XTS", "XUA", "XXX"]
EXPONENT_0 = [
    "BIF",
    "CLP",
    "DJF",
    "GNF",
    "ISK",
    "JPY",
    "KMF",
    "KRW",
    "PYG",
    "RWF",
    "UGX",
    "UYI",
    "VND",
    "VUV",
    "XAF",
    "XOF",
    "XPF",
]
EXPONENT_3 = ["BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"]
EXPONENT_4 = ["CLF", "UYW"]
WITHDRAWN = ["HRK", "ANG", "CUC", "BGN", "ZWL"]


def test_exponents_are_those_of_iso_4217() -> None:
    assert sorted(code for code in CURRENCIES if exponent(code) == 0) == EXPONENT_0
    assert sorted(code for code in CURRENCIES if exponent(code) == 3) == EXPONENT_3
    assert sorted(code for code in CURRENCIES if exponent(code) == 4) == EXPONENT_4
    assert Counter(map(exponent, CURRENCIES)) == {0: 17, 2: 139, 3: 7, 4: 2}
    assert exponent("MGA") == exponent("MRU") == 2
    assert {"XCG", "ZWG"} <= CURRENCIES


@pytest.mark.parametrize("code", [*NO_EXPONENT, *WITHDRAWN, "usd", "US", "USDX", "", "ＵＳＤ", "840"])
def test_other_codes_are_refused(code: str) -> None:
    with pytest.raises(InvalidCurrency) as refused:
        Money(1, code)
    assert refused.value.code == "currency_unknown"
    with pytest.raises(InvalidCurrency):
        exponent(code)


@pytest.mark.parametrize("minor", [1.0, True, "1", Decimal(1), None, float("nan")])
def test_minor_units_are_an_int_and_nothing_like_it(minor: Any) -> None:
    with pytest.raises(TypeError):
        Money(minor, "USD")


def test_money_is_frozen_and_has_no_other_fields() -> None:
    money: Any = Money(1, "USD")
    with pytest.raises(dataclasses.FrozenInstanceError):
        money.minor = 2
    assert not hasattr(money, "__dict__")
    assert Money(1, "USD") == money
    assert Money(1, "EUR") != money
    assert len({money, Money(1, "USD")}) == 1


def test_sums_and_comparison() -> None:
    assert Money(150, "USD") + Money(50, "USD") == Money(200, "USD")
    assert Money(150, "USD") - Money(200, "USD") == Money(-50, "USD") == -Money(50, "USD")
    assert Money(1, "USD") < Money(2, "USD") <= Money(2, "USD")
    assert Money(3, "USD") > Money(2, "USD") >= Money(2, "USD")
    assert Money(123456, "KWD").decimal == Decimal("123.456")
    assert str(Money(1000, "JPY").decimal) == "1000"


@pytest.mark.parametrize("operation", ["__add__", "__sub__", "__lt__", "__le__", "__gt__", "__ge__"])
def test_two_currencies_never_meet(operation: str) -> None:
    with pytest.raises(MixedCurrencies) as refused:
        getattr(Money(1, "USD"), operation)(Money(1, "EUR"))
    assert (refused.value.code, refused.value.data) == ("mixed_currencies", {"left": "USD", "right": "EUR"})
    with pytest.raises(TypeError):
        getattr(Money(1, "USD"), operation)(1)


def test_there_is_no_multiplication_and_no_division() -> None:
    money: Any = Money(100, "USD")
    operations: list[Callable[[], object]] = [
        lambda: money * 2,
        lambda: money * 0.5,
        lambda: money / 3,
        lambda: money // 3,
        lambda: sum([money]),
    ]
    for operate in operations:
        with pytest.raises(TypeError):
            operate()


def test_an_amount_fits_a_bigint_or_is_refused() -> None:
    top = Money(LARGEST_MINOR, "USD")
    sums: list[Callable[[], Money]] = [
        lambda: top + Money(1, "USD"),
        lambda: -top - Money(1, "USD"),
        lambda: Money(2**63, "USD"),
    ]
    for overflow in sums:
        with pytest.raises(AmountOutOfRange) as refused:
            overflow()
        assert refused.value.code == "amount_out_of_range"


@pytest.mark.parametrize(
    ("minor", "currency", "ratios", "shares"),
    [
        (10000, "USD", [1, 1, 1], [3334, 3333, 3333]),
        (5, "USD", [7, 3], [4, 1]),
        (1000, "JPY", [1, 1, 1], [334, 333, 333]),
        (1000, "KWD", [1] * 7, [143] * 6 + [142]),
        (1, "USD", [1, 1], [1, 0]),
        (0, "USD", [1, 1], [0, 0]),
        (9999, "USD", [50, 30, 20], [4999, 3000, 2000]),
        (100, "USD", [1, 2, 4, 8], [7, 13, 27, 53]),
        (7, "USD", [1] * 10, [1] * 7 + [0] * 3),
        (-5, "USD", [7, 3], [-4, -1]),
        (LARGEST_MINOR, "USD", [LARGEST_MINOR, 1], [LARGEST_MINOR - 1, 1]),
    ],
)
def test_allocation_by_largest_remainder(
    minor: int, currency: str, ratios: list[int], shares: list[int]
) -> None:
    assert [share.minor for share in Money(minor, currency).allocate(ratios)] == shares


@given(st.integers(-LARGEST_MINOR, LARGEST_MINOR), st.lists(st.integers(0, 10**12), min_size=1, max_size=12))
def test_allocation_loses_nothing_and_is_never_off_by_one(minor: int, ratios: list[int]) -> None:
    if sum(ratios) == 0:
        ratios = [*ratios, 1]
    shares = [share.minor for share in Money(minor, "USD").allocate(ratios)]
    assert sum(shares) == minor
    for share, ratio in zip(shares, ratios, strict=True):
        assert abs(share * sum(ratios) - minor * ratio) < sum(ratios)
        assert ratio or not share


@pytest.mark.parametrize("ratios", [[], [0, 0], [1, -1], [3, -1]])
def test_ratios_that_share_out_nothing_are_refused(ratios: list[int]) -> None:
    with pytest.raises(ValueError, match="ratios"):
        Money(100, "USD").allocate(ratios)
    fractions: Any = [0.5, 0.5]
    with pytest.raises(TypeError):
        Money(100, "USD").allocate(fractions)


@pytest.mark.parametrize(
    ("minor", "half_even", "half_up", "down"),
    # A fee of 2.9 % and 0.30; 0.01 leads to a fee above the amount, which pricing refuses.
    [(1001, 59, 59, 59), (1, 30, 30, 30), (100, 33, 33, 32), (99999999, 2900030, 2900030, 2900029)],
)
def test_a_fee_of_a_percentage_and_a_fixed_part(minor: int, half_even: int, half_up: int, down: int) -> None:
    amount, rate, fixed = Money(minor, "USD"), Decimal("0.029"), Money(30, "USD")
    fees = [
        percent_of(amount, rate, rounding) + fixed
        for rounding in (Rounding.HALF_EVEN, Rounding.HALF_UP, Rounding.DOWN)
    ]
    assert [fee.minor for fee in fees] == [half_even, half_up, down]


@pytest.mark.parametrize(
    ("minor", "rate", "rounding", "part"),
    [
        (25, "0.5", Rounding.HALF_EVEN, 12),  # 0.125 of a major unit
        (25, "0.5", Rounding.HALF_UP, 13),
        (1000, "0.2675", Rounding.HALF_UP, 268),  # binary floats make 2.67 of 2.675
        (1000, "0.1005", Rounding.HALF_UP, 101),  # and 1.00 of 1.005
        (-25, "0.5", Rounding.HALF_UP, -13),
        (-25, "0.5", Rounding.DOWN, -12),
        (LARGEST_MINOR, "0.000000000000000000000000000001", Rounding.HALF_UP, 0),
        (LARGEST_MINOR, "1", Rounding.DOWN, LARGEST_MINOR),
    ],
)
def test_percentages_round_as_told(minor: int, rate: str, rounding: Rounding, part: int) -> None:
    assert percent_of(Money(minor, "USD"), Decimal(rate), rounding) == Money(part, "USD")


def test_a_rate_is_a_finite_decimal() -> None:
    for rate in (0.029, 1, "0.029", Decimal("NaN"), Decimal("Infinity")):
        with pytest.raises(TypeError):
            percent_of(Money(100, "USD"), rate, Rounding.DOWN)  # type: ignore[arg-type]
    with pytest.raises(AmountOutOfRange):
        percent_of(Money(LARGEST_MINOR, "USD"), Decimal("1.01"), Rounding.DOWN)
