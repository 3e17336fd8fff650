"""Maintenance: holds only, what people are told, and the traces that it leaves."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import psycopg
import pytest
from django.db import IntegrityError, transaction

from okpay.base import audit, clock
from okpay.base.database import execute_prepared
from okpay.base.errors import BrokenInvariant
from okpay.base.ids import new_bigint_id, new_uuid7
from okpay.ledger import actions, queries
from okpay.ledger.actions.maintenance import SUBJECT
from okpay.ledger.errors import SettingRefused
from okpay.ledger.events import MAINTENANCE_ENDED, MAINTENANCE_STARTED
from okpay.ledger.records import MAX_ANNOUNCEMENT, Leg, Maintenance, NewAccount, Outcome, Post, Side


@pytest.fixture(autouse=True)
def _off() -> Iterator[None]:
    yield
    end()


def start(
    *, minutes: int | None = 30, message: str = "New disks.", message_zh: str = "更换磁盘。"
) -> Maintenance:
    now = clock.now()
    until = None if minutes is None else now + timedelta(minutes=minutes)
    with transaction.atomic():
        return actions.start_maintenance(
            until=until, message=message, message_zh=message_zh, now=now, actor="operator:ada"
        )


def end() -> Maintenance | None:
    with transaction.atomic():
        return actions.end_maintenance(now=clock.now(), actor="operator:ada")


def post_one() -> Outcome:
    payer, payee = (
        NewAccount(new_bigint_id(), "USD", Side.CREDIT, "test", floor_minor=None) for _ in range(2)
    )
    with transaction.atomic():
        actions.open_accounts([payer, payee])
    with transaction.atomic():
        (result,) = actions.post_many([Post(new_uuid7(), "test", (Leg(payer.id, payee.id, 1),))])
    return result.outcome


def events(kind: str) -> int:
    row = execute_prepared("SELECT count(*) FROM base_outbox_event WHERE type = %s", [kind]).fetchone()
    assert row is not None
    return int(row[0])


def test_it_lets_in_holds_only_until_it_ends() -> None:
    assert queries.maintenance() is None
    begun = start()
    assert queries.maintenance() == begun
    assert queries.holds_only()
    assert post_one() is Outcome.MAINTENANCE
    assert end() == begun
    assert queries.maintenance() is None
    assert post_one() is Outcome.POSTED


def test_announcing_anew_replaces_the_words_and_keeps_the_beginning() -> None:
    first = start()
    second = start(minutes=None, message="", message_zh=" 稍后恢复。 ")
    assert (second.since, second.until) == (first.since, None)
    assert (second.message, second.message_zh) == ("", "稍后恢复。")
    assert queries.maintenance() == second


def test_it_leaves_audit_records_and_events() -> None:
    started, ended = events(MAINTENANCE_STARTED), events(MAINTENANCE_ENDED)
    start()
    start(message="Longer.")
    end()
    latest, before, first = audit.history(SUBJECT, limit=3)
    assert [row.action for row in (first, before, latest)] == [
        "maintenance_started", "maintenance_announced", "maintenance_ended",
    ]  # fmt: skip
    assert {row.actor for row in (first, before, latest)} == {"operator:ada"}
    assert before.reason == "Longer."
    assert (events(MAINTENANCE_STARTED), events(MAINTENANCE_ENDED)) == (started + 1, ended + 1)


def test_ending_what_does_not_go_on_changes_nothing() -> None:
    ended, records = events(MAINTENANCE_ENDED), len(audit.history(SUBJECT, limit=1000))
    assert end() is None
    assert events(MAINTENANCE_ENDED) == ended
    assert len(audit.history(SUBJECT, limit=1000)) == records


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"minutes": 0}, "maintenance_end_passed"),
        ({"minutes": -5}, "maintenance_end_passed"),
        ({"message": "x" * (MAX_ANNOUNCEMENT + 1)}, "announcement_too_long"),
        ({"message_zh": "维" * (MAX_ANNOUNCEMENT + 1)}, "announcement_too_long"),
        ({"message": "a\r\nb"}, "announcement_unreadable"),
        ({"message": "a\x1b[31mb"}, "announcement_unreadable"),
        ({"message": "gpj.\u202eexe"}, "announcement_unreadable"),
        ({"message": "a\x00b"}, "announcement_unreadable"),
        ({"message": "a\ud800b"}, "announcement_unreadable"),
    ],
)
def test_what_cannot_be_announced_changes_nothing(changes: dict[str, object], code: str) -> None:
    with pytest.raises(SettingRefused) as refused:
        start(**changes)  # type: ignore[arg-type]
    assert refused.value.code == code
    assert queries.maintenance() is None


def test_the_longest_announcement_fits() -> None:
    assert start(message_zh="维" * MAX_ANNOUNCEMENT).message_zh == "维" * MAX_ANNOUNCEMENT


def test_an_action_needs_a_transaction() -> None:
    with pytest.raises(BrokenInvariant):
        actions.end_maintenance(now=clock.now(), actor="operator:ada")


def test_the_plain_switch_says_nothing_to_people() -> None:
    start()
    actions.set_holds_only(True)
    present = queries.maintenance()
    assert present is not None
    assert (present.until, present.message, present.message_zh) == (None, "", "")
    actions.set_holds_only(False)
    assert queries.maintenance() is None


def test_the_database_keeps_one_row_that_agrees_with_itself(app_url: str) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        execute_prepared("UPDATE ledger_mode SET holds_only = true")
    for statement in (
        "DELETE FROM ledger_mode",
        "INSERT INTO ledger_mode (id, holds_only) VALUES (2, false)",
    ):
        with psycopg.connect(app_url) as app, pytest.raises(psycopg.errors.InsufficientPrivilege):
            app.execute(statement)
