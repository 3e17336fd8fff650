"""Somebody whom no privilege stops changes what people read, or the book under it: the row is named."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from datetime import timedelta
from uuid import uuid5

import pytest
from pytest_django.plugin import DjangoDbBlocker

from okpay.base import clock
from okpay.doors.cli import movements as command_line
from okpay.ledger import queries as book
from okpay.movements import queries as movements
from okpay.transfers import plan, queries
from tests.factories.transfers import cancel, new_holder, nobody, sent, settle
from tests.laws.scratch import scratch_database, superuser, using


@pytest.fixture(scope="module")
def transfers(django_db_blocker: DjangoDbBlocker) -> Iterator[tuple[str, dict[str, str]]]:
    """A database with a transfer of every end, and their ids by name."""
    with django_db_blocker.unblock(), scratch_database("transfers") as database:
        with using(database):
            anna, ben = new_holder(available_minor=900_00, maturing_minor=30_00), new_holder()
            ids = {
                "sent": sent(anna, ben.email, 20_00).id,
                "arrived": sent(anna, ben.email, 15_00, delay_hours=2).id,
                "cancelled": sent(anna, nobody(), 3_00).id,
                "returned": sent(anna, nobody(), 4_00, now=clock.now() - timedelta(days=14, seconds=1)).id,
                "waits": sent(anna, nobody(), 5_00).id,
            }
            cancel(anna, ids["cancelled"])
            clock.advance(timedelta(hours=2))
            settle()
            assert movements.verify().clean
            assert queries.verify().clean
            names = {name: str(id_) for name, id_ in ids.items()}
            names["hold"] = str(plan.hold_id(ids["waits"], "available"))
            names["arrival"] = str(uuid5(ids["arrived"], "arrive"))
            names["transit"] = str(book.house_account_id(plan.TRANSIT, "USD"))
        yield database, names


WRONG = {
    "another state": ("UPDATE movements_movement SET state = 11 WHERE id = '{sent}'", "timelines", "{sent}"),
    "another reason": (
        "UPDATE movements_movement SET reason = 'delayed' WHERE id = '{waits}'",
        "timelines",
        "{waits}",
    ),
    "an event that is gone": (
        "DELETE FROM movements_event WHERE movement_id = '{arrived}' AND sequence = 1",
        "timelines",
        "{arrived}",
    ),
    "a step that is not allowed": (
        "UPDATE movements_event SET state = 11 WHERE movement_id = '{arrived}' AND sequence = 1",
        "timelines",
        "{arrived}",
    ),
    "a movement that is gone": (
        "DELETE FROM movements_movement WHERE id = '{cancelled}'",
        "timelines",
        "{cancelled}",
    ),
    "a line that is gone": (
        "DELETE FROM movements_line WHERE movement_id = '{sent}' AND sign = 1",
        "lines",
        "{sent}",
    ),
    "a line of a stranger": (
        "INSERT INTO movements_line SELECT '{hold}', at, movement_id, amount_minor, kind, sign, currency, counterparty,"
        " search FROM movements_line WHERE movement_id = '{sent}' AND sign = 1",
        "lines",
        "{sent}",
    ),
    "a line twice": (
        "INSERT INTO movements_line SELECT customer_id, at + interval '1 s', movement_id, amount_minor, kind, sign,"
        " currency, counterparty, search FROM movements_line WHERE movement_id = '{sent}' AND sign = 1",
        "lines",
        "{sent}",
    ),
    "a line of another amount": (
        "UPDATE movements_line SET amount_minor = 1 WHERE movement_id = '{returned}'",
        "lines",
        "{returned}",
    ),
    "silence": ("UPDATE movements_movement SET next_step = '' WHERE id = '{waits}'", "turns", "{waits}"),
    "an end that still waits": (
        "UPDATE movements_movement SET deadline_at = now() WHERE id = '{sent}'",
        "turns",
        "{sent}",
    ),
    "more than was moved": (
        "UPDATE movements_movement SET amount_minor = 2001 WHERE id = '{sent}'",
        "book",
        "{sent}",
    ),
    "a fee that nobody took": (
        "UPDATE movements_movement SET fee_minor = 1 WHERE id = '{arrived}'",
        "book",
        "{arrived}",
    ),
    "an arrival that is gone": ("DELETE FROM ledger_entry WHERE id = '{arrival}'", "book", "{arrived}"),
    "less on hold": ("UPDATE ledger_hold SET amount_minor = 400 WHERE id = '{hold}'", "holds", "{waits}"),
    "a hold that was given back": (
        "UPDATE ledger_hold SET status = 3 WHERE id = '{hold}'",
        "holds",
        "{waits}",
    ),
    "a hold that is gone": ("DELETE FROM ledger_hold WHERE id = '{hold}'", "holds", "{waits}"),
    "another deadline": (
        "UPDATE transfers_waiting SET expires_at = now() WHERE movement_id = '{waits}'",
        "holds",
        "{waits}",
    ),
    "a count that is gone": (
        "UPDATE ledger_entry SET count_subject_ids = NULL, count_amounts_minor = NULL WHERE id = '{sent}'",
        "limits",
        "{sent}",
    ),
    "what waits no longer": (
        "DELETE FROM transfers_waiting WHERE movement_id = '{waits}'",
        "waiting",
        "{waits}",
    ),
    "what waits without a transfer": (
        "INSERT INTO transfers_waiting SELECT '{hold}', address_kind, address, 0, 0, expires_at, NULL, check_at"
        " FROM transfers_waiting",
        "waiting",
        "{hold}",
    ),
    "an entry without a transfer": (
        "UPDATE ledger_entry SET kind = 'transfer.send' WHERE kind = 'test.funding'",
        "entries without a transfer",
        "transfer.",
    ),
    "money in transit": (
        "UPDATE ledger_account SET balance_minor = 7 WHERE id = {transit}",
        "transit",
        "{transit}",
    ),
}


@pytest.mark.parametrize("name", WRONG)
def test_what_does_not_agree_is_named(
    name: str, transfers: tuple[str, dict[str, str]], capsys: pytest.CaptureFixture[str]
) -> None:
    database, ids = transfers
    statement, check, row = WRONG[name]
    with scratch_database("tampered", database) as tampered:
        with superuser(tampered) as connection:
            assert connection.execute(statement.format(**ids)).rowcount
        with using(tampered):
            problems = [*movements.verify().problems, *queries.verify().problems]
            assert command_line.run_verify(argparse.Namespace()) == 1
    assert any(problem.check == check and row.format(**ids) in problem.row for problem in problems), problems
    shown = capsys.readouterr().out
    assert f"WRONG ({check})" in shown
    assert "NOT true" in shown


def test_what_agrees_is_said_to(
    transfers: tuple[str, dict[str, str]], capsys: pytest.CaptureFixture[str]
) -> None:
    with using(transfers[0]):
        assert command_line.run_verify(argparse.Namespace()) == 0
    shown = capsys.readouterr().out
    assert "transfers 5" in shown
    assert "The movements are true" in shown
