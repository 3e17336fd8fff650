"""The answers, as they come over the wire: amounts in minor units, instants as text in UTC, ids as text."""

from typing import Any, Literal, NotRequired, TypedDict

State = Literal["pending", "processing", "unknown", "completed", "cancelled", "returned", "declined"]


class Amount(TypedDict):
    """An amount in minor units of a currency."""

    amount: int
    currency: str


class Health(TypedDict):
    """That the API answers."""

    object: str
    status: str


class Account(TypedDict):
    """What there is in one currency."""

    object: str
    id: str
    currency: str
    available: Amount
    maturing: Amount
    held: Amount
    on_its_way: Amount


class _Standing(TypedDict):
    id: str
    reference: str
    state: State
    reason: str | None
    whose_turn: str | None
    next_step: str | None
    resolves_at: str | None
    amount: Amount
    fee: Amount
    total: Amount
    note: str
    created_at: str
    counterparty: str
    object: str


class Transfer(_Standing):
    """A transfer that you sent."""


class TopUp(_Standing):
    """A top-up of yours."""


class BulkRow(TypedDict):
    """What became of one row: one of the two."""

    transfer: NotRequired[Transfer]
    error: NotRequired[dict[str, Any]]


class TimelineStep(TypedDict):
    """A state that a movement came into."""

    at: str
    state: str
    reason: str | None
    whose_turn: str | None


class Movement(_Standing):
    """A movement of yours, as your record has it."""

    kind: Literal["transfer", "top_up"]
    direction: Literal["in", "out"]
    change: Amount
    recorded_at: str


class WholeMovement(Movement):
    """A movement of yours with its timeline."""

    timeline: list[TimelineStep]


class Card(TypedDict):
    """A card that was added on the site."""

    object: str
    id: str
    brand: str
    last4: str
    expires_on: str


class FeeQuote(TypedDict):
    """What a movement would cost now."""

    object: str
    kind: str
    amount: Amount
    fee: Amount
    total: Amount


class Limit(TypedDict):
    """A limit, with how much of it is used and left."""

    object: str
    flow: str
    window: str
    limit: Amount
    used: Amount
    left: Amount


class LimitList(TypedDict):
    """All limits of your verification level."""

    object: str
    level: int
    data: list[Limit]


class EventData(TypedDict):
    """The movement that an event is about, as it stood then."""

    movement: str
    kind: str
    reference: str
    state: str
    reason: str | None
    amount: Amount
    fee: Amount


class Event(TypedDict):
    """Something that happened to a movement of yours."""

    object: str
    id: str
    type: str
    created_at: str
    data: EventData


class _Recipient(TypedDict):
    type: Literal["email", "phone"]
    value: str


class NewTransfer(TypedDict):
    """A transfer to be sent, as a row of a list."""

    recipient: _Recipient
    amount: Amount
    fee: NotRequired[Amount]
    note: NotRequired[str]
    delay_hours: NotRequired[int]
