"""What goes over the wire: the shape of each request and of each answer. Amounts are in minor units."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any, Literal
from uuid import UUID

import msgspec
from django.utils.translation import gettext_noop as N_  # noqa: N812, what Babel looks for
from msgspec import Meta

from okpay.base.money import LARGEST_MINOR

MOST_ROWS = 1_000
LARGEST_PAGE = 100


_QUOTED = N_("The fee that you were quoted: another one is refused as `fee_changed`.")

At = Annotated[datetime, Meta(tz=True)]
"""An instant, in UTC."""


class Request(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Something a program sends: a name that is not known is refused."""


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """Something a program gets: it leaves alone the names that it does not know."""


class Money(Request, frozen=True, kw_only=True):
    """An amount in minor units of a currency, such as cents, yen or fils."""

    amount: Annotated[
        int,
        Meta(
            ge=1,
            le=LARGEST_MINOR,
            description=N_("In minor units: 1234 of USD are 12.34 dollars."),
            examples=[1234],
        ),
    ]
    currency: Annotated[str, Meta(pattern="^[A-Z]{3}$", description=N_("ISO 4217."), examples=["USD"])]


class FeeAmount(Request, frozen=True, kw_only=True):
    """The fee that was quoted; it may be nothing."""

    amount: Annotated[int, Meta(ge=0, le=LARGEST_MINOR)]
    currency: Annotated[str, Meta(pattern="^[A-Z]{3}$")]


class Amount(Answer, frozen=True, kw_only=True):
    """An amount in minor units of a currency."""

    amount: Annotated[int, Meta(examples=[1234])]
    currency: Annotated[str, Meta(examples=["USD"])]


class Recipient(Request, frozen=True, kw_only=True):
    """Whom the money is for: whoever has proven the address, or proves it in time."""

    type: Literal["email", "phone"]
    value: Annotated[
        str,
        Meta(
            min_length=1,
            max_length=254,
            description=N_("An e-mail address, or a telephone number with + and country code."),
            examples=["ben@example.com"],
        ),
    ]


class NewTransfer(Request, frozen=True, kw_only=True):
    """Send an amount to an address."""

    recipient: Recipient
    amount: Money
    fee: Annotated[FeeAmount | None, Meta(description=_QUOTED)] = None
    note: Annotated[
        str, Meta(max_length=500, description=N_("The recipient can read it. 140 characters."))
    ] = ""
    delay_hours: Annotated[
        int, Meta(ge=0, le=720, description=N_("0 for at once, or a delay that your country's pack offers."))
    ] = 0


class NewBulk(Request, frozen=True, kw_only=True):
    """Send a list of amounts. A row that is refused does not hold up others; one that cannot be read refuses all."""

    transfers: Annotated[list[NewTransfer], Meta(min_length=1, max_length=MOST_ROWS)]


class NewTopUp(Request, frozen=True, kw_only=True):
    """Charge a saved card for an amount and the fee."""

    card: UUID
    amount: Money
    fee: Annotated[FeeAmount | None, Meta(description=_QUOTED)] = None


class Nothing(Request, frozen=True, kw_only=True):
    """An empty object; the body may be left out."""


class Health(Answer, frozen=True, kw_only=True):
    """That this process answers."""

    object: Literal["health"] = "health"
    status: Literal["ok"] = "ok"


class Account(Answer, frozen=True, kw_only=True):
    """What there is in one currency."""

    object: Literal["account"] = "account"
    id: UUID
    currency: str
    available: Annotated[Amount, Meta(description=N_("What can be spent now."))]
    maturing: Annotated[
        Amount,
        Meta(description=N_("The part of `available` that came by card and may not leave to a bank yet.")),
    ]
    held: Annotated[Amount, Meta(description=N_("Kept aside for movements that are not finished."))]
    on_its_way: Annotated[Amount, Meta(description=N_("What others have sent and what has not arrived yet."))]


class AccountList(Answer, frozen=True, kw_only=True):
    """All accounts."""

    object: Literal["list"] = "list"
    data: list[Account]


class Standing(Answer, frozen=True, kw_only=True):
    """How a movement stands, whatever its kind."""

    id: UUID
    reference: Annotated[str, Meta(description=N_("What people quote."), examples=["7H3K-Q2MP-XR40"])]
    state: Literal["pending", "processing", "unknown", "completed", "cancelled", "returned", "declined"]
    reason: Annotated[str | None, Meta(description=N_("Why it waits or was declined."))]
    whose_turn: Annotated[str | None, Meta(description=N_("Who has to act; null once it has ended."))]
    next_step: Annotated[str | None, Meta(description=N_("What happens next; null once it has ended."))]
    resolves_at: Annotated[
        At | None, Meta(description=N_("When it resolves by itself; null once it has ended."))
    ]
    amount: Annotated[Amount, Meta(description=N_("What arrives."))]
    fee: Annotated[Amount, Meta(description=N_("What the payer pays besides."))]
    total: Annotated[Amount, Meta(description=N_("What leaves the payer."))]
    note: str
    created_at: At


