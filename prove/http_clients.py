"""Clients of the API while everything behind it is killed: each sends a request again until it is answered."""

from __future__ import annotations

import asyncio
import random
import time
import uuid
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field

from prove.http_journal import Answer, Journal, Order
from prove.http_people import Holder

_PATIENCE_SECONDS = 20.0
_PAUSE_SECONDS = (0.1, 0.5)
_THINKING_SECONDS = 0.3
_MOST_TRIES = 2_000
_REMEMBERED = 50
STRANGER = "nobody.{}@example.org"


class NeverAnswered(Exception):
    """A request was sent again and again in vain."""


@dataclass
class Line:
    """One connection to the API, opened anew when it broke."""

    port: int
    _streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def ask(self, request: bytes) -> tuple[int, bool, bytes]:
        """Send a request and return status, whether it was a replay, and the body.

        Raises: OSError, EOFError or TimeoutError when there is no whole answer.
        """
        try:
            async with asyncio.timeout(_PATIENCE_SECONDS):
                if self._streams is None:
                    self._streams = await asyncio.open_connection("127.0.0.1", self.port)
                reader, writer = self._streams
                writer.write(request)
                head = await reader.readuntil(b"\r\n\r\n")
                lines = head.lower().split(b"\r\n")
                length = next(int(line[15:]) for line in lines if line.startswith(b"content-length:"))
                body = await reader.readexactly(length)
        except BaseException:
            self.close()
            raise
        if b"connection: close" in lines:
            self.close()
        return int(head[9:12]), b"idempotent-replayed: true" in lines, body

    def close(self) -> None:
        """Close the connection."""
        if self._streams is not None:
            self._streams[1].close()
            self._streams = None


def request_of(order: Order, secret: str) -> bytes:
    """Return the bytes of an order."""
    body = order.body
    return (
        f"POST {order.path} HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer {secret}\r\n"
        f"idempotency-key: {order.key}\r\ncontent-type: application/json\r\ncontent-length: {len(body)}\r\n\r\n"
    ).encode() + body


@dataclass
class Client:
    """Somebody who sends by the API, one request after another."""

    me: Holder
    holders: Sequence[Holder]
    port: int
    journal: Journal
    chance: random.Random
    _line: Line = field(init=False)
    _open: list[str] = field(default_factory=list)
    """Transfers of theirs that wait."""
    _done: deque[Order] = field(default_factory=lambda: deque(maxlen=_REMEMBERED))

    def __post_init__(self) -> None:
        self._line = Line(self.port)

    async def run(self, stop: asyncio.Event) -> None:
        """Send until told to stop; what was begun is answered first."""
        try:
            while not stop.is_set():
                if self._done and self.chance.random() < 0.05:
                    order = self.chance.choice(self._done)
                    self.journal.twice(order)
                else:
                    order = self._order()
                    self.journal.sent(order)
                    self._done.append(order)
                answer = await self.until_answered(order)
                self._open += [made[0] for made in answer.made if made and made[1] == "pending"]
                await asyncio.sleep(self.chance.uniform(0, _THINKING_SECONDS))
        finally:
            self._line.close()

    async def until_answered(self, order: Order) -> Answer:
        """Send an order until there is an answer, and note all of it.

        Raises: NeverAnswered.
        """
        request, begun = request_of(order, self.me.secret), time.monotonic()
        for _ in range(_MOST_TRIES):
            try:
                status, is_replay, body = await self._line.ask(request)
            except (OSError, EOFError, TimeoutError):
                pass
            else:
                answer = Answer.of(status, body)
                self.journal.answered(order, answer, time.monotonic() - begun, is_replay=is_replay)
                if answer.is_final:
                    return answer
            await asyncio.sleep(self.chance.uniform(*_PAUSE_SECONDS))
            self.journal.again(order)
        raise NeverAnswered(f"{order.kind} {order.key} was never answered")

    def _order(self) -> Order:
        key, what = str(uuid.UUID(int=self.chance.getrandbits(128))), self.chance.random()
        if what < 0.05 and self._open:
            return Order(key, "cancel", self.me.number, target=self._open.pop())
        if what < 0.12:
            rows = tuple(self._row() for _ in range(self.chance.randint(2, 8)))
            return Order(key, "bulk", self.me.number, rows)
        return Order(key, "transfer", self.me.number, (self._row(),))

    def _row(self) -> tuple[str, int, int]:
        what, minor = self.chance.random(), self.chance.randint(1, 9)
        if what < 0.02:
            # More than anybody has.
            return self._other(), 900_000_000, 0
        if what < 0.05:
            return STRANGER.format(self.chance.randint(1, 999)), minor, 0
        return self._other(), minor, 2 if what < 0.10 else 0

    def _other(self) -> str:
        step = self.chance.randrange(1, len(self.holders))
        return self.holders[(self.me.number + step) % len(self.holders)].email


async def send_in_parallel(
    order: Order, secret: str, lines: Sequence[Line], journal: Journal
) -> list[tuple[Answer, bool]]:
    """Send one order on all lines at the same moment; return each answer, and whether it was a replay."""
    journal.sent(order)
    request, begun = request_of(order, secret), time.monotonic()

    async def once(line: Line) -> tuple[Answer, bool]:
        while True:
            status, is_replay, body = await line.ask(request)
            answer = Answer.of(status, body)
            if answer.is_final:
                journal.answered(order, answer, time.monotonic() - begun, is_replay=False)
                return answer, is_replay
            await asyncio.sleep(_PAUSE_SECONDS[1])

    return list(await asyncio.gather(*(once(line) for line in lines)))
