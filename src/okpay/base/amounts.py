"""Amounts as people type them, as machines send them, and as both are shown them."""

from __future__ import annotations

import re
from functools import cache
from typing import Any

from babel import Locale
from babel.numbers import NumberPattern, get_decimal_symbol, get_group_symbol, parse_pattern

from okpay.base.errors import InvalidInput
from okpay.base.money import LARGEST_MINOR, AmountOutOfRange, Money, exponent

MINUS = "\N{MINUS SIGN}"
_LONGEST = 64
_SPACES = "\u00a0\u202f"


class InvalidAmount(InvalidInput):
    """The amount cannot be read, or is not one that money can move by."""

    codes = frozenset({"amount_malformed", "amount_ambiguous", "amount_too_precise", "amount_not_positive"})


def parse_amount(text: str, currency: str, locale: str, *, field: str = "amount") -> Money:
    """Read a positive amount as people type it: "1.234,50" in de, "1,234.50" in en and zh-Hans.

    Only the digits 0 to 9, the language's decimal sign with digits on both sides, and its grouping sign every
    three digits. No sign, no blank around it, no exponent: a form strips what it wants to forgive.

    Raises: InvalidAmount `amount_malformed`; `amount_too_precise` for more decimals than the currency has;
    `amount_not_positive` for zero and below; `amount_ambiguous` for one grouping sign that a neighbour would
    read as a decimal sign and both be right ("1,234" in en for a currency of three decimals).
    AmountOutOfRange. InvalidCurrency.
    """
    decimals = exponent(currency)
    if len(text) > _LONGEST:
        raise InvalidAmount("amount_malformed", field=field)
    point, group = _signs(locale)
    match = _amount_pattern(point, group).fullmatch(text)
    if match is None:
        raise InvalidAmount("amount_malformed", field=field)
    sign, whole, fraction = match["sign"], match["whole"], match["fraction"] or ""
    if len(fraction) > decimals:
        raise InvalidAmount("amount_too_precise", field=field, decimals=decimals)
    digits = re.sub(r"[^0-9]", "", whole)
    if len(whole) - len(digits) == 1 and not fraction and decimals >= 3:
        raise InvalidAmount("amount_ambiguous", field=field)
    minor = int(digits + fraction.ljust(decimals, "0"))
    if sign or minor == 0:
        raise InvalidAmount("amount_not_positive", field=field)
    if minor > LARGEST_MINOR:
        raise AmountOutOfRange("amount_out_of_range", field=field)
    return Money(minor, currency)


def read_money(value: Any, *, field: str = "amount") -> Money:
    """Read a positive amount from parsed JSON: `{"amount": 1234, "currency": "USD"}`, in minor units.

    Parse with `strict_json.parse_json`, which refuses a key that stands twice.

    Raises: InvalidAmount `amount_malformed` (another shape, other keys, a fraction, text, true),
    `amount_not_positive`; AmountOutOfRange; InvalidCurrency.
    """
    if not isinstance(value, dict) or value.keys() != {"amount", "currency"}:
        raise InvalidAmount("amount_malformed", field=field)
    amount, currency = value["amount"], value["currency"]
    if type(amount) is not int or not isinstance(currency, str):
        raise InvalidAmount("amount_malformed", field=field)
    exponent(currency)
    if amount > LARGEST_MINOR:
        raise AmountOutOfRange("amount_out_of_range", field=field)
    if amount <= 0:
        raise InvalidAmount("amount_not_positive", field=field)
    return Money(amount, currency)


def write_money(money: Money) -> dict[str, int | str]:
    """Return the wire form of an amount, in minor units."""
    return {"amount": money.minor, "currency": money.currency}


def format_money(money: Money, locale: str) -> str:
    """Write an amount for people in a language, always with its currency: "1.234,50 €", "JP¥1,000", "-$0.05".

    For display only. Decimals are ISO 4217's, which differ from Babel's for a dozen currencies.
    """
    parsed = _locale(locale)
    shown: str = _money_pattern(parsed, exponent(money.currency)).apply(
        money.decimal, parsed, currency=money.currency, currency_digits=False
    )
    return shown


def figures(minor: int, currency: str, locale: str, *, signed: bool = False) -> str:
    """Return the figures of an amount in minor units, without its currency: 1,234.50 for 123450 USD in English.

    For pages and papers, which put the ISO code beside it. Babel gives the symbols only: its number of decimals
    differs from ISO 4217 for some currencies. `minor` may be a sum that is larger than any amount.

    Raises: InvalidCurrency `currency_unknown`.
    """
    digits = exponent(currency)
    point, group = _signs(locale)
    whole, fraction = divmod(abs(minor), 10**digits)
    text = f"{whole:,}".replace(",", group)
    if digits:
        text += point + f"{fraction:0{digits}d}"
    if minor < 0:
        return MINUS + text
    return "+" + text if signed and minor > 0 else text


def format_plain(money: Money) -> str:
    """Write the major units with a point and nothing else, for files and machines: "1234.50"."""
    return plain_figures(money.minor, money.currency)


def plain_figures(minor: int, currency: str) -> str:
    """Write minor units as `format_plain` does. Raises: InvalidCurrency `currency_unknown`."""
    digits = exponent(currency)
    if not digits:
        return str(minor)
    whole, fraction = divmod(abs(minor), 10**digits)
    return f"{'-' if minor < 0 else ''}{whole}.{fraction:0{digits}}"


@cache
def _locale(tag: str) -> Locale:
    return Locale.parse(tag.replace("_", "-"), sep="-")


@cache
def _signs(locale: str) -> tuple[str, str]:
    parsed = _locale(locale)
    return get_decimal_symbol(parsed), get_group_symbol(parsed)


@cache
def _amount_pattern(point: str, group: str) -> re.Pattern[str]:
    # Where thousands are parted by a thin blank, people type an ordinary one.
    signs = f"[ {_SPACES}]" if group in _SPACES else re.escape(group)
    whole = rf"(?P<whole>[0-9]+|[0-9]{{1,3}}(?:{signs}[0-9]{{3}})+)"
    return re.compile(rf"(?P<sign>-?){whole}(?:{re.escape(point)}(?P<fraction>[0-9]+))?")


@cache
def _money_pattern(locale: Locale, decimals: int) -> NumberPattern:
    standard = locale.currency_formats["standard"].pattern
    pattern = parse_pattern(standard)
    pattern.frac_prec = (decimals, decimals)
    return pattern
