"""The audit trail grows with what it records and is never rewritten."""

import uuid
from datetime import UTC, datetime

import pytest
from django.db import DatabaseError, IntegrityError, transaction

from okpay.base import audit
from okpay.base.database import execute_prepared

NOW = datetime(2026, 11, 23, tzinfo=UTC)


def test_a_row_says_who_what_when_and_why() -> None:
    subject = f"account:{uuid.uuid4()}"
    audit.record(
        actor="staff:1", action="frozen", subject=subject, now=NOW, reason="court order", data={"case": 7}
    )
    audit.record(actor="staff:2", action="unfrozen", subject=subject, now=NOW)
    later, earlier = audit.history(subject)
    assert (later.action, later.reason, later.data) == ("unfrozen", "", {})
    assert (earlier.actor, earlier.happened_at, earlier.reason, earlier.data) == (
        "staff:1", NOW, "court order", {"case": 7},
    )  # fmt: skip
    assert len(audit.history(subject, limit=1)) == 1


def test_a_change_that_is_undone_leaves_no_trace() -> None:
    subject = f"account:{uuid.uuid4()}"
    with transaction.atomic():
        audit.record(actor="staff:1", action="frozen", subject=subject, now=NOW)
        transaction.set_rollback(True)
    assert audit.history(subject) == []


@pytest.mark.parametrize("missing", ["actor", "action", "subject"])
def test_nothing_is_left_unnamed(missing: str) -> None:
    named = {"actor": "staff:1", "action": "frozen", "subject": "account:1", missing: ""}
    with pytest.raises(IntegrityError, match="base_audit_names_all"):
        audit.record(actor=named["actor"], action=named["action"], subject=named["subject"], now=NOW)


@pytest.mark.parametrize(
    "statement", ["UPDATE base_audit SET reason = ''", "DELETE FROM base_audit", "TRUNCATE base_audit"]
)
def test_the_running_program_cannot_rewrite_it(statement: str) -> None:
    with pytest.raises(DatabaseError, match="permission denied"):
        execute_prepared(statement)
