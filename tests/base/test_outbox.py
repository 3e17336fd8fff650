"""Each event reaches each listener of its type exactly once, whatever dies in between."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from django.db import DatabaseError, connection, connections, transaction

from okpay.base.database import execute_prepared, mark_posting_call
from okpay.base.errors import BrokenInvariant
from okpay.base.outbox import Event, Listener, emit_many
from okpay.base.relay import Relay
from tests.base.conftest import Effects, Threads

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
SOON = (timedelta(milliseconds=20),)


class Hearing:
    """A listener with a type of events of its own, which notes what it heard in its own transaction."""

    def __init__(self, effects: Effects, type_: str) -> None:
        self.effects = effects
        self.sizes: list[int] = []
        self.fail_on: Callable[[Event], bool] = lambda _: False
        self.listener = Listener(f"listener_{uuid.uuid4()}", frozenset({type_}), self.handle)

    def handle(self, events: list[Event]) -> None:
        self.sizes.append(len(events))
        self.effects.write([event.data["n"] for event in events])
        if any(self.fail_on(event) for event in events):
            raise ValueError("on purpose, with a secret in the text")


@pytest.fixture
def type_() -> str:
    return f"happened_{uuid.uuid4().hex}"


def _emit(type_: str, count: int, *, start: int = 0) -> list[str]:
    names = [f"{n:04}" for n in range(start, start + count)]
    with transaction.atomic():
        emit_many(
            Event(type=type_, occurred_at=NOW, subject=uuid.uuid4(), data={"n": name}) for name in names
        )
    return names


def _drain(relay: Relay) -> None:
    while relay.run_once():
        pass


def _waiting(type_: str) -> int:
    rows = execute_prepared(
        "SELECT count(*) FROM base_outbox_event WHERE distributed_at IS NULL AND type = %s", [type_]
    )
    return int(rows.fetchall()[0][0])


def _deliveries(listener: Listener) -> list[tuple[int, str]]:
    rows = execute_prepared(
        "SELECT failures, last_error FROM base_outbox_delivery WHERE listener = %s", [listener.name]
    )
    return [(row[0], row[1]) for row in rows]


def test_an_event_arrives_as_it_was_written(type_: str) -> None:
    sent = Event(
        type=type_, occurred_at=NOW, subject=uuid.uuid4(), data={"to": "五", "minor": 2**62}, version=2
    )
    heard: list[Event] = []
    with transaction.atomic():
        emit_many([sent])
        emit_many([])
    _drain(Relay([Listener(f"l{type_}", frozenset({type_}), heard.extend)]))
    assert heard == [sent]


def test_events_come_and_go_with_the_transaction(type_: str, effects: Effects) -> None:
    hearing = Hearing(effects, type_)
    with transaction.atomic():
        mark_posting_call()
        emit_many([Event(type=type_, occurred_at=NOW, subject=uuid.uuid4(), data={"n": "never"})])
        transaction.set_rollback(True)
    _drain(Relay([hearing.listener]))
    assert effects.names() == []


def test_every_listener_of_the_type_hears_it_once(type_: str) -> None:
    hearings = [Hearing(Effects(), type_), Hearing(Effects(), type_), Hearing(Effects(), "something_else")]
    names = _emit(type_, 700)
    relay = Relay([hearing.listener for hearing in hearings], batch=300)
    _drain(relay)
    _drain(relay)
    assert [hearing.effects.names() for hearing in hearings] == [names, names, []]
    assert hearings[0].sizes == [300, 300, 100]
    assert _waiting(type_) == 0
    assert _deliveries(hearings[0].listener) == []


def test_events_that_nobody_listens_to_are_marked_too(type_: str) -> None:
    _emit(type_, 5)
    _drain(Relay([]))
    assert _waiting(type_) == 0


def test_many_relays_share_the_work(type_: str, together: Threads) -> None:
    hearings = [Hearing(Effects(), type_), Hearing(Effects(), type_)]
    names = _emit(type_, 600)
    relays = [Relay([hearing.listener for hearing in hearings], batch=20) for _ in range(6)]
    together([lambda relay=relay: _drain(relay) for relay in relays])  # type: ignore[misc]
    _drain(relays[0])
    assert [hearing.effects.names() for hearing in hearings] == [names, names]


def test_an_event_that_commits_late_is_not_passed_over(
    type_: str, effects: Effects, together: Threads
) -> None:
    hearing = Hearing(effects, type_)
    relay = Relay([hearing.listener])
    written, go_on = threading.Event(), threading.Event()

    def commit_late() -> None:
        with transaction.atomic():
            emit_many([Event(type=type_, occurred_at=NOW, subject=uuid.uuid4(), data={"n": "early id"})])
            written.set()
            go_on.wait(10)

    def overtake() -> None:
        written.wait(10)
        _emit(type_, 1)
        _drain(relay)
        assert effects.names() == ["0000"]
        go_on.set()

    together([commit_late, overtake])
    _drain(relay)
    assert effects.names() == ["0000", "early id"]


def test_a_failing_event_holds_up_nobody_and_is_tried_again_later(type_: str) -> None:
    failing, well = Hearing(Effects(), type_), Hearing(Effects(), type_)
    failing.fail_on = lambda event: event.data["n"] == "0003"
    names = _emit(type_, 10)
    relay = Relay([failing.listener, well.listener], pauses=(timedelta(hours=1),))
    _drain(relay)
    assert well.effects.names() == names
    assert failing.effects.names() == [name for name in names if name != "0003"]
    assert _deliveries(failing.listener) == [(1, "ValueError")]


def test_a_listener_that_always_meets_a_conflict_holds_up_nobody(type_: str) -> None:
    stuck, well = Hearing(Effects(), type_), Hearing(Effects(), type_)

    def conflict(_: Event) -> bool:
        execute_prepared("DO $$ BEGIN RAISE EXCEPTION 'on purpose' USING ERRCODE = '40001'; END $$")
        return False

    stuck.fail_on = conflict
    names = _emit(type_, 2)
    _drain(Relay([stuck.listener, well.listener], pauses=(timedelta(hours=1),)))
    assert well.effects.names() == names
    assert _deliveries(stuck.listener) == [(1, "OperationalError")] * 2


def test_pauses_grow_with_each_failure_and_success_ends_them(type_: str, effects: Effects) -> None:
    hearing = Hearing(effects, type_)
    hearing.fail_on = lambda _: True
    _emit(type_, 1)
    relay = Relay([hearing.listener], pauses=(*SOON, *SOON, timedelta(hours=2)))
    stop = threading.Event()
    for failures in (1, 2, 3):
        while [failed for failed, _ in _deliveries(hearing.listener)] != [failures]:
            relay.run_once()
            stop.wait(0.01)
    due = execute_prepared(
        "SELECT due_at > clock_timestamp() + interval '1 hour' FROM base_outbox_delivery WHERE listener = %s",
        [hearing.listener.name],
    )
    assert due.fetchall() == [(True,)]
    hearing.fail_on = lambda _: False
    execute_prepared(
        "UPDATE base_outbox_delivery SET due_at = clock_timestamp() WHERE listener = %s",
        [hearing.listener.name],
    )
    _drain(relay)
    assert effects.names() == ["0000"]
    assert _deliveries(hearing.listener) == []


def test_a_relay_killed_in_the_middle_does_nothing_twice(
    type_: str, effects: Effects, kill: Callable[[int], None]
) -> None:
    hearing = Hearing(effects, type_)
    deaths = iter([True, True, False])

    def die(_: Event) -> bool:
        if next(deaths, False):
            kill(execute_prepared("SELECT pg_backend_pid()").fetchall()[0][0])
            execute_prepared("SELECT 1")
        return False

    hearing.fail_on = die
    names = _emit(type_, 50)
    relay, stop = Relay([hearing.listener], batch=20), threading.Event()
    runner = threading.Thread(target=relay.run, args=(stop,), kwargs={"idle_seconds": 0.01})
    runner.start()
    for _ in range(1000):
        if effects.names() == names:
            break
        stop.wait(0.01)
    stop.set()
    runner.join(10)
    assert not runner.is_alive()
    assert effects.names() == names
    assert _deliveries(hearing.listener) == []


def test_a_death_while_distributing_loses_nothing(
    type_: str, effects: Effects, kill: Callable[[int], None]
) -> None:
    hearing = Hearing(effects, type_)
    names = _emit(type_, 5)
    with pytest.raises(DatabaseError), transaction.atomic():
        _distribute_and_die(hearing.listener, kill)
    connection.close()
    _drain(Relay([hearing.listener]))
    assert effects.names() == names


def _distribute_and_die(listener: Listener, kill: Callable[[int], None]) -> None:
    assert Relay([listener])._distribute()
    kill(execute_prepared("SELECT pg_backend_pid()").fetchall()[0][0])
    execute_prepared("SELECT 1")


def test_the_loop_stops_when_told(type_: str, effects: Effects) -> None:
    hearing = Hearing(effects, type_)
    names = _emit(type_, 3)
    stop = threading.Event()

    def body() -> None:
        Relay([hearing.listener]).run(stop)
        connections.close_all()

    runner = threading.Thread(target=body)
    runner.start()
    while effects.names() != names:
        stop.wait(0.01)
    stop.set()
    runner.join(5)
    assert not runner.is_alive()


def test_two_listeners_of_one_name_are_a_mistake() -> None:
    listener = Listener("same", frozenset({"x"}), lambda _: None)
    with pytest.raises(BrokenInvariant, match="same"):
        Relay([listener, listener])


@pytest.mark.parametrize(
    "statement", ["UPDATE base_outbox_event SET data = '{}'", "DELETE FROM base_outbox_event"]
)
def test_a_fact_is_never_changed(statement: str) -> None:
    with pytest.raises(DatabaseError, match="permission denied"):
        execute_prepared(statement)
