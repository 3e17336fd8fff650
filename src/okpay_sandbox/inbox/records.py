"""The nouns of the inbox."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Literal
from uuid import uuid4

import msgspec


class Channel(StrEnum):
    """What can fail: the two ways a message comes, and cards."""

    MAIL = "mail"
    SMS = "sms"
    CARDS = "cards"


class Mode(StrEnum):
    """What a channel does with what it is given."""

    WORKS = "works"
    SLOW = "slow"
    REFUSES = "refuses"
    LOSES = "loses"
    ANSWER_LOST = "answer_lost"
    DOUBLES = "doubles"


MODES = {
    Channel.MAIL: (Mode.WORKS, Mode.SLOW, Mode.REFUSES, Mode.LOSES, Mode.ANSWER_LOST),
    Channel.SMS: (Mode.WORKS, Mode.SLOW, Mode.REFUSES, Mode.LOSES, Mode.ANSWER_LOST),
    Channel.CARDS: (Mode.WORKS, Mode.SLOW, Mode.REFUSES, Mode.ANSWER_LOST, Mode.DOUBLES),
}
"""What each can be told to do."""


class Message(msgspec.Struct, frozen=True):
    """A mail or a text message as one person received it."""

    id: str
    channel: Channel
    at: datetime
    person: str
    """Who received it: an address in small letters, or a telephone number."""
    text: str
    subject: str = ""
    sender: str = ""
    name: str = ""
    """How the sender called the person, if at all."""
    html: str = ""
    attachments: tuple[str, ...] = ()

    @property
    def size(self) -> int:
        return len(self.text) + len(self.html) + len(self.subject)


class Incident(msgspec.Struct, frozen=True):
    """Something that a failure switch did, without what was in the message."""

    at: datetime
    channel: Channel
    mode: Mode
    person: str
    """Who the message was for; of cards the charge, or what was asked."""
    id: str = msgspec.field(default_factory=lambda: uuid4().hex)


class Arrived(msgspec.Struct, frozen=True, tag="arrived", tag_field="line"):
    """A line of the file: a message came."""

    message: Message
    is_read: bool = False


class Read(msgspec.Struct, frozen=True, tag="read", tag_field="line"):
    """A line of the file: somebody looked at everything of a person."""

    person: str


class Failed(msgspec.Struct, frozen=True, tag="failed", tag_field="line"):
    """A line of the file: a failure switch did something."""

    incident: Incident


Line = Arrived | Read | Failed


class Person(msgspec.Struct, frozen=True):
    """Somebody who received something, as the list of people shows them."""

    address: str
    name: str
    unread: int
    last: Message


class Change(msgspec.Struct, frozen=True):
    """What open pages are told."""

    kind: Literal["arrived", "changed", "cleared"]
    channel: Channel | None = None
    person: str = ""
