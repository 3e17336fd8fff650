"""Read movements. Every list is bounded and paged by key."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from okpay.base.arrays import uuids
from okpay.base.database import execute_prepared, named_sql
from okpay.base.idempotency import stored_answer
from okpay.movements.answers import read
from okpay.movements.records import (
    CommandAnswer,
    Cursor,
    Entry,
    FeedEntry,
    Kind,
    Line,
    Movement,
    NextStep,
    Reason,
    Show,
    State,
    Sum,
    TimelineEvent,
    Turn,
    folded,
)
from okpay.movements.verification import verify as verify

PAGE = 50
MOST_EVENTS = 500

COLUMNS = (
    "m.id, m.kind, m.state, m.reason, m.turn, m.next_step, m.deadline_at, m.currency, m.amount_minor, m.fee_minor,"
    " m.payer_id, m.payee_id, m.payee_key, m.note, m.events, m.created_at, m.changed_at"
)
_LINE = (
    "l.customer_id, l.at, l.movement_id, l.kind, l.sign, l.amount_minor, l.currency, l.counterparty, l.search"
)
_SHOWN = {
    Show.ALL: "",
    Show.INCOME: " AND l.sign = 1",
    Show.SPENDING: " AND l.sign = -1",
    Show.TRANSFERS: f" AND l.kind = {int(Kind.TRANSFER)}",
}


def movement(movement_id: UUID) -> Movement | None:
    """Return a movement, or None."""
    return movements([movement_id]).get(movement_id)


def movements(movement_ids: Sequence[UUID]) -> dict[UUID, Movement]:
    """Return the movements that exist among these ids."""
    query = f"SELECT {COLUMNS} FROM movements_movement m WHERE m.id = ANY (%s)"  # noqa: S608
    return {row[0]: movement_from(row) for row in execute_prepared(query, [uuids(movement_ids)])}


def movement_of(customer_id: UUID, movement_id: UUID) -> Movement | None:
    """Return a movement that a customer is a party of, or None: also where it exists and is nothing of theirs."""
    found = movement(movement_id)
    return found if found is not None and found.is_party(customer_id) else None


def answer_to(principal: UUID, key: str) -> CommandAnswer | None:
    """Return what a command was answered under its principal's idempotency key, or None where none came."""
    stored = stored_answer(principal, key)
    return None if stored is None else read(stored)


def line_of(customer_id: UUID, found: Movement) -> Line | None:
    """Return a movement's line in a customer's record, or None."""
    # A line comes with a change of its movement: between the first and the last, which bounds what must be looked at.
    query = (
        f"SELECT {_LINE} FROM movements_line l"  # noqa: S608
        " WHERE customer_id = %s AND movement_id = %s AND at >= %s AND at <= %s LIMIT 1"
    )
    row = execute_prepared(query, [customer_id, found.id, found.created_at, found.changed_at]).fetchone()
    return None if row is None else _line(row)


def entries_of(customer_id: UUID, movement_ids: Sequence[UUID]) -> dict[UUID, Entry]:
    """Return those of these movements that stand in a customer's record, with their lines, from one query."""
    query = (
        f"SELECT {_LINE}, {COLUMNS} FROM movements_movement m"  # noqa: S608
        " JOIN movements_line l ON l.customer_id = %s AND l.movement_id = m.id"
        # As in line_of: these bound what must be looked at.
        "  AND l.at >= m.created_at AND l.at <= m.changed_at WHERE m.id = ANY (%s)"
    )
    found = [_entry(row) for row in execute_prepared(query, [customer_id, uuids(movement_ids)])]
    return {entry.movement.id: entry for entry in found}


def timeline(movement_id: UUID) -> list[TimelineEvent]:
    """Return the events of a movement, the first in front."""
    rows = execute_prepared(
        "SELECT sequence, at, state, reason, turn FROM movements_event WHERE movement_id = %s"
        " ORDER BY sequence LIMIT %s",
        [movement_id, MOST_EVENTS],
    )
    events = [TimelineEvent(row[0], row[1], State(row[2]), Reason(row[3]), Turn(row[4])) for row in rows]
    if events or (found := movement(movement_id)) is None:
        return events
    return [TimelineEvent(1, found.changed_at, found.state, found.reason, found.turn)]


