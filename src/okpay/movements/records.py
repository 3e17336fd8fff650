"""The nouns of this room: a movement, an event of its timeline, a line of a record, and the answer to a command."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import IntEnum, StrEnum
from typing import Any
from uuid import UUID

from okpay.base.amounts import plain_figures
from okpay.base.errors import Refusal
from okpay.base.money import Money


class Kind(IntEnum):
    """What a movement is."""

    TRANSFER = 1
    """From one person to another."""
    TOP_UP = 2
    """From a card into the wallet."""


class State(IntEnum):
    """Where a movement stands. From 10 on it is final."""

    PENDING = 1
    """It waits for somebody, or for a time. The money is held at the payer's."""
    PROCESSING = 2
    """An outside service is at work on it."""
    UNKNOWN = 3
    """An outside service was asked and has not answered: nothing is given back until it has."""
    COMPLETED = 10
    CANCELLED = 11
    """The payer took it back before it was finished."""
    RETURNED = 12
    """Its deadline passed, and the money came back to the payer."""
    DECLINED = 13
    """An outside service said no. No money moved."""

    @property
    def is_final(self) -> bool:
        """Whether nothing will change any more."""
        return self >= State.COMPLETED


NEXT_STATES: Mapping[State, frozenset[State]] = {
    State.PENDING: frozenset({State.PENDING, State.COMPLETED, State.CANCELLED, State.RETURNED}),
    State.PROCESSING: frozenset({State.PROCESSING, State.UNKNOWN, State.COMPLETED, State.DECLINED}),
    State.UNKNOWN: frozenset({State.UNKNOWN, State.PROCESSING, State.COMPLETED, State.DECLINED}),
    State.COMPLETED: frozenset(),
    State.CANCELLED: frozenset(),
    State.RETURNED: frozenset(),
    State.DECLINED: frozenset(),
}
"""The whole machine. PENDING to PENDING is another cause to wait, UNKNOWN to UNKNOWN another turn."""
FIRST_STATES = frozenset({State.PENDING, State.PROCESSING, State.COMPLETED})


class Turn(StrEnum):
    """Whose turn it is."""

    NOBODY = "nobody"
    """It has ended."""
    PAYER = "payer"
    PAYEE = "payee"
    OPERATOR = "operator"
    PROVIDER = "provider"
    """The outside service, such as the card acquirer."""
    CLOCK = "clock"
    """It goes on by itself at a time that was chosen."""


class NextStep(StrEnum):
    """What happens next; empty when it has ended."""

    NONE = ""
    SIGNS_UP = "signs_up"
    """The recipient opens an account with the address."""
    PROVES_ADDRESS = "proves_address"
    VERIFIES_IDENTITY = "verifies_identity"
    """The recipient verifies their identity, or their limit renews."""
    HAS_OTHER_CURRENCY = "has_other_currency"
    """Only the payer can end it: the recipient may not have it, as where their wallet holds another currency."""
    IS_CHECKED = "is_checked"
    """The operator looks into something."""
    MAINTENANCE_ENDS = "maintenance_ends"
    ARRIVES = "arrives"
    """The chosen delay ends."""
    CARD_IS_CHARGED = "card_is_charged"
    ANSWER_IS_FOUND = "answer_is_found"
    """We ask the outside service again until it says what became of it."""


class Reason(StrEnum):
    """Why a movement waits, or why it was declined; empty where nothing has to be said."""

    NONE = ""
    ADDRESS_NOT_REGISTERED = "address_not_registered"
    ADDRESS_NOT_PROVEN = "address_not_proven"
    RECIPIENT_LIMIT = "recipient_limit"
    """It is more than the recipient may receive or hold at their level."""
    RECIPIENT_FROZEN = "recipient_frozen"
    """Shown to nobody but the operator as what it is."""
    RECIPIENT_CURRENCY = "recipient_currency"
    MAINTENANCE = "maintenance"
    DELAYED = "delayed"
    CARD_DECLINED = "card_declined"
    CARD_INSUFFICIENT_FUNDS = "card_insufficient_funds"
    CARD_EXPIRED = "card_expired"
    CARD_CODE_WRONG = "card_code_wrong"
    CARD_ERROR = "card_error"
    """The acquirer could not process it."""
    CARD_REMOVED = "card_removed"
    ANSWER_LOST = "answer_lost"


