"""Which digits can be a payment password: six to twelve of them, and none that are guessed first.

Five guesses are free to whoever has the session, so what matters is that no five are likely. Refused is what people
choose first when they are asked for six digits or more:

1. fewer than three different digits: 111111, 121212, 100001;
2. a block that repeats, and may be cut off at the end: 123123, 7397397;
3. steps of one size, over 9 and 0 too, also with one digit before or after, and also with digits repeated: 123456,
   135791, 123450, 112233;
4. the same read backwards: 123321, 739937;
5. two straight lines on the keypad: 147258, 159357, 789456;
6. a date, written in any order: 900131, 310190, 013190, 19900131. Birthdays are the first guess of whoever knows the
   person, and most of those who steal from a wallet do. It costs a tenth of all six digits;
7. digits that stand in the person's own telephone number;
8. what is on lists of common ones and has no such pattern.

Source: Markert et al., "This PIN Can Be Easily Guessed" (IEEE S&P 2020); Wang et al., "Understanding Human-Chosen
PINs" (AsiaCCS 2017); Bonneau et al., "A birthday present every eleven wallets?" (Financial Cryptography 2012).
"""

from __future__ import annotations

import re
from datetime import date
from itertools import groupby, pairwise

from okpay.identity.records import LONGEST_PAYMENT_PASSWORD, SHORTEST_PAYMENT_PASSWORD

_WELL_FORMED = re.compile(f"[0-9]{{{SHORTEST_PAYMENT_PASSWORD},{LONGEST_PAYMENT_PASSWORD}}}")
_LINES = frozenset(
    line[::step] for line in ("123", "456", "789", "147", "258", "369", "159", "357") for step in (1, -1)
)
# Numbers that sound like words in Chinese, constants, and walks over the keypad.
_COMMON = frozenset({
    "521131", "521314", "201314", "131452", "584520", "5201314", "5211314", "1314520", "1314521", "7758521", "7758258",
    "168888", "518888", "314159", "3141592", "31415926", "271828", "141421", "142857", "246810", "142536", "135246",
    "134679", "147896", "159263",
})  # fmt: skip


def is_well_formed(digits: str) -> bool:
    """Tell whether these are six to twelve ASCII digits."""
    return bool(_WELL_FORMED.fullmatch(digits))


def is_trivial(digits: str, *, phone: str = "") -> bool:
    """Tell whether ASCII digits, six or more, are guessed first; `phone` is the person's number in E.164."""
    return (
        len(set(digits)) < 3
        or _repeats(digits)
        or any(_goes_in_steps(part) for part in (digits, digits[1:], digits[:-1], _once_each(digits)))
        or digits == digits[::-1]
        or (len(digits) == 6 and digits[:3] in _LINES and digits[3:] in _LINES)
        or _is_date(digits)
        or digits in phone
        or digits in _COMMON
    )


def _repeats(digits: str) -> bool:
    return any(
        digits == (digits[:length] * len(digits))[: len(digits)] for length in range(1, len(digits) // 2 + 1)
    )


def _goes_in_steps(digits: str) -> bool:
    return len({(int(after) - int(before)) % 10 for before, after in pairwise(digits)}) == 1


def _once_each(digits: str) -> str:
    return "".join(digit for digit, _ in groupby(digits))


def _is_date(digits: str) -> bool:
    if len(digits) == 8:
        orders = (
            (digits[:4], digits[4:6], digits[6:]),
            (digits[4:], digits[2:4], digits[:2]),
            (digits[4:], digits[:2], digits[2:4]),
        )
        return any(year[:2] in ("19", "20") and _exists(year, month, day) for year, month, day in orders)
    if len(digits) == 6:
        one, two, three = digits[:2], digits[2:4], digits[4:]
        # As years go, 2000 stands for all: it is the one that has a 29 February and matters to two digits.
        return any(_exists("2000", month, day) for month, day in ((two, three), (two, one), (one, two)))
    return False


def _exists(year: str, month: str, day: str) -> bool:
    try:
        date(int(year), int(month), int(day))
    except ValueError:
        return False
    return True
