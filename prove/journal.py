"""What a client of the posting program knows for certain: what it has sent, and what it was answered.

One file a client, one line an event, each written by one call before the next thing happens. The kernel keeps what
was written when the process is killed, so that no fsync is needed.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path
from uuid import UUID

import msgspec

from okpay.ledger.records import Capture, Item, Outcome, Post, Release, Reserve

_TYPES: dict[str, type[Item]] = {"Post": Post, "Reserve": Reserve, "Capture": Capture, "Release": Release}


@dataclass(slots=True)
class Story:
    """What one or several journals tell."""

    sent: dict[UUID, Item] = field(default_factory=dict)
    answers: dict[UUID, list[Outcome]] = field(default_factory=dict)
    doubtful: set[UUID] = field(default_factory=set)
    """What had to be sent again because no answer came."""
    asked_twice: int = 0
    """How often an item that had been answered was sent again on purpose."""

    def in_doubt(self) -> list[Item]:
        """Return what was sent and never answered."""
        return [item for item_id, item in self.sent.items() if item_id not in self.answers]

    def accepted(self) -> list[Item]:
        """Return what was answered as standing in the book, in the order in which it was sent."""
        return [item for item_id, item in self.sent.items() if self.is_accepted(item_id)]

    def is_accepted(self, item_id: UUID) -> bool:
        """Tell whether an answer said that the item stands in the book."""
        return any(answer in (Outcome.POSTED, Outcome.REPLAYED) for answer in self.answers.get(item_id, ()))

    def read(self, path: Path) -> None:
        """Add the events of a journal. A last line that was cut short never happened."""
        for line in path.read_text().split("\n")[:-1]:
            event, _, rest = line.partition(" ")
            first, _, second = rest.partition(" ")
            if event == "sent":
                item = msgspec.json.decode(second, type=_TYPES[first])
                self.sent[item.id] = item
            elif event == "answered":
                self.answers.setdefault(UUID(first), []).append(Outcome(int(second)))
            elif event == "again":
                self.doubtful.add(UUID(first))
            elif event == "twice":
                self.asked_twice += 1


class Journal:
    """A journal that is being written."""

    def __init__(self, path: Path) -> None:
        self._file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        # A last line that was cut short never happened: what comes next must not be glued to it.
        os.truncate(self._file, path.read_bytes().rfind(b"\n") + 1)

    def sent(self, item: Item) -> None:
        """Note an item before it is sent for the first time."""
        self._write(f"sent {type(item).__name__} {msgspec.json.encode(item).decode()}")

    def again(self, item: Item) -> None:
        """Note that an item is sent again because nothing is known of it."""
        self._write(f"again {item.id}")

    def twice(self, item: Item) -> None:
        """Note that an item is sent again although it was answered."""
        self._write(f"twice {item.id}")

    def answered(self, item: Item, outcome: Outcome) -> None:
        """Note an answer as soon as it is there."""
        self._write(f"answered {item.id} {int(outcome)}")

    def _write(self, line: str) -> None:
        os.write(self._file, line.encode() + b"\n")
