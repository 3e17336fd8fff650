"""Maintenance: the ledger accepts holds only, and people are told until when."""

from __future__ import annotations

import unicodedata
from datetime import datetime
from uuid import UUID

from okpay.base import audit
from okpay.base.database import execute_prepared, require_transaction
from okpay.base.outbox import Event, emit_many
from okpay.ledger import events
from okpay.ledger.errors import SettingRefused
from okpay.ledger.records import MAX_ANNOUNCEMENT, Maintenance

SUBJECT = "ledger:mode"
"""What audit records of maintenance are about."""
_THE_BOOK = UUID(int=0)
"""The subject of the events: there is one book, and it has no id."""

_LOCK = "SELECT since, until, message, message_zh FROM ledger_mode FOR NO KEY UPDATE"
_SET = "UPDATE ledger_mode SET holds_only = %s, since = %s, until = %s, message = %s, message_zh = %s"


def start_maintenance(
    *, until: datetime | None, message: str, message_zh: str, now: datetime, actor: str
) -> Maintenance:
    """Let the ledger accept holds only, and announce until when; during maintenance, announce anew.

    `until` is a promise to people and ends nothing by itself. A message may be empty.

    Raises: SettingRefused `maintenance_end_passed`, `announcement_too_long`, `announcement_unreadable`.
    """
    require_transaction()
    if until is not None and until <= now:
        raise SettingRefused("maintenance_end_passed", field="until")
    said = [_readable(text, field) for text, field in ((message, "message"), (message_zh, "message_zh"))]
    before = _locked()
    begun = Maintenance(before.since if before else now, until, *said)
    execute_prepared(_SET, [True, begun.since, until, *said])
    audit.record(
        actor=actor,
        action="maintenance_announced" if before else "maintenance_started",
        subject=SUBJECT,
        now=now,
        reason=begun.message or begun.message_zh,
        data=_data(begun),
    )
    if before is None:
        emit_many([Event(events.MAINTENANCE_STARTED, now, _THE_BOOK, _data(begun))])
    return begun


def end_maintenance(*, now: datetime, actor: str) -> Maintenance | None:
    """Let the ledger accept everything again, and return what has ended; None when there was no maintenance."""
    require_transaction()
    ended = _locked()
    if ended is None:
        return None
    execute_prepared(_SET, [False, None, None, "", ""])
    audit.record(actor=actor, action="maintenance_ended", subject=SUBJECT, now=now, data=_data(ended))
    emit_many([Event(events.MAINTENANCE_ENDED, now, _THE_BOOK, _data(ended))])
    return ended


def _locked() -> Maintenance | None:
    row = execute_prepared(_LOCK).fetchone()
    assert row is not None
    return Maintenance(*row) if row[0] is not None else None


def _readable(text: str, field: str) -> str:
    """Return a message without white space around it."""
    text = text.strip()
    if len(text) > MAX_ANNOUNCEMENT:
        raise SettingRefused("announcement_too_long", field=field, longest=MAX_ANNOUNCEMENT)
    # Control characters, those that turn the direction of the text, and what is no character at all.
    if any(
        unicodedata.category(character) in ("Cc", "Cf", "Cs", "Cn", "Co", "Zl", "Zp") for character in text
    ):
        raise SettingRefused("announcement_unreadable", field=field)
    return text


def _data(maintenance: Maintenance) -> dict[str, str | None]:
    until = maintenance.until
    return {"since": maintenance.since.isoformat(), "until": until.isoformat() if until else None}
