"""What an acquirer can be asked, and what its answers mean to us."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Protocol
from uuid import UUID

from okpay.base.money import Money


class Outcome(StrEnum):
    """What became of a charge, as far as an answer says."""

    SUCCEEDED = "succeeded"
    DECLINED = "declined"
    PROCESSING = "processing"
    """The acquirer has it and will know later."""
    UNKNOWN = "unknown"
    """It may have been done: ask again with the same id."""
    NOT_SENT = "not_sent"
    """It has not been done: the call did not get there, or was turned away before it began."""
    HOPELESS = "hopeless"
    """This call has not done it, and no later one will: the card is gone, or the amount is none that is charged."""
    MISCONFIGURED = "misconfigured"
    """It has not been done, and will not before the operator has mended something."""


NO_SUCH_CHARGE = "no_such_charge"
"""The code of an answer that the acquirer has no charge of this name for our order: the name is worth nothing."""


@dataclass(frozen=True, slots=True)
class ChargeOrder:
    """A charge, which is the same one whenever it is asked for under the same id."""

    id: UUID
    token: str = field(repr=False)
    amount: Money
    description: str


@dataclass(frozen=True, slots=True)
class ChargeAnswer:
    """What an acquirer said of a charge."""

    outcome: Outcome
    charge_id: str = ""
    """The acquirer's id of it, where it named one."""
    code: str = ""
    """For a decline: one of our reasons (`card_declined`, `card_expired` …); else what was wrong."""


@dataclass(frozen=True, slots=True)
class PageOrder:
    """The acquirer's page on which a card is typed."""

    id: UUID
    success_url: str
    """Where it returns to; `{CHECKOUT_SESSION_ID}` in it becomes the session's id."""
    cancel_url: str
    currency: str
    language: str
    """`en` or `zh-hans`."""


@dataclass(frozen=True, slots=True)
class OpenPage:
    """A page that is open for one card."""

    session_id: str
    url: str


@dataclass(frozen=True, slots=True)
class FoundCard:
    """A card that somebody has typed on the acquirer's page."""

    token: str = field(repr=False)
    brand: str
    last4: str
    expires_on: date
    fingerprint: str


@dataclass(frozen=True, slots=True)
class Charge:
    """A charge in the acquirer's own list."""

    charge_id: str
    order_id: UUID | None
    """The id it was asked for under; None for one that is not ours."""
    outcome: Outcome
    amount: Money


class AcquirerUnavailable(Exception):
    """A question about pages and cards has no answer now; asking again is harmless."""


class Acquirer(Protocol):
    """A service that charges cards."""

    def open_page(self, order: PageOrder) -> OpenPage:
        """Open a page for one card. Raises: AcquirerUnavailable."""

    def read_card(self, session_id: str) -> FoundCard | None:
        """Return the card typed on a page, or None while there is none. Raises: AcquirerUnavailable."""

    def forget_card(self, token: str) -> None:
        """Have a card forgotten. Raises: AcquirerUnavailable."""

    def charge(self, order: ChargeOrder) -> ChargeAnswer:
        """Charge a card. The same order again is the same charge, for a day."""

    def ask(self, charge_id: str, order: ChargeOrder) -> ChargeAnswer:
        """Ask what became of a charge that was made for an order. One for something else is unknown."""

    def charges(self, *, since: datetime) -> Iterator[Charge]:
        """Yield the charges of the acquirer's list, the latest first. Raises: AcquirerUnavailable."""
