"""The machine: how movements begin, which steps they take, and that none of them is silent about it."""

from __future__ import annotations

import threading
from dataclasses import replace
from typing import Any

import pytest
from django.db import OperationalError, connection, transaction

from okpay.base.database import execute_prepared
from okpay.base.errors import BrokenInvariant
from okpay.base.ids import new_uuid7
from okpay.movements import actions, queries
from okpay.movements.records import (
    FIRST_STATES,
    NEXT_STATES,
    NewMovement,
    NextStep,
    State,
    Turn,
    line_of,
)
from tests.factories.bare_movements import NOON, a_movement, a_step, advance, with_lines, written

STEPS = [(before, after) for before in State for after in State]


@pytest.mark.parametrize("state", State)
def test_it_begins_only_as_something_begins(state: State) -> None:
    movement = a_movement(state)
    if state in FIRST_STATES:
        written(movement)
        assert queries.movement(movement.id) == movement
        (event,) = queries.timeline(movement.id)
        assert (event.sequence, event.at, event.state, event.reason, event.turn) == (
            1,
            NOON,
            state,
            movement.reason,
            movement.turn,
        )
    else:
        with pytest.raises(BrokenInvariant, match="does not begin"):
            written(movement)
        assert queries.movement(movement.id) is None


@pytest.mark.parametrize(("before", "after"), STEPS, ids=[f"{one.name}-{two.name}" for one, two in STEPS])
def test_each_step_is_one_that_the_machine_knows(before: State, after: State) -> None:
    movement = written(a_movement(_first_to(before)))
    for state in _path_to(before)[1:]:
        advance(a_step(movement.id, state))
    stood = queries.movement(movement.id)
    assert stood is not None
    if after in NEXT_STATES[before]:
        changed = advance(a_step(movement.id, after))[movement.id]
        assert queries.movement(movement.id) == changed
        assert (changed.state, changed.events) == (after, stood.events + 1)
        assert [event.sequence for event in queries.timeline(movement.id)] == list(
            range(1, changed.events + 1)
        )
        assert facts(movement.id) == [event.state for event in queries.timeline(movement.id)]
    else:
        with pytest.raises(BrokenInvariant, match="cannot go"):
            advance(a_step(movement.id, after))
        assert queries.movement(movement.id) == stood


def test_what_has_ended_goes_nowhere_and_everything_can_end() -> None:
    assert all(not NEXT_STATES[state] for state in State if state.is_final)
    for state in State:
        assert state.is_final or any(after.is_final for after in NEXT_STATES[state])


SILENT = [
    {"turn": Turn.NOBODY},
    {"next_step": NextStep.NONE},
    {"deadline_at": None},
]
LOUD: list[dict[str, Any]] = [
    {"turn": Turn.PAYEE},
    {"next_step": NextStep.ARRIVES},
    {"deadline_at": NOON},
]


@pytest.mark.parametrize("changes", SILENT, ids=lambda changes: next(iter(changes)))
def test_nothing_waits_in_silence(changes: dict[str, Any]) -> None:
    with pytest.raises(BrokenInvariant, match="must say"):
        written(a_movement(State.PENDING, **changes))
    movement = written(a_movement(State.PENDING))
    with pytest.raises(BrokenInvariant, match="must say"):
        advance(a_step(movement.id, State.PENDING, **changes))
    assert queries.movement(movement.id) == movement


@pytest.mark.parametrize("changes", LOUD, ids=lambda changes: next(iter(changes)))
def test_what_has_ended_waits_for_nobody(changes: dict[str, Any]) -> None:
    with pytest.raises(BrokenInvariant, match="must say"):
        written(a_movement(State.COMPLETED, **changes))
    movement = written(a_movement(State.PENDING))
    with pytest.raises(BrokenInvariant, match="must say"):
        advance(a_step(movement.id, State.CANCELLED, **changes))


def test_a_line_is_for_a_party_alone() -> None:
    movement, other = a_movement(), a_movement()
    strange = replace(with_lines(movement).lines[0], customer_id=new_uuid7())
    with pytest.raises(BrokenInvariant, match="may not see it"), transaction.atomic():
        actions.open_many([NewMovement(movement, (strange,))])
    with pytest.raises(BrokenInvariant, match="may not see it"), transaction.atomic():
        actions.open_many([NewMovement(movement, with_lines(other).lines)])
    waits = written(a_movement(State.PENDING))
    carla = new_uuid7()
    line = line_of(replace(waits, payee_id=carla), carla, counterparty="Anna", at=NOON)
    with pytest.raises(BrokenInvariant, match="may not see it"):
        advance(a_step(waits.id, State.COMPLETED, lines=(line,)))
    advance(a_step(waits.id, State.COMPLETED, payee_id=carla, lines=(line,)))
    assert [entry.movement.id for entry in queries.record(carla)] == [waits.id]


