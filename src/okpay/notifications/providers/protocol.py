"""What a provider is asked and what it answers, whichever channel it serves."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum, auto
from typing import Protocol
from uuid import UUID

from okpay.notifications.rendering import Rendered

STEP_SECONDS = 5
"""How long a server may be silent."""
CALL_SECONDS = 20
"""How long a whole call may take, however busily the server trickles; well below a worker's lease."""


class Outcome(Enum):
    """What an answer means for what happens next."""

    ACCEPTED = auto()
    """The provider has it: done."""
    REFUSED = auto()
    """It never will be accepted: done."""
    TEMPORARY = auto()
    """It was certainly not accepted, and may be later."""
    UNKNOWN = auto()
    """It may or may not have been accepted: ask before sending again."""
    ABSENT = auto()
    """The answer to a question: the provider has never seen it, or cannot know. Send it."""


@dataclass(frozen=True, slots=True)
class Answer:
    """An outcome with the code of what was wrong; never the provider's own text, which may quote an address."""

    outcome: Outcome
    error: str = ""


@dataclass(frozen=True, slots=True)
class Outgoing:
    """One message to one recipient. Its id is the key under which a provider knows it again."""

    id: UUID
    recipient: str = field(repr=False)
    created_at: datetime
    rendered: Rendered = field(repr=False)


class Provider(Protocol):
    """A way out. Both calls end within CALL_SECONDS, raise nothing, and are made outside transactions."""

    def send(self, outgoing: Outgoing) -> Answer:
        """Hand over a message, once however often it is called with the same id, as far as the protocol can."""
        ...

    def ask(self, id: UUID) -> Answer:
        """Tell what became of a message that may have been handed over; nothing is sent by that."""
        ...