@dataclass(frozen=True, slots=True)
class Movement:
    """A movement as it stands. Amounts are in minor units of its currency."""

    id: UUID
    kind: Kind
    state: State
    reason: Reason
    turn: Turn
    next_step: NextStep
    deadline_at: datetime | None
    """When it resolves by itself; None once it has ended."""
    currency: str
    amount_minor: int
    """What arrives."""
    fee_minor: int
    """What the payer pays besides."""
    payer_id: UUID | None
    """The customer whose money it is; None where it comes from outside."""
    payee_id: UUID | None
    """The customer who gets it; None where it goes outside, and while the payee is not known or need not know."""
    payee_key: UUID
    """Stands for whom it is to, also before they are a customer: what "the same payee" is judged by."""
    note: str
    events: int
    """How many events its timeline has."""
    created_at: datetime
    changed_at: datetime

    @property
    def amount(self) -> Money:
        """What arrives."""
        return Money(self.amount_minor, self.currency)

    @property
    def fee(self) -> Money:
        """What the payer pays besides."""
        return Money(self.fee_minor, self.currency)

    @property
    def total(self) -> Money:
        """What leaves the payer."""
        return self.amount + self.fee

    @property
    def reference(self) -> str:
        """What people quote."""
        return reference_of(self.id)

    def is_party(self, customer_id: UUID) -> bool:
        """Whether a customer may see it."""
        return customer_id in (self.payer_id, self.payee_id)


@dataclass(frozen=True, slots=True)
class NewMovement:
    """A movement to write down, with the lines of those who may see it."""

    movement: Movement
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class Line:
    """A movement in the record of one customer."""

    customer_id: UUID
    at: datetime
    """When it came into this record: for a payee when it arrived, for a payer when it was sent."""
    movement_id: UUID
    kind: Kind
    sign: int
    """1 for what comes in, -1 for what goes out."""
    amount_minor: int
    """By how much the customer's money changes, the fee counted; in minor units, positive."""
    currency: str
    counterparty: str
    """The other side, by the name or address that this customer may see."""
    search: str
    """What the search looks in, folded by `folded`."""


@dataclass(frozen=True, slots=True)
class Step:
    """A movement's way into its next state."""

    movement_id: UUID
    state: State
    at: datetime
    reason: Reason = Reason.NONE
    turn: Turn = Turn.NOBODY
    next_step: NextStep = NextStep.NONE
    deadline_at: datetime | None = None
    payee_id: UUID | None = None
    """The customer who gets it, where that is known now; None leaves it as it is."""
    lines: tuple[Line, ...] = ()
    """Lines for those who may see it from now on."""


@dataclass(frozen=True, slots=True)
class Opened:
    """How a movement stood when its command was accepted. Kept under the key: asked again, the answer is the same."""

    state: State
    reason: Reason
    turn: Turn
    next_step: NextStep
    deadline_at: datetime | None

    @classmethod
    def of(cls, movement: Movement) -> Opened:
        """Return how a new movement stands."""
        if movement.state is State.COMPLETED:
            return AT_ONCE
        return cls(movement.state, movement.reason, movement.turn, movement.next_step, movement.deadline_at)


AT_ONCE = Opened(State.COMPLETED, Reason.NONE, Turn.NOBODY, NextStep.NONE, None)
"""How a movement stands that ended when it was opened, which most do."""


@dataclass(frozen=True, slots=True)
class Accepted:
    """The command has, or had before, its effect on this movement."""

    movement_id: UUID
    opened: Opened | None = field(default=None, compare=False)
    """None for what brings a movement further, such as a cancellation."""
    made: NewMovement | None = field(default=None, compare=False, repr=False)
    """What was written just now; None where it was written before, and for what writes no new movement."""
    is_replay: bool = field(default=False, compare=False)
    """Whether the key was answered before, be it in the same list."""

    @classmethod
    def now(cls, made: NewMovement) -> Accepted:
        """Return the answer to what has just been written."""
        return cls(made.movement.id, Opened.of(made.movement), made)


@dataclass(frozen=True, slots=True)
class Refused:
    """The command was refused, now or when it first came. No money was moved, and no card charged."""

    code: str
    data: dict[str, Any] = field(default_factory=dict)
    is_replay: bool = field(default=False, compare=False)
    """Whether the key was answered before, be it in the same list."""

    @classmethod
    def of(cls, error: Refusal) -> Refused:
        """Return what a refusal says."""
        return cls(error.code, error.data)


