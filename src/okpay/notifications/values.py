"""What a message is filled with: each value has a kind, and is checked before it is kept."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from enum import Enum, auto
from typing import Any

from okpay.base.amounts import read_money, write_money
from okpay.base.errors import BrokenInvariant
from okpay.base.money import Money
from okpay.base.texts import harmless_name, one_line


class Kind(Enum):
    """What a value may be."""

    TEXT = auto()
    """Somebody's words or a name: anything, and nothing in it is believed."""
    NAME = auto()
    """What somebody who writes to another person calls themselves; shown as nothing where it is not harmless."""
    QUOTE = auto()
    """What somebody wrote to another person, for a notice: stands between quotation marks, and cannot close them."""
    MONEY = auto()
    """An amount above zero; shown with its currency, as the language writes it."""
    TERM = auto()
    """A code of ours in small letters, or nothing; the template has the words for it."""
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
LONGEST_QUOTE = 140
_LINK = re.compile(r"https?://[!#-;=?-~]+")
_CODE = re.compile(r"[0-9]{4,10}")
_TERM = re.compile(r"[a-z_]{0,60}")
# A quotation must not end before we end it.
_QUOTATION_MARKS = re.compile('["“”„‟«»「」『』《》＂]')


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


def _kept(value: Any, kind: Kind) -> Any:
    match kind:
        case Kind.INSTANT:
            return value.astimezone(UTC).isoformat()
        case Kind.MONEY:
            return write_money(value)
        case Kind.TEXT | Kind.NAME | Kind.QUOTE:
            # Neither JSON in the database nor UTF-8 holds every character that Python does.
            return one_line(value)
        case _:
            return value


def _told(value: Any, kind: Kind) -> Any:
    match kind:
        case Kind.INSTANT:
            return datetime.fromisoformat(value)
        case Kind.MONEY:
            return read_money(value)
        case Kind.TEXT:
            return one_line(value)
        case Kind.NAME:
            return harmless_name(value)
        case Kind.QUOTE:
            return _QUOTATION_MARKS.sub("'", one_line(value))[:LONGEST_QUOTE]
        case _:
            return value


def _fits(value: Any, kind: Kind) -> bool:
    match kind:
        case Kind.COUNT:
            return type(value) is int and value > 0
        case Kind.INSTANT:
            return isinstance(value, datetime) and value.tzinfo is not None
        case Kind.MONEY:
            return isinstance(value, Money) and value.minor > 0
        case Kind.LINK:
            return isinstance(value, str) and len(value) <= LONGEST and bool(_LINK.fullmatch(value))
        case Kind.CODE:
            return isinstance(value, str) and bool(_CODE.fullmatch(value))
        case Kind.TERM:
            return isinstance(value, str) and bool(_TERM.fullmatch(value))
        case Kind.TEXT | Kind.NAME | Kind.QUOTE:
            return isinstance(value, str) and len(value) <= LONGEST
