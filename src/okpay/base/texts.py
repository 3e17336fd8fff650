"""Texts that people write: on one line, and names in which nothing can be taken for an address or a number."""

from __future__ import annotations

import re
import unicodedata

LONGEST_NAME = 60
# Marks that turn the direction of what follows: a name must not reorder the sentence around it.
_TURNING = re.compile("[\u200e\u200f\u061c\u202a-\u202e\u2066-\u2069]")
# What a mail program makes a link of: an address, or a word with a dot in it.
_LINK_LIKE = re.compile(r"[/\\@:]|\w[.。．｡]\w|\bwww\b")
_FEWEST_DIGITS_OF_A_NUMBER = 5


def one_line(text: str) -> str:
    """Return a text without line breaks, control characters and marks that turn the direction of writing."""
    flat = "".join(
        " " if unicodedata.category(letter) in ("Cc", "Zl", "Zp", "Cs") else letter for letter in text
    )
    return " ".join(_TURNING.sub("", flat).split())


def harmless_name(name: str) -> str:
    """Return a display name to print in a message, or nothing where it could carry a message of its own.

    That is: more than `LONGEST_NAME` characters, what a mail program or a telephone makes a link of, a telephone
    number, or our own name. Whoever writes to a stranger through us must not get to say where to go or whom to call.
    """
    flat = one_line(name)
    # As it looks, whatever it is made of: full-width letters, and nothing that cannot be seen between them.
    seen = "".join(
        letter for letter in unicodedata.normalize("NFKC", flat) if unicodedata.category(letter) != "Cf"
    ).casefold()
    digits = sum(letter.isdigit() for letter in seen)
    is_harmful = (
        len(flat) > LONGEST_NAME
        or _LINK_LIKE.search(flat)
        or _LINK_LIKE.search(seen)
        or digits >= _FEWEST_DIGITS_OF_A_NUMBER
        or "okpay" in seen.replace(" ", "")
    )
    return "" if is_harmful else flat