CommandAnswer = Accepted | Refused


@dataclass(frozen=True, slots=True)
class TimelineEvent:
    """A state that a movement came into."""

    sequence: int
    at: datetime
    state: State
    reason: Reason
    turn: Turn


@dataclass(frozen=True, slots=True)
class Entry:
    """A line with the movement that it is of: a row of somebody's record."""

    line: Line
    movement: Movement

    @property
    def amount(self) -> Money:
        """By how much the customer's money changes: negative for what goes out."""
        return Money(self.line.sign * self.line.amount_minor, self.line.currency)


@dataclass(frozen=True, slots=True)
class FeedEntry:
    """A state that a movement came into, as one of its parties is told of it."""

    event_id: UUID
    at: datetime
    state: State
    reason: Reason
    movement: Movement
    """As it stands now."""


class Show(StrEnum):
    """Which rows of a record are shown."""

    ALL = "all"
    INCOME = "income"
    SPENDING = "spending"
    TRANSFERS = "transfers"


@dataclass(frozen=True, slots=True)
class Cursor:
    """The last row of a page: the next page begins behind it."""

    at: datetime
    movement_id: UUID


@dataclass(frozen=True, slots=True)
class Sum:
    """What came in and what went out in a currency, in minor units, both positive; only what is finished counts.

    A sum over a record may be larger than any amount of money can be.
    """

    currency: str
    income_minor: int
    spending_minor: int

    @property
    def spending_signed_minor(self) -> int:
        """What went out, as the negative number that a record shows it as."""
        return -self.spending_minor


# Crockford's alphabet: no letter that is taken for a digit, and no U.
_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_PAIRS = [first + second for first in _ALPHABET for second in _ALPHABET]


def reference_of(movement_id: UUID) -> str:
    """Return what people quote of a movement: twelve characters of its random bits, as `7H3K-Q2MP-XR40`.

    Source: the alphabet of Crockford's Base32.
    """
    bits, pairs = movement_id.int, _PAIRS
    return (
        f"{pairs[bits >> 50 & 1023]}{pairs[bits >> 40 & 1023]}-{pairs[bits >> 30 & 1023]}{pairs[bits >> 20 & 1023]}"
        f"-{pairs[bits >> 10 & 1023]}{pairs[bits & 1023]}"
    )


def folded(*parts: str) -> str:
    """Return texts as the search compares them: without case, width and needless spaces."""
    text = " ".join([part for part in parts if part])
    if not text.isascii():
        text = unicodedata.normalize("NFKC", text)
    return " ".join(text.casefold().split())


def line_of(
    movement: Movement, customer_id: UUID, *, counterparty: str, at: datetime, also: str = ""
) -> Line:
    """Return the line of a movement in a party's record; `also` is searched in besides."""
    return _line(
        movement,
        customer_id,
        counterparty,
        at,
        also,
        reference_of(movement.id),
        is_payee=customer_id == movement.payee_id,
    )


def lines_of(
    movement: Movement, *, payer_sees: str, payee_sees: str, at: datetime, also: str = ""
) -> tuple[Line, ...]:
    """Return the lines of both parties that are customers, each with what they see of the other.

    `also` is searched in besides by the payer, who knows the address that was written.
    """
    reference, lines = reference_of(movement.id), []
    if movement.payer_id is not None:
        lines.append(_line(movement, movement.payer_id, payer_sees, at, also, reference, is_payee=False))
    if movement.payee_id is not None:
        lines.append(_line(movement, movement.payee_id, payee_sees, at, "", reference, is_payee=True))
    return tuple(lines)


def _line(
    movement: Movement,
    customer_id: UUID,
    counterparty: str,
    at: datetime,
    also: str,
    reference: str,
    *,
    is_payee: bool,
) -> Line:
    minor = movement.amount_minor if is_payee else movement.amount_minor + movement.fee_minor
    return Line(
        customer_id,
        at,
        movement.id,
        movement.kind,
        1 if is_payee else -1,
        minor,
        movement.currency,
        counterparty,
        folded(movement.note, counterparty, also, reference, plain_figures(minor, movement.currency)),
    )
