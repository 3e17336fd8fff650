"""Top-ups are held against the book: true ones pass, and each kind of untruth is named."""

from __future__ import annotations

import os
from uuid import UUID

import psycopg
import pytest

from okpay.base.ids import new_uuid7
from okpay.funding import actions, queries
from okpay.funding.providers.protocol import Outcome
from tests.factories.funding import new_card, started
from tests.factories.transfers import new_holder
from tests.funding.conftest import Clock
from tests.funding.keeping import Keeping

SOMETHING_ELSE = new_uuid7()
LIES = {
    "intents": (
        "UPDATE funding_top_up SET fee_minor = fee_minor + 1 WHERE movement_id = %(id)s",
        "UPDATE funding_top_up SET fee_minor = fee_minor - 1 WHERE movement_id = %(id)s",
    ),
    "holds": (
        "UPDATE movements_movement SET state = 13 WHERE id = %(id)s",
        "UPDATE movements_movement SET state = 10 WHERE id = %(id)s",
    ),
    "book": (
        "UPDATE movements_movement SET amount_minor = amount_minor + 1 WHERE id = %(id)s",
        "UPDATE movements_movement SET amount_minor = amount_minor - 1 WHERE id = %(id)s",
    ),
    "intents without a top-up": (
        "UPDATE funding_top_up SET movement_id = %(else)s WHERE movement_id = %(id)s",
        "UPDATE funding_top_up SET movement_id = %(id)s WHERE movement_id = %(else)s",
    ),
}
"""What nobody may do to a completed top-up, and how it is undone: the tests share a book."""


def change(statement: str, movement_id: UUID) -> None:
    """Change a row as only the server's superuser can."""
    with psycopg.connect(os.environ["OKPAY_TEST_ADMIN_URL"]) as connection:
        connection.execute("SET LOCAL session_replication_role = replica")
        connection.execute(statement, {"id": movement_id, "else": SOMETHING_ELSE})


@pytest.fixture
def completed(clock: Clock) -> UUID:
    """One top-up in each state; the completed one is returned."""
    ids = []
    for outcome in (Outcome.SUCCEEDED, Outcome.DECLINED, Outcome.UNKNOWN, Outcome.PROCESSING):
        anna = new_holder()
        ids.append(started(anna, new_card(anna), 20_00).id)
        actions.charge_once(Keeping(lambda order, outcome=outcome: outcome), clock=clock)  # type: ignore[misc]
    return ids[0]


@pytest.mark.parametrize("check", list(LIES))
def test_a_lie_is_named_and_the_truth_passes(completed: UUID, check: str) -> None:
    report = queries.verify()
    assert report.problems == []
    assert report.counts["top-ups"] >= 4
    statement, undo = LIES[check]
    change(statement, completed)
    try:
        assert check in {problem.check for problem in queries.verify().problems}
    finally:
        change(undo, completed)
    assert queries.verify().clean
