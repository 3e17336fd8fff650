"""The nouns of this room: a card, and a top-up from it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from uuid import UUID

from okpay.base.money import Money

MOST_CARDS = 10
CARD_PAGE_LASTS = timedelta(minutes=30)
DRAFT_LASTS = timedelta(minutes=30)
KNOWN_BY = timedelta(hours=24)
"""How long it may take until the acquirer's answer is known."""
BRANDS = {
    "visa": "Visa",
    "mastercard": "Mastercard",
    "amex": "American Express",
    "discover": "Discover",
    "diners": "Diners Club",
    "jcb": "JCB",
    "unionpay": "UnionPay",
}
"""What the acquirer calls card schemes, and what they are called."""


@dataclass(frozen=True, slots=True)
class Card:
    """A card that a customer has added: nothing of its number but the last four digits."""

    id: UUID
    customer_id: UUID
    brand: str
    """The acquirer's word for the scheme."""
    last4: str
    expires_on: date
    """The last day of the month that stands on it."""
    added_at: datetime

    @property
    def name(self) -> str:
        """What it is called: `Visa •••• 4242`."""
        return f"{BRANDS.get(self.brand, self.brand.capitalize())} •••• {self.last4}"

    def has_expired(self, on: date) -> bool:
        """Tell whether it cannot be charged any more on a day."""
        return on > self.expires_on


@dataclass(frozen=True, slots=True)
class AcquirerPage:
    """The acquirer's page, open for one card of one customer."""

    id: UUID
    session_id: str
    url: str
    return_url: str
    """Where whoever has typed a card there comes back to."""
    frame_origin: str
    """From where it may be shown in a frame; empty where it may not."""
    opened_at: datetime

    @property
    def frame_url(self) -> str:
        """The page as it is shown in a frame."""
        return f"{self.url}{'&' if '?' in self.url else '?'}frame=1"


@dataclass(frozen=True, slots=True)
class Draft:
    """A top-up that somebody has written and not confirmed. Its id becomes the key under which it is made."""

    id: UUID
    customer_id: UUID
    card: Card
    amount: Money
    created_at: datetime

    @property
    def lapses_at(self) -> datetime:
        """When it must be written anew."""
        return self.created_at + DRAFT_LASTS


@dataclass(frozen=True, slots=True)
class Preview:
    """What will happen when a top-up is confirmed now."""

    draft: Draft
    fee: Money
    total: Money
    """What the card is charged."""
    matures_on: date
    """From when on it may leave to a bank."""


@dataclass(frozen=True, slots=True)
class TopUpCommand:
    """Charge a card for an amount and a fee."""

    customer_id: UUID
    principal: UUID
    """Whose idempotency key it is: the customer for pages, the id of the key that signs in for programs."""
    key: str
    """The idempotency key, 1 to 255 characters, unique for the principal."""
    card_id: UUID
    amount: Money
    fee: Money | None
    """What was shown: where the schedule has changed since, it is refused. None takes what the schedule says."""
    now: datetime


@dataclass(frozen=True, slots=True)
class Order:
    """A top-up that the acquirer is to be asked about."""

    movement_id: UUID
    customer_id: UUID
    token: str = field(repr=False)
    total: Money
    charge_id: str
    """The acquirer's id of the charge; empty while no answer named it."""
    tries: int
    first_called_at: datetime | None
    may_be_charged: bool
    """Whether a call was made before this one whose answer did not come."""
    card_is_removed: bool
    created_at: datetime

    @property
    def known_by(self) -> datetime:
        """Until when the acquirer's answer is known: what was not sent then ends, the rest is the operator's turn."""
        return self.created_at + KNOWN_BY


@dataclass(frozen=True, slots=True)
class Difference:
    """Where the acquirer's charges and our top-ups do not agree."""

    check: str
    what: str


@dataclass(frozen=True, slots=True)
class Totals:
    """What was charged in a currency, in minor units, as each side has it."""

    currency: str
    acquirer_minor: int
    ours_minor: int


@dataclass(slots=True)
class Reconciled:
    """What came of comparing the acquirer's charges with our top-ups."""

    since: datetime
    charges: int = 0
    """How many the acquirer has listed."""
    foreign: int = 0
    """How many of them name no order of ours: made by somebody else with the same account."""
    woken: int = 0
    """How many top-ups had not ended, and are asked about anew."""
    totals: list[Totals] = field(default_factory=list)
    differences: list[Difference] = field(default_factory=list)
