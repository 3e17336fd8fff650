"""The inbox of everybody: the newest messages, what is unread, and what the failure switches did."""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Iterator
from pathlib import Path

import msgspec

from okpay_sandbox.inbox.changes import Changes
from okpay_sandbox.inbox.lines import Lines
from okpay_sandbox.inbox.records import Arrived, Change, Failed, Incident, Line, Message, Person, Read

_log = logging.getLogger(__name__)

MOST_MESSAGES = 5_000
MOST_CHARACTERS = 16_000_000
MOST_INCIDENTS = 500


class Inbox:
    """Keeps what arrived; the oldest is dropped for the newest. Used from the event loop only."""

    def __init__(self, folder: Path, *, most_messages: int = MOST_MESSAGES) -> None:
        self.changes = Changes()
        self._most = most_messages
        self._messages: dict[str, Message] = {}
        self._unread: set[str] = set()
        self._size = 0
        self._incidents: deque[Incident] = deque(maxlen=MOST_INCIDENTS)
        self._lines = Lines(
            folder / "messages.jsonl", most_lines=2 * most_messages + 1000, most_bytes=8 * MOST_CHARACTERS
        )
        for line in self._lines.read():
            self._remember(line)
        self._lines.rewrite(self._snapshot())

    def add(self, messages: list[Message]) -> None:
        """Keep messages and tell open pages."""
        for message in messages:
            self._keep(message, is_read=False)
            self._write(Arrived(message))
            self.changes.tell(Change("arrived", message.channel, message.person))

    def note(self, incident: Incident) -> None:
        """Keep what a failure switch did."""
        self._incidents.append(incident)
        self._write(Failed(incident))
        self.changes.tell(Change("changed"))

    def mark_read(self, person: str) -> None:
        """Take the unread marks of a person away."""
        found = {key for key in self._unread if self._messages[key].person == person}
        if found:
            self._unread -= found
            self._write(Read(person))
            self.changes.tell(Change("changed"))

    def clear(self) -> None:
        """Forget everything."""
        self._messages.clear()
        self._unread.clear()
        self._incidents.clear()
        self._size = 0
        self._lines.rewrite([])
        self.changes.tell(Change("cleared"))

    def message(self, key: str) -> Message | None:
        """Return a message, or None when it is not (or no longer) here."""
        return self._messages.get(key)

    def is_unread(self, message: Message) -> bool:
        """Tell whether nobody looked at it yet."""
        return message.id in self._unread

    @property
    def unread(self) -> int:
        return len(self._unread)

    def messages(self, person: str) -> list[Message]:
        """Return what a person received, newest first."""
        return [message for message in reversed(self._messages.values()) if message.person == person]

    def people(self, search: str = "") -> list[Person]:
        """Return who received something, whoever heard last first.

        Args:
            search: A part of an address or name; small and capital letters are the same.
        """
        grouped: dict[str, list[Message]] = {}
        for message in reversed(self._messages.values()):
            grouped.setdefault(message.person, []).append(message)
        found = [self._person(address, messages) for address, messages in grouped.items()]
        wanted = search.strip().casefold()
        return [person for person in found if wanted in f"{person.address} {person.name}".casefold()]

    def incidents(self) -> list[Incident]:
        """Return what the failure switches did, newest first."""
        return list(reversed(self._incidents))

    def _person(self, address: str, messages: list[Message]) -> Person:
        name = next((message.name for message in messages if message.name), "")
        unread = sum(message.id in self._unread for message in messages)
        return Person(address, name, unread, messages[0])

    def _keep(self, message: Message, *, is_read: bool) -> None:
        self._messages[message.id] = message
        self._size += message.size
        if not is_read:
            self._unread.add(message.id)
        while len(self._messages) > self._most or self._size > MOST_CHARACTERS:
            oldest = self._messages.pop(next(iter(self._messages)))
            self._unread.discard(oldest.id)
            self._size -= oldest.size

    def _write(self, line: Line) -> None:
        self._lines.append(msgspec.json.encode(line))
        if self._lines.is_full:
            self._lines.rewrite(self._snapshot())

    def _snapshot(self) -> Iterator[bytes]:
        for incident in self._incidents:
            yield msgspec.json.encode(Failed(incident))
        for message in self._messages.values():
            yield msgspec.json.encode(Arrived(message, message.id not in self._unread))

    def _remember(self, line: bytes) -> None:
        try:
            found = msgspec.json.decode(line, type=Line)
        except (msgspec.DecodeError, UnicodeDecodeError):
            # The last line of a process that was killed while it wrote.
            _log.warning("a line of the inbox could not be read")
            return
        if isinstance(found, Arrived):
            self._keep(found.message, is_read=found.is_read)
        elif isinstance(found, Read):
            self._unread = {key for key in self._unread if self._messages[key].person != found.person}
        else:
            self._incidents.append(found.incident)
