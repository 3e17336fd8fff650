"""Who did what to what, when and why: rows that are added and never changed."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

from okpay.base.ids import new_uuid7

if TYPE_CHECKING:
    from okpay.base.models import AuditRow


def record(
    *,
    actor: str,
    action: str,
    subject: str,
    now: datetime,
    reason: str = "",
    data: Mapping[str, Any] | None = None,
) -> UUID:
    """Write one row in the caller's transaction, so that the change and its trace come or go together.

    `actor` and `subject` are written as `kind:id` (`staff:…`, `account:…`), `action` in the past tense
    (`frozen`), `reason` as the person gave it, `data` as ids, codes and numbers: before and after, never a
    secret.

    Raises: django.db.IntegrityError when actor, action or subject is empty.
    """
    row = _rows()(
        id=new_uuid7(),
        actor=actor,
        action=action,
        subject=subject,
        happened_at=now,
        reason=reason,
        data=dict(data or {}),
    )
    row.save(force_insert=True)
    return row.id


def history(subject: str, *, limit: int = 100) -> list[AuditRow]:
    """Return what happened to a subject, latest first, at most `limit` rows."""
    return list(_rows().objects.filter(subject=subject).order_by("-id")[:limit])


def _rows() -> type[AuditRow]:
    # Imported late: rooms that leave traces are imported before the program is set up, too.
    from okpay.base.models import AuditRow

    return AuditRow
