"""Somebody whom no privilege stops changes a top-up, or the book under it: the row is named."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from datetime import timedelta
from uuid import uuid5

import pytest
from pytest_django.plugin import DjangoDbBlocker

from okpay.base import clock as base_clock
from okpay.doors.cli import movements as command_line
from okpay.funding import actions, queries
from okpay.funding.actions.start import AUTHORISED, hold_id
from okpay.funding.providers.protocol import Outcome
from okpay.ledger import queries as book
from tests.factories import funding
from tests.factories.funding import new_card
from tests.factories.transfers import new_holder
from tests.funding.conftest import Clock
from tests.funding.keeping import Keeping
from tests.laws.scratch import scratch_database, superuser, using


@pytest.fixture(scope="module")
def top_ups(django_db_blocker: DjangoDbBlocker) -> Iterator[tuple[str, dict[str, str]]]:
    """A database with a top-up that was booked, one that was declined and one under way, and their ids by name."""
    with django_db_blocker.unblock(), scratch_database("top_ups") as database:
        with using(database):
            anna, clock = new_holder(), Clock(base_clock.now() + timedelta(seconds=5))
            card = new_card(anna)
            ids = {"booked": funding.started(anna, card, 20_00).id}
            actions.charge_once(Keeping(), clock=clock)
            ids["declined"] = funding.started(anna, card, 15_00).id
            actions.charge_once(Keeping(lambda order: Outcome.DECLINED), clock=clock)
            ids["open"] = funding.started(anna, card, 10_00).id
            report = queries.verify()
            assert report.clean, report.problems
            assert report.counts["top-ups"] == 3
            names = {name: str(id_) for name, id_ in ids.items()}
            names |= {f"hold_of_{name}": str(hold_id(id_)) for name, id_ in ids.items()}
            names["capture"] = str(uuid5(ids["booked"], "capture"))
            names["authorised"] = str(book.house_account_id(AUTHORISED, "USD"))
        yield database, names


WRONG = {
    "more than was charged": (
        "UPDATE movements_movement SET amount_minor = 2001 WHERE id = '{booked}'",
        "book",
        "{booked}",
    ),
    "a booking that is gone": ("DELETE FROM ledger_entry WHERE id = '{capture}'", "book", "{booked}"),
    "a decline that says it was booked": (
        "UPDATE movements_movement SET state = 10 WHERE id = '{declined}'",
        "book",
        "{declined}",
    ),
    "a hold that is open still": (
        "UPDATE ledger_hold SET status = 1 WHERE id = '{hold_of_declined}'",
        "holds",
        "{declined}",
    ),
    "a hold that is gone": ("DELETE FROM ledger_hold WHERE id = '{hold_of_open}'", "holds", "{open}"),
    "a count that is gone": (
        "UPDATE ledger_entry SET count_subject_ids = NULL, count_amounts_minor = NULL WHERE id = '{hold_of_open}'",
        "limits",
        "{open}",
    ),
    "an intent that is gone": (
        "DELETE FROM funding_top_up WHERE movement_id = '{booked}'",
        "intents",
        "{booked}",
    ),
    "an intent that nobody asks about": (
        "UPDATE funding_top_up SET due_at = NULL WHERE movement_id = '{open}'",
        "intents",
        "{open}",
    ),
    "nobody's": ("UPDATE movements_movement SET payee_id = id WHERE id = '{open}'", "parties", "{open}"),
    "an entry without a top-up": (
        "UPDATE movements_movement SET kind = 90 WHERE id = '{booked}'",
        "entries without a top-up",
        "topup.",
    ),
    "money that stays": (
        "UPDATE ledger_account SET balance_minor = 7 WHERE id = {authorised}",
        "authorised",
        "{authorised}",
    ),
}


@pytest.mark.parametrize("name", WRONG)
def test_what_does_not_agree_is_named(name: str, top_ups: tuple[str, dict[str, str]]) -> None:
    database, ids = top_ups
    statement, check, row = WRONG[name]
    with scratch_database("tampered", database) as tampered:
        with superuser(tampered) as connection:
            assert connection.execute(statement.format(**ids)).rowcount
        with using(tampered):
            problems = queries.verify().problems
    assert any(problem.check == check and row.format(**ids) in problem.row for problem in problems), problems


def test_what_agrees_is_said_to(
    top_ups: tuple[str, dict[str, str]], capsys: pytest.CaptureFixture[str]
) -> None:
    with using(top_ups[0]):
        assert command_line.run_verify(argparse.Namespace()) == 0
    assert "top-ups 3" in capsys.readouterr().out
