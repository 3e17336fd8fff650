"""Amounts as people read them: grouped and pointed as their language does, with every decimal the currency has."""

from babel import Locale
from babel.numbers import get_decimal_symbol, get_group_symbol

from okpay.base.money import exponent

MINUS = "\N{MINUS SIGN}"


def figures(minor: int, currency: str, language: str, *, signed: bool = False) -> str:
    """Return the figures of an amount in minor units, without its currency: 1,234.50 for 123450 USD in English.

    Babel gives the symbols only: its number of decimals differs from ISO 4217 for some currencies.

    Raises: InvalidCurrency `currency_unknown`.
    """
    locale = Locale.parse(language, sep="-")
    digits = exponent(currency)
    whole, fraction = divmod(abs(minor), 10**digits)
    text = f"{whole:,}".replace(",", get_group_symbol(locale))
    if digits:
        text += get_decimal_symbol(locale) + f"{fraction:0{digits}d}"
    if minor < 0:
        return MINUS + text
    return "+" + text if signed and minor > 0 else text
