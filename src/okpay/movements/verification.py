"""Hold what people read of movements against its own events, and name the first row that is not as it should be.

Whether the money moved as a movement says is asked by the room above that keeps its kind.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.db import transaction

from okpay.base.arrays import smallints
from okpay.base.database import execute_prepared, named_sql
from okpay.ledger.records import Problem, Report
from okpay.movements.records import FIRST_STATES, NEXT_STATES

Progress = Callable[[str, int, int], None]
"""Called with the name of a check, how many of its parts are done, and how many there are."""


def verify(progress: Progress = lambda check, done, total: None) -> Report:
    """Verify that timelines lead to where movements stand, who has which lines, and that none waits in silence.

    Reads one consistent picture while the program goes on working; writes nothing.
    """
    report = Report()
    with transaction.atomic():
        execute_prepared("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        execute_prepared("SET LOCAL work_mem = '256MB'")
        execute_prepared("SET LOCAL plan_cache_mode = force_custom_plan")
        for name, check in {"timelines": _timelines, "lines": _lines, "turns": _turns}.items():
            if (problem := check()) is not None:
                report.problems.append(problem)
            progress(name, 1, 1)
        for name, table in (("movements", "movement"), ("events", "event"), ("lines", "line")):
            row = execute_prepared(f"SELECT count(*) FROM movements_{table}").fetchone()  # noqa: S608 our own tables
            assert row is not None
            report.counts[name] = row[0]
    return report


def _timelines() -> Problem | None:
    steps = [(before, after) for before, allowed in NEXT_STATES.items() for after in allowed]
    bad = _first(
        "verify_timelines",
        {
            "before": smallints([int(before) for before, _ in steps]),
            "after": smallints([int(after) for _, after in steps]),
            "first": smallints([int(state) for state in FIRST_STATES]),
        },
    )
    if bad is None:
        return None
    movement_id, state, events, path = bad
    detail = f"is in state {state} after {events} events, its timeline says {path}"
    return Problem("timelines", f"movements_movement id={movement_id}", detail)


def _lines() -> Problem | None:
    bad = _first("verify_lines")
    if bad is None:
        return None
    movement_id, customer_id, lines, found, expected = bad
    detail = f"customer {customer_id} has {lines} lines with {found}, expected one with {expected}"
    return Problem("lines", f"movements_line movement_id={movement_id}", detail)


def _turns() -> Problem | None:
    bad = _first("verify_turns")
    if bad is None:
        return None
    movement_id, state, turn, next_step, deadline_at = bad
    detail = f"is in state {state}, turn {turn!r}, next step {next_step!r}, deadline {deadline_at}"
    return Problem("turns", f"movements_movement id={movement_id}", detail)


def _first(name: str, parameters: dict[str, Any] | None = None) -> tuple[Any, ...] | None:
    return execute_prepared(named_sql("okpay.movements", name), parameters).fetchone()
