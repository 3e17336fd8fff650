"""Card numbers: what is a number, whose it is, and what the test numbers do.

Source: ISO/IEC 7812-1 (Luhn's check digit); the test numbers that Stripe publishes, and four of our own.
"""

from __future__ import annotations

import re
import unicodedata
from enum import StrEnum

from okpay_sandbox.acquirer.records import Behaviour

_BRANDS = (
    ("amex", re.compile(r"3[47]")),
    ("diners", re.compile(r"3(?:0[0-5]|[689])")),
    ("jcb", re.compile(r"35")),
    ("unionpay", re.compile(r"62|65559")),
    ("discover", re.compile(r"6")),
    ("mastercard", re.compile(r"5[1-5]|2[2-7]")),
    ("visa", re.compile(r"4")),
)
_SUCCEEDING = (
    "4242424242424242", "4000056655665556", "4111111111111111", "4012888888881881", "5555555555554444",
    "2223003122003222", "5200828282828210", "5105105105105100", "378282246310005", "371449635398431",
    "370000000000002", "6011111111111117", "6011000990139424", "6011981111111113", "3056930009020004",
    "36227206271667", "30569309025904", "38520000023237", "3566002020360505", "3530111333300000",
    "6200000000000005", "6200000000000047", "6205500000000000004", "6555900000604105",
)  # fmt: skip

SHOWN: tuple[tuple[Behaviour, str], ...] = (
    (Behaviour.SUCCEEDS, "4242424242424242"),
    (Behaviour.DECLINED, "4000000000000002"),
    (Behaviour.INSUFFICIENT, "4000000000009995"),
    (Behaviour.EXPIRED, "4000000000000069"),
    (Behaviour.WRONG_CODE, "4000000000000127"),
    (Behaviour.ERROR, "4000000000000119"),
    (Behaviour.AUTHENTICATION, "4000000000003220"),
    (Behaviour.SLOW, "4000000000008013"),
    (Behaviour.ANSWER_LOST, "4000000000008021"),
    (Behaviour.DOUBLED, "4000000000008039"),
    (Behaviour.PROCESSING, "4000000000008047"),
)
"""A number for each behaviour."""
_BEHAVIOURS = dict.fromkeys(_SUCCEEDING, Behaviour.SUCCEEDS) | {number: what for what, number in SHOWN}


class NumberFault(StrEnum):
    """What is wrong with a number."""

    MISSING = "number_missing"
    INCORRECT = "number_incorrect"
    NOT_FOR_TESTS = "number_not_test"


def digits_of(typed: str) -> str:
    """Return what was typed with its digits in ASCII and without spaces and dashes."""
    plain = unicodedata.normalize("NFKC", typed)
    return re.sub(r"[\s\-\u2010-\u2015]", "", plain)


def fault_of(number: str) -> NumberFault | None:
    """Return what is wrong with a number, or None when it is one that may be entered here."""
    if not number:
        return NumberFault.MISSING
    if not re.fullmatch(r"[0-9]{12,19}", number) or not passes_luhn(number):
        return NumberFault.INCORRECT
    return None if number in _BEHAVIOURS else NumberFault.NOT_FOR_TESTS


def behaviour_of(number: str) -> Behaviour:
    """Return what a test number does."""
    return _BEHAVIOURS[number]


def brand_of(number: str) -> str:
    """Return the brand by the first digits, in the words of Stripe's API."""
    return next((brand for brand, start in _BRANDS if start.match(number)), "unknown")


def code_length(number: str) -> int:
    """Return how many digits the security code has."""
    return 4 if brand_of(number) == "amex" else 3


def passes_luhn(number: str) -> bool:
    """Tell whether the check digit fits. Source: ISO/IEC 7812-1, annex B."""
    total = 0
    for place, digit in enumerate(reversed(number)):
        value = int(digit) * (1 + place % 2)
        total += value - 9 if value > 9 else value
    return total % 10 == 0