def record(
    customer_id: UUID,
    *,
    show: Show = Show.ALL,
    since: datetime | None = None,
    until: datetime | None = None,
    search: str = "",
    after: Cursor | None = None,
    limit: int = PAGE,
) -> list[Entry]:
    """Return the rows of a customer's record, the latest first: from `since` on, before `until`, behind `after`.

    `search` is looked for in notes, names, addresses, references and amounts, as it is typed.
    """
    where, values = _where(customer_id, show, since, until, search)
    if after is not None:
        where += " AND (l.at, l.movement_id) < (%s, %s)"
        values += [after.at, after.movement_id]
    query = (
        f"SELECT {_LINE}, {COLUMNS} FROM movements_line l JOIN movements_movement m ON m.id = l.movement_id"  # noqa: S608
        f" WHERE {where} ORDER BY l.at DESC, l.movement_id DESC LIMIT %s"
    )
    rows = execute_prepared(query, [*values, limit])
    return [_entry(row) for row in rows]


def feed(customer_id: UUID, *, after: Cursor | None = None, limit: int = PAGE) -> list[FeedEntry]:
    """Return what happened to a customer's movements, the latest first, behind `after`.

    The cursor's id is that of an event. What is told of comes here within moments, and not in the order in which it
    happened: whoever asks again and again looks back by a few minutes.
    """
    where = "f.customer_id = %s"
    values: list[Any] = [customer_id]
    if after is not None:
        where += " AND (f.at, f.event_id) < (%s, %s)"
        values += [after.at, after.movement_id]
    query = (
        f"SELECT f.event_id, f.at, f.state, f.reason, {COLUMNS} FROM movements_feed f"  # noqa: S608
        f" JOIN movements_movement m ON m.id = f.movement_id WHERE {where}"
        " ORDER BY f.at DESC, f.event_id DESC LIMIT %s"
    )
    return [
        FeedEntry(row[0], row[1], State(row[2]), Reason(row[3]), movement_from(row[4:]))
        for row in execute_prepared(query, [*values, limit])
    ]


def sums(
    customer_id: UUID,
    *,
    show: Show = Show.ALL,
    since: datetime | None = None,
    until: datetime | None = None,
    search: str = "",
) -> list[Sum]:
    """Return what came in and went out by currency, of the finished movements that `record` would return."""
    where, values = _where(customer_id, show, since, until, search)
    query = (
        "SELECT l.currency, coalesce(sum(l.amount_minor) FILTER (WHERE l.sign = 1), 0),"  # noqa: S608
        " coalesce(sum(l.amount_minor) FILTER (WHERE l.sign = -1), 0)"
        " FROM movements_line l JOIN movements_movement m ON m.id = l.movement_id"
        f" WHERE {where} AND m.state = {int(State.COMPLETED)} GROUP BY l.currency ORDER BY l.currency"
    )
    return [
        Sum(currency, int(income), int(spending))
        for currency, income, spending in execute_prepared(query, values)
    ]


def sent_to(payer_id: UUID, payee_key: UUID, *, limit: int = PAGE) -> list[Movement]:
    """Return what a customer has sent to a payee, the latest first; what was cancelled or returned too."""
    query = (
        f"SELECT {COLUMNS} FROM movements_movement m WHERE m.payer_id = %s AND m.payee_key = %s"  # noqa: S608
        " ORDER BY m.created_at DESC LIMIT %s"
    )
    return [movement_from(row) for row in execute_prepared(query, [payer_id, payee_key, limit])]


