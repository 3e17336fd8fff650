"""The nouns of telling people: channels, states, notices, and what waits."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID


class Channel(StrEnum):
    """The ways out of the house."""

    MAIL = "mail"
    SMS = "sms"


class State(StrEnum):
    """Where a delivery stands. The last three are final."""

    QUEUED = "queued"
    SENDING = "sending"
    UNKNOWN = "unknown"
    SENT = "sent"
    REFUSED = "refused"
    GIVEN_UP = "given_up"

    @property
    def is_final(self) -> bool:
        return self in (State.SENT, State.REFUSED, State.GIVEN_UP)


@dataclass(frozen=True, slots=True)
class Notice:
    """One notice of somebody's inbox; `words` in the queries makes sentences of it."""

    id: UUID
    user_id: UUID
    code: str
    data: Mapping[str, Any]
    created_at: datetime
    read_at: datetime | None


@dataclass(frozen=True, slots=True)
class Words:
    """A notice as a person reads it: plain text, to be escaped by whoever prints it."""

    title: str
    body: str


@dataclass(frozen=True, slots=True)
class Channels:
    """Which channels this installation has set up."""

    mail: bool
    sms: bool


@dataclass(frozen=True, slots=True)
class Standing:
    """How many deliveries of a channel are in a state."""

    channel: Channel
    state: State
    count: int


@dataclass(frozen=True, slots=True)
class Backlog:
    """What waits, what ended in the last day, and since when the oldest waits, for each channel that has any."""

    standings: tuple[Standing, ...]
    oldest_waiting_at: Mapping[Channel, datetime]
