"""What a message is filled with: each value has a kind, and is checked before it is kept."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from datetime import UTC, datetime
from enum import Enum, auto
from typing import Any

from okpay.base.errors import BrokenInvariant


class Kind(Enum):
    """What a value may be."""

    TEXT = auto()
    """Somebody's words or a name: anything, and nothing in it is believed."""
    LINK = auto()
    """An address of this installation."""
    COUNT = auto()
    """A whole number, one or more."""
    CODE = auto()
    """Digits to type in."""
    INSTANT = auto()
    """An aware datetime; shown in UTC."""


Keys = Mapping[str, Kind]

LONGEST = 2000
_LINK = re.compile(r"https?://[!#-;=?-~]+")
_CODE = re.compile(r"[0-9]{4,10}")
# Marks that turn the direction of what follows: a name must not reorder the sentence around it.
_TURNING = re.compile("[\u200e\u200f\u061c\u202a-\u202e\u2066-\u2069]")
# What a mail program makes a link of: an address, or a word with a dot in it.
_LINK_LIKE = re.compile(r"[/\\@:]|\w[.。．｡]\w")


def packed(data: Mapping[str, Any], keys: Keys, *, of: str) -> dict[str, Any]:
    """Return the values as JSON can hold them.

    Raises: BrokenInvariant when a key is missing, unknown, or its value not of its kind: the caller is wrong.
    """
    if set(data) != set(keys):
        raise BrokenInvariant(f"{of} takes {sorted(keys)} and was given {sorted(data)}")
    for name, kind in keys.items():
        if not _fits(data[name], kind):
            # The value itself may be a secret.
            raise BrokenInvariant(f"{of}: {name} is not a {kind.name.lower()}")
    return {name: _kept(data[name], kind) for name, kind in keys.items()}


def unpacked(data: Mapping[str, Any], keys: Keys) -> dict[str, Any]:
    """Return packed values as a template takes them: texts on one line, instants as datetimes."""
    return {name: _told(data[name], kind) for name, kind in keys.items()}


def one_line(text: str) -> str:
    """Return a text without line breaks, control characters and marks that turn the direction of writing."""
    flat = "".join(
        " " if unicodedata.category(letter) in ("Cc", "Zl", "Zp", "Cs") else letter for letter in text
    )
    return " ".join(_TURNING.sub("", flat).split())


def greeting_name(name: str) -> str:
    """Return a display name to greet somebody by, or nothing when a mail program would make a link of it.

    Whoever signs up with somebody else's address must not get to write to that person through the greeting.
    """
    flat = one_line(name)
    return "" if len(flat) > 60 or _LINK_LIKE.search(flat) else flat


def _kept(value: Any, kind: Kind) -> Any:
    if kind is Kind.INSTANT:
        return value.astimezone(UTC).isoformat()
    # Neither JSON in the database nor UTF-8 holds every character that Python does.
    return one_line(value) if kind is Kind.TEXT else value


def _told(value: Any, kind: Kind) -> Any:
    if kind is Kind.INSTANT:
        return datetime.fromisoformat(value)
    return one_line(value) if kind is Kind.TEXT else value


def _fits(value: Any, kind: Kind) -> bool:
    match kind:
        case Kind.COUNT:
            return type(value) is int and value > 0
        case Kind.INSTANT:
            return isinstance(value, datetime) and value.tzinfo is not None
        case Kind.LINK:
            return isinstance(value, str) and len(value) <= LONGEST and bool(_LINK.fullmatch(value))
        case Kind.CODE:
            return isinstance(value, str) and bool(_CODE.fullmatch(value))
        case Kind.TEXT:
            return isinstance(value, str) and len(value) <= LONGEST