def test_a_step_keeps_whose_it_is_and_takes_one_at_a_time() -> None:
    carla = new_uuid7()
    waits = written(a_movement(State.PENDING, payee_id=carla))
    assert advance(a_step(waits.id, State.PENDING))[waits.id].payee_id == carla
    with pytest.raises(BrokenInvariant, match="one step at a time"):
        advance(a_step(waits.id, State.PENDING), a_step(waits.id, State.COMPLETED))


def test_only_what_was_locked_goes_on() -> None:
    waits = written(a_movement(State.PENDING))
    with transaction.atomic():
        locked = actions.lock_many([waits.id, new_uuid7()])
        assert list(locked) == [waits.id]
        actions.advance_many([a_step(waits.id, State.PENDING)], locked)
    with pytest.raises(BrokenInvariant, match="changed by somebody else"), transaction.atomic():
        actions.advance_many([a_step(waits.id, State.COMPLETED)], locked)
    with pytest.raises(KeyError), transaction.atomic():
        actions.advance_many([a_step(waits.id, State.COMPLETED)], {})


@pytest.mark.parametrize("act", [lambda: actions.open_many([]), lambda: actions.lock_many([])])
def test_nothing_is_done_outside_a_transaction(act: Any) -> None:
    with pytest.raises(BrokenInvariant, match="transaction"):
        act()


def test_what_somebody_else_holds_is_waited_for_or_left_out() -> None:
    first, second = (written(a_movement(State.PENDING)) for _ in range(2))
    locked, done = threading.Event(), threading.Event()

    def hold() -> None:
        try:
            with transaction.atomic():
                actions.lock_many([first.id])
                locked.set()
                done.wait(10)
        finally:
            connection.close()

    thread = threading.Thread(target=hold)
    thread.start()
    assert locked.wait(10)
    try:
        with transaction.atomic():
            assert list(actions.lock_many([first.id, second.id], skip_locked=True)) == [second.id]
        with pytest.raises(OperationalError), transaction.atomic():
            actions.lock_many([first.id])
    finally:
        done.set()
        thread.join()


def test_the_program_can_neither_undo_nor_rewrite_what_is_written() -> None:
    movement = written()
    for statement in (
        "UPDATE movements_movement SET amount_minor = 1",
        "UPDATE movements_event SET state = 11",
        "UPDATE movements_line SET amount_minor = 1",
        "DELETE FROM movements_movement",
        "DELETE FROM movements_event",
        "DELETE FROM movements_line",
    ):
        with pytest.raises(Exception, match="permission denied"), transaction.atomic():
            execute_prepared(statement)
    assert queries.movement(movement.id) == movement


def test_a_reference_is_made_of_what_is_random() -> None:
    movement = a_movement()
    letters = movement.reference.replace("-", "")
    assert len(letters) == 12
    assert not set(letters) - set("0123456789ABCDEFGHJKMNPQRSTVWXYZ")
    assert len({a_movement().reference for _ in range(100)}) == 100


def facts(movement_id: object) -> list[State]:
    """Return the states that facts were written of, in order."""
    rows = execute_prepared(
        "SELECT data ->> 'state' FROM base_outbox_event WHERE subject = %s AND type = 'movement_changed' ORDER BY id",
        [movement_id],
    )
    return [State[name.upper()] for (name,) in rows]


def _path_to(state: State) -> list[State]:
    """Return a shortest way from a first state."""
    paths = [[first] for first in sorted(FIRST_STATES)]
    for path in paths:
        if path[-1] is state:
            return path
        paths += [[*path, after] for after in sorted(NEXT_STATES[path[-1]]) if after not in path]
    raise AssertionError(f"{state.name} cannot be reached")


def _first_to(state: State) -> State:
    return _path_to(state)[0]


def test_every_state_can_be_reached() -> None:
    for state in State:
        assert _path_to(state)[-1] is state
