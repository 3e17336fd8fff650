"""What the SMS gateway was asked to send, so that asking again sends nothing twice."""

from __future__ import annotations

import hashlib
import logging
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Literal
from uuid import uuid4

import msgspec

from okpay_sandbox.inbox.lines import Lines

_log = logging.getLogger(__name__)

MOST_RECEIPTS = 5_000

Status = Literal["accepted", "delivered"]


class Order(msgspec.Struct, frozen=True):
    """The body of a request to send. What else a client writes into it is ignored, as gateways do."""

    to: Annotated[str, msgspec.Meta(pattern=r"^\+[1-9][0-9]{6,14}\Z")]
    text: Annotated[str, msgspec.Meta(min_length=1, max_length=1600)]
    reference: Annotated[str, msgspec.Meta(pattern=r"^[!-~]{1,100}\Z")]

    @property
    def digest(self) -> str:
        return hashlib.sha256(f"{self.to}\n{self.text}".encode()).hexdigest()


class Receipt(msgspec.Struct, frozen=True):
    """What became of a request. A message that is lost stays `accepted` for ever, as with real gateways."""

    id: str
    reference: str
    digest: str
    status: Status
    at: datetime


class Receipts:
    """The newest receipts, in memory and in a file. Clearing the inbox does not touch them."""

    def __init__(self, folder: Path, *, most: int = MOST_RECEIPTS) -> None:
        self._most = most
        self._by_reference: dict[str, Receipt] = {}
        self._by_id: dict[str, Receipt] = {}
        self._lines = Lines(folder / "receipts.jsonl", most_lines=2 * most, most_bytes=2_000 * most)
        for line in self._lines.read():
            try:
                self._keep(msgspec.json.decode(line, type=Receipt))
            except (msgspec.DecodeError, UnicodeDecodeError):
                _log.warning("a receipt could not be read")
        self._rewrite()

    def by_reference(self, reference: str) -> Receipt | None:
        """Return the receipt of a client's reference."""
        return self._by_reference.get(reference)

    def by_id(self, key: str) -> Receipt | None:
        """Return a receipt."""
        return self._by_id.get(key)

    def add(self, order: Order, status: Status) -> Receipt:
        """Keep that a message was accepted, under a new id."""
        receipt = Receipt(uuid4().hex, order.reference, order.digest, status, datetime.now(UTC))
        self._keep(receipt)
        self._lines.append(msgspec.json.encode(receipt))
        if self._lines.is_full:
            self._rewrite()
        return receipt

    def _keep(self, receipt: Receipt) -> None:
        self._by_reference[receipt.reference] = receipt
        self._by_id[receipt.id] = receipt
        while len(self._by_id) > self._most:
            oldest = self._by_id.pop(next(iter(self._by_id)))
            self._by_reference.pop(oldest.reference, None)

    def _rewrite(self) -> None:
        self._lines.rewrite(msgspec.json.encode(receipt) for receipt in self._by_id.values())