def on_its_way(customer_id: UUID) -> dict[str, int]:
    """Return how much will arrive at a customer and has not yet, by currency, in minor units.

    What the customer cannot see yet, such as a delayed transfer, is not in it.
    """
    rows = execute_prepared(
        "SELECT currency, sum(amount_minor)::bigint FROM movements_movement"
        " WHERE payee_id = %s AND state < 10 GROUP BY currency",
        [customer_id],
    )
    return dict(rows.fetchall())


def lately_sent(pairs: Sequence[tuple[UUID, UUID]]) -> dict[tuple[UUID, UUID], list[Movement]]:
    """Return for each payer and payee key the last twenty movements between them, the latest first, in one query."""
    distinct = sorted(set(pairs))
    rows = execute_prepared(
        named_sql("okpay.movements", "lately_sent"),
        [uuids([payer for payer, _ in distinct]), uuids([payee for _, payee in distinct])],
    )
    found: dict[tuple[UUID, UUID], list[Movement]] = {}
    for row in rows:
        movement = movement_from(row)
        assert movement.payer_id is not None
        found.setdefault((movement.payer_id, movement.payee_key), []).append(movement)
    return {
        pair: sorted(those, key=lambda movement: movement.created_at, reverse=True)
        for pair, those in found.items()
    }


def of_kind(kind: Kind, *, after: UUID | None = None, limit: int = PAGE) -> list[Movement]:
    """Return the movements of a kind in the order of their ids, those behind `after`."""
    query = (
        f"SELECT {COLUMNS} FROM movements_movement m WHERE m.id > %s AND m.kind = %s ORDER BY m.id LIMIT %s"  # noqa: S608
    )
    rows = execute_prepared(query, [after or UUID(int=0), int(kind), limit])
    return [movement_from(row) for row in rows]


def overdue(kind: Kind, *, now: datetime, limit: int = PAGE) -> list[UUID]:
    """Return the unfinished movements of a kind whose deadline has come, those that are late for longest in front."""
    query = (
        "SELECT id FROM movements_movement WHERE state < 10 AND deadline_at <= %s AND kind = %s"
        " ORDER BY deadline_at LIMIT %s"
    )
    return [row[0] for row in execute_prepared(query, [now, int(kind), limit])]


def count_of(kind: Kind) -> int:
    """Return how many movements there are of a kind; reads them all."""
    row = execute_prepared("SELECT count(*) FROM movements_movement WHERE kind = %s", [int(kind)]).fetchone()
    assert row is not None
    return int(row[0])


def open_count(customer_id: UUID) -> int:
    """Return how many of a payer's movements are not finished, up to 1,000."""
    row = execute_prepared(
        "SELECT count(*) FROM (SELECT FROM movements_movement WHERE payer_id = %s AND state < 10 LIMIT 1000) q",
        [customer_id],
    ).fetchone()
    assert row is not None
    return int(row[0])


def movement_from(row: Sequence[Any]) -> Movement:
    """Return the movement of a row of `COLUMNS`."""
    id_, kind, state, reason, turn, next_step, *rest = row
    return Movement(id_, Kind(kind), State(state), Reason(reason), Turn(turn), NextStep(next_step), *rest)


def _entry(row: Sequence[Any]) -> Entry:
    return Entry(_line(row[:9]), movement_from(row[9:]))


def _line(row: Sequence[Any]) -> Line:
    customer_id, at, movement_id, kind, *rest = row
    return Line(customer_id, at, movement_id, Kind(kind), *rest)


def _where(
    customer_id: UUID, show: Show, since: datetime | None, until: datetime | None, search: str
) -> tuple[str, list[Any]]:
    where = "l.customer_id = %s" + _SHOWN[show]
    values: list[Any] = [customer_id]
    if since is not None:
        where += " AND l.at >= %s"
        values.append(since)
    if until is not None:
        where += " AND l.at < %s"
        values.append(until)
    if wanted := folded(search):
        # Not LIKE: what people type has no signs with a meaning of their own.
        where += " AND strpos(l.search, %s) > 0"
        values.append(wanted)
    return where, values
