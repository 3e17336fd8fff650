"""The record: pages by key, filters, days, search, sums, and that nobody reads what is not theirs."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import pytest

from okpay.base.ids import new_uuid7
from okpay.base.money import Money
from okpay.movements import queries
from okpay.movements.records import Cursor, Entry, Kind, Movement, Show, State, Sum
from tests.factories.bare_movements import NOON, a_movement, a_step, advance, written


def of(
    payer: UUID | None, payee: UUID | None, minor: int, *, minutes: int = 0, **changes: object
) -> Movement:
    """Write a movement between two customers, some minutes after noon."""
    at = NOON + timedelta(minutes=minutes)
    values = {"payer_id": payer, "payee_id": payee, "amount_minor": minor, "fee_minor": 0, **changes}
    return written(
        a_movement(created_at=at, changed_at=at, **values),  # type: ignore[arg-type]
        payer="Anna",
        payee="Ben 本",
    )


def pages(customer_id: UUID, limit: int, **filters: object) -> list[list[Entry]]:
    """Read a record page by page, as somebody does who presses "more"."""
    found: list[list[Entry]] = []
    after = None
    while page := queries.record(customer_id, after=after, limit=limit, **filters):  # type: ignore[arg-type]
        found.append(page)
        after = Cursor(page[-1].line.at, page[-1].line.movement_id)
    return found


@pytest.mark.parametrize("limit", [1, 3, 7, 50])
def test_pages_follow_each_other_without_a_gap_also_where_times_are_equal(limit: int) -> None:
    anna, ben = new_uuid7(), new_uuid7()
    ids = [of(anna, ben, 100 + number, minutes=number // 4).id for number in range(23)]
    found = [entry for page in pages(anna, limit) for entry in page]
    assert len(found) == 23
    assert {entry.movement.id for entry in found} == set(ids)
    keys = [(entry.line.at, entry.line.movement_id) for entry in found]
    assert keys == sorted(keys, reverse=True)


def test_a_page_goes_on_where_it_was_when_something_comes_on_top() -> None:
    anna, ben = new_uuid7(), new_uuid7()
    for number in range(5):
        of(anna, ben, 100, minutes=number)
    (*_, last) = queries.record(anna, limit=2)
    of(anna, ben, 100, minutes=99)
    rest = queries.record(anna, after=Cursor(last.line.at, last.line.movement_id))
    assert [entry.line.at for entry in rest] == [NOON + timedelta(minutes=n) for n in (2, 1, 0)]


def test_income_spending_and_transfers() -> None:
    anna, ben = new_uuid7(), new_uuid7()
    out, in_ = of(anna, ben, 100, fee_minor=5), of(ben, anna, 50, minutes=1)
    top_up = of(None, anna, 500, minutes=2, kind=Kind.TOP_UP)

    def shown(show: Show) -> list[UUID]:
        return [entry.movement.id for entry in queries.record(anna, show=show)]

    assert shown(Show.ALL) == [top_up.id, in_.id, out.id]
    assert shown(Show.INCOME) == [top_up.id, in_.id]
    assert shown(Show.SPENDING) == [out.id]
    assert shown(Show.TRANSFERS) == [in_.id, out.id]
    amounts = {entry.movement.id: entry.amount for entry in queries.record(anna)}
    assert amounts[out.id] == Money(-105, "USD"), "the fee is the payer's"
    assert amounts[in_.id] == Money(50, "USD")
    (theirs,) = [entry for entry in queries.record(ben) if entry.movement.id == out.id]
    assert theirs.amount == Money(100, "USD")


def test_days_begin_at_since_and_end_before_until() -> None:
    anna, ben = new_uuid7(), new_uuid7()
    of(anna, ben, 1), of(anna, ben, 2, minutes=10), of(anna, ben, 3, minutes=20)

    def between(since: int, until: int) -> list[int]:
        rows = queries.record(
            anna, since=NOON + timedelta(minutes=since), until=NOON + timedelta(minutes=until)
        )
        return [entry.line.amount_minor for entry in rows]

    assert between(0, 20) == [2, 1]
    assert between(10, 21) == [3, 2]
    assert between(1, 10) == []


@pytest.mark.parametrize(
    "text",
    [
        "dinner",
        "DINNER",
        "  Dinner   for two ",
        "晚饭",
        "ben",
        "本",
        "Ｄｉｎｎｅｒ",
        "12.34",
        "100%_",
        "straße",
        "STRASSE",
    ],
)
def test_the_search_finds_what_people_type(text: str) -> None:
    anna, ben = new_uuid7(), new_uuid7()
    wanted = of(anna, ben, 12_34, note="Dinner for two 晚饭 100%_ Straße")
    written(a_movement(payer_id=anna, note="Other"), payee="Carla")
    assert [entry.movement.id for entry in queries.record(anna, search=text)] == [wanted.id]


def test_the_search_finds_references_and_knows_no_wild_cards() -> None:
    anna, ben = new_uuid7(), new_uuid7()
    first, second = of(anna, ben, 12_34), of(anna, ben, 56_78, minutes=1)
    assert [entry.movement.id for entry in queries.record(anna, search=first.reference.lower())] == [first.id]
    for text in ("%", "_", "1%4", "\\", "'", "nobody"):
        assert queries.record(anna, search=text) == []
    assert len(queries.record(anna, search="   ")) == 2
    assert [entry.movement.id for entry in queries.record(anna, search="56.78")] == [second.id]


def test_sums_are_of_what_has_ended_well_and_follow_the_filters() -> None:
    anna, ben = new_uuid7(), new_uuid7()
    of(anna, ben, 100, fee_minor=5, note="rent")
    of(ben, anna, 40, minutes=1)
    of(ben, anna, 7, minutes=2, currency="EUR")
    waits = written(a_movement(State.PENDING, payer_id=anna, amount_minor=999))
    assert queries.sums(anna) == [
        Sum("EUR", 7, 0),
        Sum("USD", 40, 105),
    ]
    assert queries.sums(anna, search="rent") == [Sum("USD", 0, 105)]
    assert queries.sums(anna, show=Show.INCOME, since=NOON, until=NOON + timedelta(minutes=2)) == [
        Sum("USD", 40, 0)
    ]
    advance(a_step(waits.id, State.CANCELLED))
    assert queries.sums(anna)[1] == Sum("USD", 40, 105)
    assert queries.sums(new_uuid7()) == []


def test_nobody_reads_what_is_not_theirs() -> None:
    anna, ben, stranger = new_uuid7(), new_uuid7(), new_uuid7()
    movement = of(anna, ben, 100)
    assert queries.movement_of(anna, movement.id) == movement == queries.movement_of(ben, movement.id)
    assert queries.movement_of(stranger, movement.id) is None
    assert queries.movement_of(anna, new_uuid7()) is None
    assert queries.record(stranger) == []
    assert queries.line_of(stranger, movement) is None


def test_a_line_is_found_by_its_movement_also_when_it_came_later() -> None:
    anna, ben = new_uuid7(), new_uuid7()
    from dataclasses import replace

    from okpay.movements.records import line_of

    waits = written(a_movement(State.PENDING, payer_id=anna))
    step = a_step(waits.id, State.COMPLETED, payee_id=ben)
    line = line_of(replace(waits, payee_id=ben), ben, counterparty="Anna", at=step.at)
    ended = advance(replace(step, lines=(line,)))[waits.id]
    assert queries.line_of(ben, ended) == line
    ours = queries.line_of(anna, ended)
    assert ours is not None
    assert ours.at == NOON


def test_what_was_sent_lately_is_by_payer_and_payee() -> None:
    anna, ben, key, other = (new_uuid7() for _ in range(4))
    ids = [of(anna, ben, 100, minutes=number, payee_key=key).id for number in range(25)]
    of(ben, anna, 1, payee_key=key)
    found = queries.lately_sent([(anna, key), (anna, other), (anna, key)])
    assert list(found) == [(anna, key)]
    assert [movement.id for movement in found[anna, key]] == ids[:4:-1]
    assert [movement.id for movement in queries.sent_to(anna, key, limit=3)] == ids[:-4:-1]


def test_what_is_open_is_counted() -> None:
    anna = new_uuid7()
    for _ in range(3):
        waits = written(a_movement(State.PENDING, payer_id=anna))
    assert queries.open_count(anna) == 3
    advance(a_step(waits.id, State.RETURNED))
    assert queries.open_count(anna) == 2


def test_what_is_overdue_is_found_by_kind_and_the_latest_comes_first() -> None:
    late, later = NOON - timedelta(days=2_000), NOON - timedelta(days=1_000)
    first, second = (
        written(a_movement(State.PENDING, kind=Kind.TOP_UP, deadline_at=at)) for at in (late, later)
    )
    written(a_movement(State.PENDING, deadline_at=late))
    assert queries.overdue(Kind.TOP_UP, now=late - timedelta(microseconds=1)) == []
    assert queries.overdue(Kind.TOP_UP, now=later) == [first.id, second.id]
    assert queries.overdue(Kind.TOP_UP, now=later, limit=1) == [first.id]
    advance(a_step(first.id, State.CANCELLED))
    assert queries.overdue(Kind.TOP_UP, now=later) == [second.id]
