"""The nouns of identity."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

SHORTEST_PASSWORD = 10
LONGEST_PASSWORD = 128
"""What is longer is no better, and costs everybody time to hash."""
LONGEST_LEGAL_NAME = 120
LONGEST_DISPLAY_NAME = 60
LONGEST_PHRASE = 60
SHORTEST_ANSWER = 2


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
