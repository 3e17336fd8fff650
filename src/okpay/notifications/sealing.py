"""What a delivery holds for the provider, sealed: addresses, links with one-time tokens, codes."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from typing import Any
from uuid import UUID

from okpay.base.encryption import KeyRing
from okpay.notifications.models import DeliveryRow

_TABLE = DeliveryRow._meta.db_table


@dataclass(frozen=True, slots=True)
class Content:
    """What a message is filled with; shown by nothing, so that no log holds it."""

    data: dict[str, Any] = field(repr=False)
    name: str = field(default="", repr=False)
    phrase: str = field(default="", repr=False)


def seal_recipient(ring: KeyRing, id: UUID, recipient: str) -> bytes:
    """Return an address or number, sealed for one delivery."""
    return ring.seal(recipient.encode(), table=_TABLE, row=str(id), field="recipient")


def open_recipient(ring: KeyRing, id: UUID, sealed: bytes) -> str:
    """Return the address or number of a delivery.

    Raises: EncryptionError.
    """
    return ring.open(sealed, table=_TABLE, row=str(id), field="recipient").decode()


def seal_content(ring: KeyRing, id: UUID, content: Content) -> bytes:
    """Return what a message is filled with, sealed for one delivery."""
    text = json.dumps(asdict(content), ensure_ascii=False, separators=(",", ":"))
    return ring.seal(text.encode(), table=_TABLE, row=str(id), field="data")


def open_content(ring: KeyRing, id: UUID, sealed: bytes) -> Content:
    """Return what the message of a delivery is filled with.

    Raises: EncryptionError.
    """
    return Content(**json.loads(ring.open(sealed, table=_TABLE, row=str(id), field="data")))
