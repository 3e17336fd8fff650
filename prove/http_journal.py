"""What the clients of the API know for certain: what they asked for under which key, and each answer.

One file, one line an event, each written by one call before the next thing happens. The process that writes it is not
killed, and the kernel keeps what was written.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

Made = tuple[str, str, int]
"""Id, state and total in minor units of a transfer, as an answer had them."""


@dataclass(frozen=True, slots=True)
class Order:
    """One request: what is asked for, by whom."""

    key: str
    kind: str
    """`transfer`, `bulk` or `cancel`."""
    payer: int
    rows: tuple[tuple[str, int, int], ...] = ()
    """Recipient, amount in minor units and hours of delay of each transfer."""
    target: str = ""
    """The transfer to take back."""

    @property
    def path(self) -> str:
        """Where it is sent to."""
        if self.kind == "cancel":
            return f"/v1/transfers/{self.target}/cancel"
        return "/v1/bulk_transfers" if self.kind == "bulk" else "/v1/transfers"

    @property
    def body(self) -> bytes:
        """The body of the request."""
        if self.kind == "cancel":
            return b"{}"
        rows = [
            {
                "recipient": {"type": "email", "value": recipient},
                "amount": {"amount": minor, "currency": "USD"},
                "note": "proof",
                "delay_hours": delay,
            }
            for recipient, minor, delay in self.rows
        ]
        return json.dumps({"transfers": rows} if self.kind == "bulk" else rows[0]).encode()


@dataclass(frozen=True, slots=True)
class Answer:
    """What the judgement needs of an answer."""

    status: int
    digest: str
    """Of the body, without what differs from request to request."""
    code: str
    """Of a problem."""
    made: tuple[Made | None, ...] = ()
    """What each row became; None for a refused one."""

    @classmethod
    def of(cls, status: int, body: bytes) -> Answer:
        """Read an answer; what is no JSON has no code and made nothing."""
        try:
            found = json.loads(body)
        except ValueError:
            found = None
        if not isinstance(found, dict):
            return cls(status, hashlib.blake2b(body, digest_size=8).hexdigest(), "")
        found.pop("request_id", None)
        digest = hashlib.blake2b(json.dumps(found).encode(), digest_size=8).hexdigest()
        if status >= 400:
            return cls(status, digest, str(found.get("code", "")))
        rows = [row.get("transfer") for row in found["results"]] if "results" in found else [found]
        made = tuple((row["id"], row["state"], row["total"]["amount"]) if row else None for row in rows)
        return cls(status, digest, "", made)

    @property
    def is_final(self) -> bool:
        """Whether it answers the request; the others say to come back."""
        return self.status not in (429, 503)


@dataclass(slots=True)
class Told:
    """An order, with the first answer to it."""

    order: Order
    answer: Answer | None = None


@dataclass(slots=True)
class Story:
    """What a journal tells."""

    told: dict[str, Told] = field(default_factory=dict)
    misses: list[str] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)
    longest_seconds: float = 0
    doubtful: set[str] = field(default_factory=set)
    """What was sent again because no answer came."""

    def read(self, path: Path) -> None:
        """Add what a journal tells; each further answer to a key is held against the first one."""
        with path.open() as lines:
            for line in lines:
                event, *rest = json.loads(line)
                if event == "sent":
                    order = Order(rest[0], rest[1], rest[2], tuple(tuple(row) for row in rest[3]), rest[4])
                    self.told[order.key] = Told(order)
                elif event == "answered":
                    self._answered(*rest)
                else:
                    self.counts[event] += 1
                    if event == "again":
                        self.doubtful.add(rest[0])

    def _answered(self, key: str, seconds: float, is_replay: bool, *answer: Any) -> None:
        found = Answer(
            answer[0], answer[1], answer[2], tuple(tuple(row) if row else None for row in answer[3])
        )
        told = self.told[key]
        self.counts["answers"] += 1
        self.counts[f"answers {found.status} {found.code}".strip()] += 1
        if not found.is_final:
            return
        self.longest_seconds = max(self.longest_seconds, seconds)
        if told.answer is None:
            told.answer = found
            if is_replay:
                self.counts["in doubt and found done"] += 1
        elif told.answer != found:
            self.misses.append(f"{told.order.kind} {key} was answered {told.answer} and later {found}")


class Journal:
    """A journal that is being written."""

    def __init__(self, path: Path) -> None:
        self._file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_APPEND, 0o600)
        self.answers = 0
        """How many final answers stand in it."""

    def sent(self, order: Order) -> None:
        """Note an order before it is sent for the first time."""
        self._write("sent", order.key, order.kind, order.payer, order.rows, order.target)

    def again(self, order: Order) -> None:
        """Note that an order is sent again because nothing is known of it."""
        self._write("again", order.key)

    def twice(self, order: Order) -> None:
        """Note that an order is sent again although it was answered."""
        self._write("twice", order.key)

    def answered(self, order: Order, answer: Answer, seconds: float, *, is_replay: bool) -> None:
        """Note an answer as soon as it is there, with how long its key has waited for it."""
        self.answers += answer.is_final
        waited = round(seconds, 3)
        self._write(
            "answered", order.key, waited, is_replay, answer.status, answer.digest, answer.code, answer.made
        )

    def close(self) -> None:
        """Close the file."""
        os.close(self._file)

    def _write(self, *event: object) -> None:
        os.write(self._file, json.dumps(event).encode() + b"\n")
