"""The nouns of this room: a proposal, and the verdict on it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum, StrEnum
from uuid import UUID

from okpay.base.money import Money
from okpay.movements.records import Kind, Movement


@dataclass(frozen=True, slots=True)
class Proposal:
    """A movement that somebody wants to make, whatever its kind."""

    kind: Kind
    payer_id: UUID
    payee_key: UUID
    """Whom it is to, as `Movement.payee_key`."""
    amount: Money
    country: str
    """The payer's."""
    level: int
    """The payer's verification level."""
    at: datetime


class Decision(IntEnum):
    """What becomes of a proposal."""

    ALLOW = 1
    WARN = 2
    """It may be done when the payer has been told."""
    REFUSE = 3


class Rule(StrEnum):
    """What spoke against a proposal."""

    DUPLICATE = "duplicate"
    """The same amount to the same payee, a few minutes ago."""
    FIRST_PAYMENT = "first_payment"
    """Nothing was ever sent to this payee."""
    LEVEL_ALLOWANCE = "level_allowance"
    """More than somebody may move at once who has not verified their identity."""


@dataclass(frozen=True, slots=True)
class Warned:
    """A rule that spoke, with the earlier movement that it is about, where there is one."""

    rule: Rule
    earlier: Movement | None = None


@dataclass(frozen=True, slots=True)
class Verdict:
    """The decision on a proposal, and every rule that spoke."""

    decision: Decision
    reasons: tuple[Warned, ...] = ()
    allowance: Money | None = None
    """For `LEVEL_ALLOWANCE`: how much is allowed at once."""
