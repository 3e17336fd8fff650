"""How cards are written for people."""

from __future__ import annotations

from okpay_sandbox.acquirer.records import Method
from okpay_sandbox.web.language import Language

_BRANDS = {
    "amex": ("American Express", "美国运通"),
    "diners": ("Diners Club", "大来卡"),
    "discover": ("Discover", "Discover"),
    "jcb": ("JCB", "JCB"),
    "mastercard": ("Mastercard", "万事达卡"),
    "unionpay": ("UnionPay", "银联"),
    "visa": ("Visa", "Visa"),
}


def brand_name(brand: str, language: Language) -> str:
    """Return the name of a brand."""
    english, chinese = _BRANDS.get(brand, (brand, brand))
    return english if language.code == "en" else chinese


def card_name(method: Method, language: Language) -> str:
    """Return what a card is called: its brand and last digits."""
    return language.say("card_named", brand=brand_name(method.brand, language), last4=method.last4)


def grouped(number: str) -> str:
    """Return a number in groups of four."""
    return " ".join(number[start : start + 4] for start in range(0, len(number), 4))
