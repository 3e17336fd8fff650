"""Money as whole minor units of one ISO 4217 currency. No float comes near it.

The database keeps `amount_minor bigint` and `currency char(3)`. Reading and showing amounts is `amounts.py`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_DOWN, ROUND_HALF_EVEN, ROUND_HALF_UP, Decimal, localcontext
from enum import Enum

import iso4217

from okpay.base.errors import InvalidInput

LARGEST_MINOR = 2**63 - 1
"""The largest amount in minor units: what a bigint holds. The smallest is its negative."""


class InvalidCurrency(InvalidInput):
    """Not an active ISO 4217 currency with a minor unit: metals, funds without one, XXX and such are not."""

    codes = frozenset({"currency_unknown"})


class MixedCurrencies(InvalidInput):
    """Two currencies met where one was needed."""

    codes = frozenset({"mixed_currencies"})


class AmountOutOfRange(InvalidInput):
    """The amount, or the result of a sum, does not fit a bigint."""

    codes = frozenset({"amount_out_of_range"})


class Rounding(Enum):
    """How a fraction of a minor unit becomes whole."""

    HALF_EVEN = ROUND_HALF_EVEN
    HALF_UP = ROUND_HALF_UP
    DOWN = ROUND_DOWN


_EXPONENTS: dict[str, int] = {
    currency.code: currency.exponent for currency in iso4217.Currency if currency.exponent is not None
}
CURRENCIES = frozenset(_EXPONENTS)
"""The codes that money may have. Source: ISO 4217, list one, as the `iso4217` package carries it."""


def exponent(currency: str) -> int:
    """Return how many decimals a currency has: 2 for USD, 0 for JPY, 3 for KWD.

    Raises: InvalidCurrency `currency_unknown`. Source: ISO 4217.
    """
    try:
        return _EXPONENTS[currency]
    except (KeyError, TypeError):
        raise InvalidCurrency("currency_unknown", field="currency") from None


@dataclass(frozen=True, slots=True)
class Money:
    """An amount in minor units (cents, yen, fils) of one currency; may be negative, as a difference is."""

    minor: int
    currency: str

    def __post_init__(self) -> None:
        if type(self.minor) is not int:
            raise TypeError(f"minor units are an int, not {type(self.minor).__name__}")
        if not -LARGEST_MINOR <= self.minor <= LARGEST_MINOR:
            raise AmountOutOfRange("amount_out_of_range", field="amount")
        if self.currency not in _EXPONENTS:
            raise InvalidCurrency("currency_unknown", field="currency")

    @property
    def decimal(self) -> Decimal:
        """The amount in major units, exactly: Money(150, "USD").decimal is Decimal("1.50")."""
        return Decimal(self.minor).scaleb(-_EXPONENTS[self.currency])

    def __add__(self, other: Money) -> Money:
        return Money(self.minor + self._same(other), self.currency)

    def __sub__(self, other: Money) -> Money:
        return Money(self.minor - self._same(other), self.currency)

    def __neg__(self) -> Money:
        return Money(-self.minor, self.currency)

    def __lt__(self, other: Money) -> bool:
        return self.minor < self._same(other)

    def __le__(self, other: Money) -> bool:
        return self.minor <= self._same(other)

    def __gt__(self, other: Money) -> bool:
        return self.minor > self._same(other)

    def __ge__(self, other: Money) -> bool:
        return self.minor >= self._same(other)

    def allocate(self, ratios: Sequence[int]) -> list[Money]:
        """Share out the whole amount by whole ratios, largest remainder first, ties to the earliest.

        Raises: ValueError when a ratio is negative or all are zero.
        """
        if any(type(ratio) is not int for ratio in ratios):
            raise TypeError("ratios are whole numbers")
        total = sum(ratios)
        if total <= 0 or min(ratios) < 0:
            raise ValueError("ratios must not be negative, and one of them must be positive")
        amount, sign = abs(self.minor), -1 if self.minor < 0 else 1
        shares = [amount * ratio // total for ratio in ratios]
        by_remainder = sorted(range(len(ratios)), key=lambda i: -(amount * ratios[i] % total))
        for i in by_remainder[: amount - sum(shares)]:
            shares[i] += 1
        return [Money(sign * share, self.currency) for share in shares]

    def _same(self, other: Money) -> int:
        if not isinstance(other, Money):
            raise TypeError(f"money goes with money, not {type(other).__name__}")
        if other.currency != self.currency:
            raise MixedCurrencies(
                "mixed_currencies", field="currency", left=self.currency, right=other.currency
            )
        return other.minor


def percent_of(money: Money, rate: Decimal, rounding: Rounding) -> Money:
    """Return a part of an amount in whole minor units; `rate` is a fraction: Decimal("0.029") is 2.9 %.

    Raises: AmountOutOfRange; TypeError when the rate is not a finite Decimal.
    """
    if not isinstance(rate, Decimal) or not rate.is_finite():
        raise TypeError("a rate is a finite Decimal")
    with localcontext() as context:
        # Wide enough for every digit of a bigint times every digit of the rate: only the last step rounds.
        context.prec = 60 + len(rate.as_tuple().digits)
        context.Emin, context.Emax = -999999, 999999
        part = (Decimal(money.minor) * rate).to_integral_value(rounding=rounding.value)
        if not abs(part) <= LARGEST_MINOR:
            raise AmountOutOfRange("amount_out_of_range", field="amount")
    return Money(int(part), money.currency)
