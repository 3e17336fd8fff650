"""Post a list of items: the one way in which money moves."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from uuid import UUID

from okpay.base.database import execute_prepared, mark_posting_call
from okpay.ledger.actions.arguments import CALL, PLAIN_CALL, arguments, plain_arguments
from okpay.ledger.actions.facts import read_facts
from okpay.ledger.actions.form import check_form
from okpay.ledger.records import Item, Outcome, Result


def post_many(items: Sequence[Item]) -> list[Result]:
    """Apply items in their order, each all or nothing, and return what became of each, in the same order.

    Runs inside the caller's transaction, once in each, and after it that transaction only inserts new rows. An item's
    id is its idempotency key: the same item again is `REPLAYED`, another one under its id is `KEY_REUSED`.
    A refused item changes nothing and may be tried again under its id.

    Raises: BrokenInvariant outside a transaction or at a second call in one. django.db.OperationalError with SQLSTATE
        40001, 40P01 or 55P03 when another transaction got in between: try the whole transaction again.
    """
    mark_posting_call()
    first_of: dict[UUID, Item] = {}
    results: dict[UUID, Result] = {}
    for item in items:
        if item.id not in first_of:
            first_of[item.id] = item
            malformed = check_form(item)
            if malformed is not None:
                results[item.id] = Result(item.id, malformed)
    wanted = [item for item in first_of.values() if item.id not in results]
    if wanted:
        results.update((result.id, result) for result in _call(wanted))
    if len(first_of) == len(items):
        return [results[item.id] for item in items]
    return _with_repeats(items, first_of, results)


def _call(items: list[Item]) -> list[Result]:
    if len(items) == 1 and (plain := plain_arguments(items[0])) is not None:
        row = execute_prepared(PLAIN_CALL, plain).fetchone()
        if row == (True,):
            return [Result(items[0].id, Outcome.POSTED)]
    row = execute_prepared(CALL, arguments(items, read_facts(items))).fetchone()
    assert row is not None
    outcomes, culprits, remaining = row
    if culprits is None:
        return [Result(item.id, Outcome(outcome)) for item, outcome in zip(items, outcomes, strict=True)]
    return [
        Result(item.id, Outcome(outcome), culprit, left)
        for item, outcome, culprit, left in zip(items, outcomes, culprits, remaining, strict=True)
    ]


def _with_repeats(
    items: Sequence[Item], first_of: dict[UUID, Item], results: dict[UUID, Result]
) -> list[Result]:
    """Answer items that stand in the list twice: as a replay of the first, or as a reused key where they differ."""
    answers: list[Result] = []
    seen: set[UUID] = set()
    for item in items:
        result = results[item.id]
        if item.id in seen and item != first_of[item.id]:
            result = Result(item.id, Outcome.KEY_REUSED)
        elif item.id in seen and result.accepted:
            result = replace(result, outcome=Outcome.REPLAYED)
        seen.add(item.id)
        answers.append(result)
    return answers
