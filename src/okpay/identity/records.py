"""The nouns of identity."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from ipaddress import IPv4Network, IPv6Network
from uuid import UUID

from okpay.base.idempotency import hash_of
from okpay.identity.networks import read_address

SHORTEST_PASSWORD = 10
LONGEST_PASSWORD = 128
"""What is longer is no better, and costs everybody time to hash."""
LONGEST_LEGAL_NAME = 120
LONGEST_DISPLAY_NAME = 60
LONGEST_PHRASE = 60
SHORTEST_ANSWER = 2
SHORTEST_PAYMENT_PASSWORD = 6
LONGEST_PAYMENT_PASSWORD = 12
MOST_WRONG_PAYMENT_PASSWORDS = 5
"""After so many wrong ones in a row nobody can confirm anything, the owner included."""
PAYMENT_PASSWORD_BLOCK = timedelta(minutes=30)
CONFIRMATION_LASTS = timedelta(minutes=5)
LONGEST_API_KEY_NAME = 60
MOST_API_KEYS = 20
"""How many keys of one user may stand at once."""
MOST_NETWORKS = 20
LONGEST_API_KEY_LIFE = timedelta(days=5 * 365 + 2)
"""Five years, with the leap days that may lie in them."""


class SecurityQuestion(StrEnum):
    """The questions to choose from; the doors hold the sentences."""

    FIRST_TEACHER = "first_teacher"
    CHILDHOOD_STREET = "childhood_street"
    FIRST_DISH = "first_dish"
    FIRST_JOURNEY = "first_journey"
    CHILDHOOD_FRIEND = "childhood_friend"


class AddressKind(StrEnum):
    """What an address is that somebody can be reached at."""

    EMAIL = "email"
    PHONE = "phone"


@dataclass(frozen=True, slots=True)
class Standing:
    """Whose an address is: only who has proven it counts."""

    user_id: UUID | None
    """Who has proven it; None where nobody has."""
    is_claimed: bool
    """Whether somebody has written it down as theirs, proven or not."""


@dataclass(frozen=True, slots=True)
class Names:
    """What somebody is called."""

    legal_name: str
    display_name: str
    language: str


class Recovery(StrEnum):
    """What a mailed link lets its reader do."""

    RESET = "reset"
    LOCK = "lock"
    UNLOCK = "unlock"


@dataclass(frozen=True, slots=True)
class Person:
    """A user as doors show them."""

    id: UUID
    legal_name: str
    display_name: str
    country: str
    language: str
    email: str
    """The proven primary address, or the claimed one while none is proven."""
    phone: str
    """In E.164; empty when there is none."""
    phone_is_proven: bool
    is_staff: bool
    opened_at: datetime
    locked_at: datetime | None


@dataclass(frozen=True, slots=True)
class Device:
    """A browser that somebody has signed in with."""

    id: UUID
    user_agent: str
    address: str
    """The network address it was last seen at; empty when unknown."""
    first_seen_at: datetime
    last_seen_at: datetime


class Sighting(StrEnum):
    """What is known of a device at a sign-in."""

    FIRST = "first"
    """The first device of this user: the one they signed up with."""
    NEW = "new"
    KNOWN = "known"


@dataclass(frozen=True, slots=True)
class RecoveryRequest:
    """A mail that somebody asked for, still to be sent."""

    id: UUID
    kind: Recovery
    email: str
    language: str
    asked_at: datetime


@dataclass(frozen=True, slots=True)
class PaymentPasswordState:
    """How somebody's payment password stands."""

    is_set: bool
    set_at: datetime | None
    times_set: int
    """How often it was set; 0 while it never was. It tells one payment password from the next."""
    tries_left: int
    """How many wrong ones in a row there may still be; 0 while it is blocked."""
    blocked_until: datetime | None


@dataclass(frozen=True, slots=True)
class PaymentPasswordAttempt:
    """What became of digits that somebody gave as their payment password."""

    is_right: bool
    tries_left: int
    blocked_until: datetime | None
    is_missing: bool
    """There is no payment password yet."""


class ConfirmedBy(StrEnum):
    """What a movement was confirmed with."""

    PAYMENT_PASSWORD = "payment_password"  # noqa: S105  its name
    PASSKEY = "passkey"
    APP = "app"