class Transfer(Standing, frozen=True, kw_only=True):
    """A transfer that you sent."""

    object: Literal["transfer"] = "transfer"
    counterparty: Annotated[
        str, Meta(description=N_("The recipient's name, or the address where there is none yet."))
    ]


class TopUp(Standing, frozen=True, kw_only=True):
    """A top-up of yours."""

    object: Literal["top_up"] = "top_up"
    counterparty: Annotated[str, Meta(description=N_("The card."), examples=["Visa •••• 4242"])]


class BulkRow(Answer, frozen=True, kw_only=True, omit_defaults=True):
    """What became of one row: one of the two."""

    transfer: Transfer | None = None
    error: Annotated[
        dict[str, Any] | None, Meta(description=N_("A problem, as the row alone would have got it."))
    ] = None


class Bulk(Answer, frozen=True, kw_only=True):
    """What became of each row, in the order of the request."""

    object: Literal["bulk_transfer"] = "bulk_transfer"
    results: list[BulkRow]


class TimelineStep(Answer, frozen=True, kw_only=True):
    """A state that a movement came into."""

    at: At
    state: str
    reason: str | None
    whose_turn: str | None


class Movement(Standing, frozen=True, kw_only=True):
    """A movement of yours, as your record has it."""

    object: Literal["movement"] = "movement"
    kind: Literal["transfer", "top_up"]
    direction: Annotated[
        Literal["in", "out"], Meta(description=N_("Whether money comes to you or leaves you."))
    ]
    change: Annotated[
        Amount, Meta(description=N_("By how much your money changes; negative for what leaves you."))
    ]
    counterparty: str
    recorded_at: Annotated[
        At, Meta(description=N_("When it came into your record: what the list is ordered by."))
    ]


class WholeMovement(Movement, frozen=True, kw_only=True):
    """A movement of yours with its timeline."""

    timeline: list[TimelineStep]


class MovementPage(Answer, frozen=True, kw_only=True):
    """A page of a record, the latest first."""

    object: Literal["list"] = "list"
    data: list[Movement]
    has_more: bool
    next_cursor: Annotated[str | None, Meta(description=N_("Send it as `after` for the next page."))]


class Card(Answer, frozen=True, kw_only=True):
    """A card that was added on the site."""

    object: Literal["card"] = "card"
    id: UUID
    brand: Annotated[str, Meta(examples=["visa"])]
    last4: Annotated[str, Meta(examples=["4242"])]
    expires_on: Annotated[date, Meta(description=N_("The last day on which it can be charged."))]


class CardList(Answer, frozen=True, kw_only=True):
    """All cards."""

    object: Literal["list"] = "list"
    data: list[Card]


class FeeQuote(Answer, frozen=True, kw_only=True):
    """What a movement would cost now."""

    object: Literal["fee_quote"] = "fee_quote"
    kind: str
    amount: Amount
    fee: Amount
    total: Amount


class Limit(Answer, frozen=True, kw_only=True):
    """A limit, with how much of it is used and left. It is counted in the currency of your country's pack."""

    object: Literal["limit"] = "limit"
    flow: Annotated[str, Meta(examples=["send"])]
    window: Annotated[str, Meta(examples=["day"])]
    limit: Amount
    used: Amount
    left: Amount


class LimitList(Answer, frozen=True, kw_only=True):
    """All limits of your verification level."""

    object: Literal["list"] = "list"
    level: Annotated[int, Meta(description=N_("Your verification level, 0 to 3."))]
    data: list[Limit]


class EventData(Answer, frozen=True, kw_only=True):
    """The movement that it is about, as it stood then."""

    movement: UUID
    kind: str
    reference: str
    state: str
    reason: str | None
    amount: Amount
    fee: Amount


class Event(Answer, frozen=True, kw_only=True):
    """Something that happened to a movement of yours."""

    object: Literal["event"] = "event"
    id: UUID
    type: Annotated[str, Meta(examples=["transfer.completed"])]
    created_at: At
    data: EventData


class EventPage(Answer, frozen=True, kw_only=True):
    """A page of events, the latest first."""

    object: Literal["list"] = "list"
    data: list[Event]
    has_more: bool
    next_cursor: str | None
