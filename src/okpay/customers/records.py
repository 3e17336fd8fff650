"""The nouns of this room: a customer, and what a customer may move."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum
from uuid import UUID

from okpay.base.money import Money
from okpay.regions.records import Flow, Window


class CustomerKind(IntEnum):
    """Who a customer is."""

    PERSON = 1


@dataclass(frozen=True, slots=True)
class Customer:
    """Somebody the operator has a relation with. `user_id` is who signs in, the identity room's id."""

    id: UUID
    user_id: UUID
    kind: CustomerKind
    country: str
    level: int
    """The verification level, 0 to 3."""
    send_subject_id: int
    receive_subject_id: int
    top_up_subject_id: int
    withdraw_subject_id: int
    opened_at: datetime

    def subject_id(self, flow: Flow) -> int:
        """Return the limit subject in the ledger that a movement of this flow counts against."""
        match flow:
            case Flow.SEND:
                return self.send_subject_id
            case Flow.RECEIVE:
                return self.receive_subject_id
            case Flow.TOP_UP:
                return self.top_up_subject_id
            case Flow.WITHDRAW:
                return self.withdraw_subject_id


@dataclass(frozen=True, slots=True)
class LimitState:
    """A limit of one flow over one window, with how much of it is used; all in the pack's limit currency."""

    flow: Flow
    window: Window
    limit: Money
    used: Money
    """Zero for a single movement, and more than the limit where that was lowered meanwhile."""

    @property
    def left(self) -> Money:
        """What this window still lets move, never below zero."""
        return Money(max(self.limit.minor - self.used.minor, 0), self.limit.currency)


@dataclass(frozen=True, slots=True)
class LevelTerms:
    """What a level allows in a country, before anything was used."""

    country: str
    level: int
    allowed: frozenset[Flow]
    """The flows that the level may use at all."""
    limits: tuple[LimitState, ...]
    """For each flow each window, in the order of the two enums."""
    balance_ceiling: Money
    """The most that may be held, all currencies together."""