@dataclass(frozen=True, slots=True)
class PaymentConfirmation:
    """What became of an attempt to confirm a movement; without an id it is not confirmed."""

    confirmation_id: UUID | None
    tries_left: int
    blocked_until: datetime | None
    is_missing: bool
    """There is no payment password yet."""


@dataclass(frozen=True, slots=True)
class ConfirmationUse:
    """A confirmation that a movement is about to use up: who asks, and for what."""

    id: UUID
    user_id: UUID
    binding: bytes
    """Of what is about to happen, by `binding_of`."""


class ConfirmationFault(StrEnum):
    """Why a confirmation cannot be used."""

    UNKNOWN = "confirmation_unknown"
    """There is none of this id, or it is somebody else's, or a new payment password has ended it."""
    OTHER = "confirmation_other"
    """It is for something else: another payee, amount or currency."""
    USED = "confirmation_used"
    EXPIRED = "confirmation_expired"


def binding_of(
    *, payee: UUID | str, amount_minor: int, currency: str, **more: UUID | str | int | None
) -> bytes:
    """Return what a confirmation is bound to, 32 bytes: the same facts give the same bytes, any other ones others.

    The amount is in minor units. `more` is whatever else the person was shown and has confirmed, such as the fee.
    """
    facts = {"payee": payee, "amount_minor": amount_minor, "currency": currency, **more}
    return hash_of({name: str(fact) if isinstance(fact, UUID) else fact for name, fact in facts.items()})


class Scope(StrEnum):
    """What a key lets a program do; the doors hold the sentences."""

    READ = "read"
    """See balances, movements, cards and limits."""
    SEND = "send"
    """Send money and cancel transfers, without the payment password."""
    TOP_UP = "top_up"
    """Charge the owner's cards, without the payment password."""

    @property
    def moves_money(self) -> bool:
        """Whether a key with it stands for the payment password."""
        return self is not Scope.READ


def key_prefix(*, is_live: bool) -> str:
    """Return how the text of every API key begins: one of a trial is none in production, and the other way round."""
    return "okp_live_" if is_live else "okp_test_"


@dataclass(frozen=True, slots=True)
class ApiKey:
    """What is known of a key with which a program speaks for somebody; the key itself is kept nowhere."""

    id: UUID
    user_id: UUID
    name: str
    hint: str
    """How the key begins: enough for its owner to know it, too little to guess the rest."""
    scopes: frozenset[Scope]
    networks: tuple[IPv4Network | IPv6Network, ...]
    """Where it may be used from; empty for anywhere."""
    created_at: datetime
    expires_at: datetime | None
    last_used_at: datetime | None
    last_used_from: str
    """The network address of the last use; empty when there was none, or it is unknown."""
    revoked_at: datetime | None
    changed_at: datetime
    """When anything that a use depends on changed last, by the real clock of the database."""

    def stands(self, now: datetime) -> bool:
        """Tell whether it was neither revoked nor has expired."""
        return self.revoked_at is None and (self.expires_at is None or now < self.expires_at)

    def admits(self, address: str) -> bool:
        """Tell whether it may be used from a network address; what is no address lies in no network."""
        if not self.networks:
            return True
        read = read_address(address)
        return read is not None and any(read in network for network in self.networks)


@dataclass(frozen=True, slots=True)
class StandingKey(ApiKey):
    """A key that was not revoked, with whether its owner is locked out; whether it has expired the caller asks."""

    is_locked: bool


@dataclass(frozen=True, slots=True)
class NewApiKey:
    """A key that was just made: the only time that its text is known."""

    key: ApiKey
    secret: str = field(repr=False)


def api_key_binding(
    *, name: str, scopes: Collection[Scope], networks: Sequence[str], expires_at: datetime | None
) -> bytes:
    """Return what the confirmation of a new key is bound to: it confirms no movement, and no other key."""
    return binding_of(
        payee="api_key",
        amount_minor=0,
        currency="",
        name=name,
        scopes=" ".join(sorted(scopes)),
        networks=" ".join(networks),
        expires_at=expires_at.isoformat() if expires_at else None,
    )
