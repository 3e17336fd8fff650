"""What the acquirer knows, in memory and in a file that outlives the process. Used from the event loop only."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from typing import TypeVar

import msgspec

from okpay_sandbox.acquirer.records import (
    Event,
    Intent,
    Kept,
    Method,
    Record,
    Refund,
    Session,
    Status,
)
from okpay_sandbox.inbox.changes import Changes
from okpay_sandbox.inbox.lines import Lines
from okpay_sandbox.inbox.records import Change

_log = logging.getLogger(__name__)

MOST = 50_000
"""Of each kind the newest so many are kept. A key is dropped earlier only by as many newer ones."""
MOST_BYTES = 400_000_000

T = TypeVar("T")


class Store:
    """Records by their id. Those that belong together are written in one go."""

    def __init__(self, folder: Path, changes: Changes, *, most: int = MOST) -> None:
        self._changes = changes
        self._most = most
        self.sessions: dict[str, Session] = {}
        self.methods: dict[str, Method] = {}
        self.intents: dict[str, Intent] = {}
        self.refunds: dict[str, Refund] = {}
        self.keys: dict[str, Kept] = {}
        self.undelivered: dict[str, Event] = {}
        self.processing: set[str] = set()
        self.news = asyncio.Event()
        """Set when there is an event to send, or a charge to look after."""
        self._lines = Lines(folder / "acquirer.jsonl", most_lines=12 * most, most_bytes=MOST_BYTES)
        for line in self._lines.read():
            try:
                self._keep(msgspec.json.decode(line, type=Record))
            except (msgspec.DecodeError, UnicodeDecodeError):
                # The last line of a process that was killed while it wrote.
                _log.warning("a line of the acquirer could not be read")
        self._lines.rewrite(self._snapshot())

    def put(self, *records: Record) -> None:
        """Keep records, whole or not at all, and tell open pages of charges."""
        for record in records:
            self._keep(record)
        self._lines.extend([msgspec.json.encode(record) for record in records])
        if self._lines.is_full:
            self._lines.rewrite(self._snapshot())
        if any(isinstance(record, Intent) for record in records):
            self._changes.tell(Change("changed"))
            self.news.set()

    def _keep(self, record: Record) -> None:
        if isinstance(record, Session):
            self._newest(self.sessions, record.id, record)
        elif isinstance(record, Method):
            self._newest(self.methods, record.id, record)
        elif isinstance(record, Intent):
            self._newest(self.intents, record.id, record)
            if record.status is Status.PROCESSING:
                self.processing.add(record.id)
            else:
                self.processing.discard(record.id)
        elif isinstance(record, Refund):
            self._newest(self.refunds, record.id, record)
        elif isinstance(record, Kept):
            self._newest(self.keys, record.key, record)
        elif isinstance(record, Event):
            self._newest(self.undelivered, record.id, record)
        else:
            self.undelivered.pop(record.id, None)

    def _newest(self, kept: dict[str, T], key: str, record: T) -> None:
        kept[key] = record
        while len(kept) > self._most:
            dropped = next(iter(kept))
            del kept[dropped]
            self.processing.discard(dropped)

    def _snapshot(self) -> Iterator[bytes]:
        everything: Iterator[Record] = chain(
            self.sessions.values(), self.methods.values(), self.intents.values(), self.refunds.values(),
            self.keys.values(), self.undelivered.values(),
        )  # fmt: skip
        return (msgspec.json.encode(record) for record in everything)
