"""The nouns of this room: a receipt, and the words that stand on it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from zoneinfo import ZoneInfo

from okpay.base.money import Money

LANGUAGES = ("en", "zh-hans")
"""The languages that a paper can be in."""


class Tone(StrEnum):
    """How a state is coloured: money arrived, somebody waits, or nothing moved."""

    DONE = "done"
    WAIT = "wait"
    STOP = "stop"


@dataclass(frozen=True, slots=True)
class Party:
    """One side of a movement as the reader may see it: names and addresses come masked where they must be."""

    name: str
    address: str = ""


@dataclass(frozen=True, slots=True)
class Moment:
    """One line of the timeline: when it happened, and what."""

    at: datetime
    words: str


@dataclass(frozen=True, slots=True)
class Receipt:
    """One movement as one of its parties may see it, ready to be put on paper."""

    reference: str
    tone: Tone
    amount: Money
    """What was moved: what the payee gets when everything goes well."""
    fee: Money | None
    """None where the reader does not pay it and is not shown it."""
    total: Money | None
    """Amount and fee together; None where there is no fee to show."""
    payer: Party
    payee: Party
    note: str
    created_at: datetime
    completed_at: datetime | None
    timeline: tuple[Moment, ...]
    operator: str
    """Who runs the installation; empty where nobody has said so yet."""
    language: str
    """One of LANGUAGES."""
    zone: ZoneInfo
    """The zone that all times are written in: the one of the reader's country."""
    is_test_money: bool


@dataclass(frozen=True, slots=True)
class ReceiptWords:
    """The words around the data, in the receipt's language; each is plain text."""

    title: str
    kind: str
    state: str
    test_money: str
    """Two or three words, large."""
    test_money_sentence: str
    payer: str
    payee: str
    amount: str
    fee: str
    total: str
    reference: str
    created: str
    completed: str
    note: str
    timeline: str
    zone: str
    """A sentence that names the zone of the times."""
    page: str
    """With `{page}` and `{pages}` in it."""
