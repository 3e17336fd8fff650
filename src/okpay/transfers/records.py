"""The nouns of this room: whom to, a draft with what will happen, and the commands."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID, uuid5

from okpay.base.money import Money
from okpay.customers.records import Customer
from okpay.identity.records import AddressKind, binding_of
from okpay.movements.records import Movement, Reason
from okpay.risk.records import Warned
from okpay.wallets.records import Wallet

LONGEST_NOTE = 140
DRAFT_LASTS = timedelta(minutes=30)
_NAMESPACE = UUID("6f6b7061-7900-5472-8000-616464726573")


@dataclass(frozen=True, slots=True)
class Recipient:
    """Whom somebody sends to: an address in its one form."""

    kind: AddressKind
    address: str

    @property
    def key(self) -> UUID:
        """Stands for the address while nobody has proven it."""
        return uuid5(_NAMESPACE, f"{self.kind}:{self.address}")


@dataclass(frozen=True, slots=True)
class Payee:
    """What is known of whom an address belongs to, at one moment."""

    recipient: Recipient
    customer: Customer | None = None
    """Who has proven the address, where they are a customer."""
    wallet: Wallet | None = None
    """Their wallet in the transfer's currency."""
    display_name: str = ""
    legal_name: str = ""
    is_claimed: bool = False
    """Whether somebody has written the address down as theirs without having proven it."""

    @property
    def key(self) -> UUID:
        """What "the same payee" is judged by."""
        return self.customer.id if self.customer else self.recipient.key


def binding(recipient: Recipient, amount: Money, fee: Money) -> bytes:
    """Return what a payment password confirms: this payee, this amount, this fee, this currency, and nothing else."""
    return binding_of(
        payee=f"{recipient.kind}:{recipient.address}",
        amount_minor=amount.minor,
        currency=amount.currency,
        fee_minor=fee.minor,
    )


@dataclass(frozen=True, slots=True)
class Draft:
    """A transfer that somebody has written and not confirmed. Its id becomes the key under which it is sent."""

    id: UUID
    customer_id: UUID
    recipient: Recipient
    amount: Money
    note: str
    delay_hours: int
    """0 for at once."""
    created_at: datetime

    @property
    def lapses_at(self) -> datetime:
        """When it must be written anew."""
        return self.created_at + DRAFT_LASTS


@dataclass(frozen=True, slots=True)
class Preview:
    """What will happen when a draft is confirmed now."""

    draft: Draft
    masked_name: str
    """The verified name, masked; empty where nobody has proven the address."""
    fee: Money
    total: Money
    reason: Reason
    """Why it will wait; empty where it arrives at once."""
    arrives_at: datetime | None
    """When a delayed one arrives."""
    deadline_at: datetime
    """Until when one that waits can be claimed."""
    warnings: tuple[Warned, ...]


@dataclass(frozen=True, slots=True)
class SendCommand:
    """Send an amount, with everything that was shown before."""

    customer_id: UUID
    user_id: UUID
    principal: UUID
    """Whose idempotency key it is: the customer for pages, the id of the key that signs in for programs."""
    key: str
    """The idempotency key, 1 to 255 characters, unique for the principal."""
    recipient: Recipient
    amount: Money
    fee: Money | None
    """What was shown: where the schedule has changed since, it is refused. None takes what the schedule says."""
    note: str
    delay_hours: int
    confirmation_id: UUID | None
    """The payment password's confirmation, which is used up; None for a door that has proof of its own."""
    now: datetime


@dataclass(frozen=True, slots=True)
class CancelCommand:
    """Take back a transfer that waits."""

    customer_id: UUID
    movement_id: UUID
    now: datetime
    principal: UUID | None = None
    """Whose idempotency key it is; None for the customer."""
    key: str = ""
    """With a key, the first answer is given again under it. Without one, it is asked anew each time."""


@dataclass(frozen=True, slots=True)
class BulkCommand:
    """A list of transfers that stands under one key, whatever becomes of each."""

    principal: UUID
    key: str
    transfers: tuple[SendCommand, ...]
    now: datetime


@dataclass(frozen=True, slots=True)
class Waiting:
    """A transfer that waits, with what its end needs to know."""

    movement_id: UUID
    recipient: Recipient
    held_maturing_minor: int
    held_available_minor: int
    expires_at: datetime
    arrives_at: datetime | None


@dataclass(frozen=True, slots=True)
class Contact:
    """Somebody whom a customer has sent to before."""

    recipient: Recipient
    name: str
    """The name that others see; empty where nobody had proven the address."""
    last: Movement | None
