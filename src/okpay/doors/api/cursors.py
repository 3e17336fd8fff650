"""Where a list goes on: opaque to whoever holds it, and of no use for anybody else's list."""

from __future__ import annotations

import base64
import binascii
from datetime import UTC, datetime, timedelta
from uuid import UUID

from okpay.base.errors import InvalidInput
from okpay.movements.records import Cursor

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_LATEST = (datetime(9999, 12, 31, tzinfo=UTC) - _EPOCH) // _MICROSECOND
_BYTES = 24


class InvalidCursor(InvalidInput):
    """The text is no cursor that was handed out."""

    codes = frozenset({"cursor_invalid"})


def write_cursor(cursor: Cursor) -> str:
    """Return a cursor as text."""
    micros = (cursor.at - _EPOCH) // _MICROSECOND
    return base64.urlsafe_b64encode(micros.to_bytes(8, "big") + cursor.movement_id.bytes).decode()


def read_cursor(text: str) -> Cursor:
    """Read a cursor.

    Raises: InvalidCursor `cursor_invalid`.
    """
    try:
        raw = base64.b64decode(text.encode("ascii"), altchars=b"-_", validate=True)
    except (UnicodeEncodeError, binascii.Error):
        raise InvalidCursor("cursor_invalid", field="after") from None
    micros = int.from_bytes(raw[:8], "big")
    if len(raw) != _BYTES or micros > _LATEST:
        raise InvalidCursor("cursor_invalid", field="after")
    return Cursor(_EPOCH + micros * _MICROSECOND, UUID(bytes=raw[8:]))
