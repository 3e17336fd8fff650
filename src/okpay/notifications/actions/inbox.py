"""Put a notice into somebody's inbox, and note that they were read."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from okpay.base.ids import new_uuid7
from okpay.base.outbox import Event, emit_many
from okpay.notifications.events import NOTICE_POSTED
from okpay.notifications.models import NoticeRow
from okpay.notifications.notices import notice_keys
from okpay.notifications.values import packed


def post_notice(*, user_id: UUID, code: str, data: Mapping[str, Any], now: datetime) -> UUID:
    """Insert one notice and the event of it in the caller's transaction, and return its id; `data` holds no secret.

    Raises: BrokenInvariant for an unknown code, or when `data` is not what the notice takes.
    """
    keys = notice_keys(code)
    row = NoticeRow(
        id=new_uuid7(), user_id=user_id, code=code, data=packed(data, keys, of=code), created_at=now
    )
    row.save(force_insert=True)
    emit_many([Event(NOTICE_POSTED, now, row.id, {"user_id": str(user_id), "code": code})])
    return row.id


def mark_read(*, user_id: UUID, up_to_id: UUID, now: datetime) -> int:
    """Note that somebody has read their notices up to one of them; return how many were unread until now."""
    unread = NoticeRow.objects.filter(user_id=user_id, id__lte=up_to_id, read_at__isnull=True)
    return unread.update(read_at=now)
