"""The nouns of the acquirer, each also a line of its file. Times are whole seconds of Unix time."""

from __future__ import annotations

from enum import StrEnum
from secrets import token_hex

import msgspec

SESSION_SECONDS = 30 * 60


class Behaviour(StrEnum):
    """What a test card does when it is charged."""

    SUCCEEDS = "succeeds"
    DECLINED = "declined"
    INSUFFICIENT = "insufficient"
    EXPIRED = "expired"
    WRONG_CODE = "wrong_code"
    ERROR = "error"
    AUTHENTICATION = "authentication"
    SLOW = "slow"
    ANSWER_LOST = "answer_lost"
    DOUBLED = "doubled"
    PROCESSING = "processing"


class Status(StrEnum):
    """Where a charge stands."""

    SUCCEEDED = "succeeded"
    PROCESSING = "processing"
    DECLINED = "requires_payment_method"
    CANCELED = "canceled"


class _Line(msgspec.Struct, frozen=True, tag=True, tag_field="line", omit_defaults=True):
    pass


class Session(_Line, frozen=True):
    """A page on which somebody enters a card, once."""

    id: str
    at: int
    currency: str
    success_url: str
    cancel_url: str
    setup: str
    reference: str = ""
    metadata: dict[str, str] = {}
    locale: str = ""
    method: str = ""
    """The card that was entered; empty as long as there is none."""

    @property
    def expires(self) -> int:
        return self.at + SESSION_SECONDS

    def status(self, now: int) -> str:
        """Return `open`, `complete` or `expired`."""
        if self.method:
            return "complete"
        return "expired" if now >= self.expires else "open"


class Method(_Line, frozen=True):
    """A card as it is kept: enough to recognise and to charge it, and not its number."""

    id: str
    at: int
    brand: str
    last4: str
    month: int
    year: int
    fingerprint: str
    behaviour: Behaviour
    is_detached: bool = False


class Decline(msgspec.Struct, frozen=True):
    """Why a charge was declined."""

    code: str
    decline_code: str
    message: str


class Intent(_Line, frozen=True):
    """A charge: what was asked for, and what became of it. Amounts are minor units."""

    id: str
    at: int
    amount: int
    currency: str
    method: str
    charge: str
    status: Status
    description: str = ""
    metadata: dict[str, str] = {}
    decline: Decline | None = None
    refunded: int = 0
    settles: int = 0
    """When a processing one succeeds."""
    canceled: int = 0
    reason: str = ""


class Refund(_Line, frozen=True):
    """Money given back of a charge, in minor units."""

    id: str
    at: int
    intent: str
    charge: str
    amount: int
    currency: str
    reason: str = ""
    metadata: dict[str, str] = {}


class Kept(_Line, frozen=True):
    """The first answer under an idempotency key."""

    key: str
    at: int
    digest: str
    status: int
    body: str
    request: str


class Event(_Line, frozen=True):
    """Something that the wallet is told, with the charge as it was at that moment."""

    id: str
    at: int
    kind: str
    intent: Intent
    key: str = ""
    request: str = ""
    copies: int = 1


class Delivered(_Line, frozen=True):
    """An event is done with: the wallet took it, or it was given up."""

    id: str


Record = Session | Method | Intent | Refund | Kept | Event | Delivered


def new_id(prefix: str) -> str:
    """Return an id as acquirers write them, such as `pi_…`."""
    return f"{prefix}_{token_hex(12)}"
