"""The batcher: everything once, nobody fails with a neighbour, nothing queued is lost."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from typing import Any

import pytest
from django.db import OperationalError, connections

from okpay.base import batches, batching, retrying
from okpay.base.batching import Batcher
from okpay.base.database import execute_prepared
from okpay.base.errors import BrokenInvariant, Unavailable
from tests.base import gates
from tests.base.conftest import Effects


@pytest.fixture
def one_writer() -> Iterator[Batcher]:
    batcher = Batcher(writers=1, cap=100)
    yield batcher
    assert batcher.close(10)


@pytest.fixture
def batcher() -> Iterator[Batcher]:
    batcher = Batcher()
    yield batcher
    assert batcher.close(10)


Gate = gates.Gate[threading.Event]


def _gate(effects: Effects) -> Gate:
    return Gate(effects, threading.Event, lambda event: event.wait(20))


@pytest.fixture
def gate(effects: Effects) -> Gate:
    return _gate(effects)


def _results(futures: list[Future[Any]]) -> list[Any]:
    return [future.exception(20) or future.result(20) for future in futures]


def _hold(batcher: Batcher, gate: Gate) -> Future[str]:
    """Let the writer be busy with one command until the gate opens."""
    gate.open.clear()
    first = batcher.submit(gate.act, "0")
    assert gate.entered.wait(10)
    return first


def test_each_caller_gets_its_own_result(batcher: Batcher, gate: Gate) -> None:
    futures = [batcher.submit(gate.act, f"{n:03}") for n in range(300)]
    assert _results(futures) == [f"{n:03}" for n in range(300)]
    assert gate.effects.names() == [f"{n:03}" for n in range(300)]
    assert batcher.metrics().items == 300


def test_what_queued_while_one_batch_was_written_is_the_next(one_writer: Batcher, gate: Gate) -> None:
    first = _hold(one_writer, gate)
    futures = [first, *(one_writer.submit(gate.act, str(n)) for n in range(1, 131))]
    gate.open.set()
    _results(futures)
    assert gate.sizes == [1, 100, 30]
    assert one_writer.metrics().batches == 3


def test_a_batch_and_the_queue_are_counted_by_weight(gate: Gate) -> None:
    batcher = Batcher(writers=1, cap=100, queue_limit=300)
    futures = [_hold(batcher, gate)]
    for name, weight in (("1", 60), ("2", 40), ("3", 1), ("4", 150), ("5", 49)):
        futures.append(batcher.submit(gate.act, name, weight=weight))
    with pytest.raises(Unavailable, match="overloaded"):
        batcher.submit(gate.act, "6")
    gate.open.set()
    assert _results(futures) == [str(n) for n in range(6)]
    assert gate.sizes == [1, 2, 1, 1, 1]
    assert batcher.metrics().items == 301
    assert batcher.submit(gate.act, "too long for any queue", weight=1_000).result(20)
    assert batcher.close(10)


def test_two_batchers_with_the_same_keys_make_one_effect_each(effects: Effects) -> None:
    # As two processes do: rivals for the same keys, in other orders.
    gates, batchers = [_gate(effects), _gate(effects)], [Batcher(cap=20), Batcher(cap=20)]
    names = [f"{n:03}" for n in range(100)]
    futures = [
        batchers[turn % 2].submit(gates[turn % 2].act, name)
        for turn in range(6)
        for name in (names if turn % 3 else reversed(names))
    ]
    assert sorted(_results(futures)) == sorted(names * 6)
    assert effects.names() == names
    assert all(batcher.close(10) for batcher in batchers)


def test_list_functions_take_turns(one_writer: Batcher, gate: Gate) -> None:
    turns: list[str] = []

    def other(names: list[str]) -> list[str]:
        turns.append("other")
        return names

    gate.after = lambda _: turns.append("gate")
    futures = [_hold(one_writer, gate), *(one_writer.submit(gate.act, str(n)) for n in range(1, 251))]
    late = one_writer.submit(other, "late")
    gate.open.set()
    assert late.result(20) == "late"
    _results(futures)
    assert turns == ["gate", "gate", "other", "gate", "gate"]


def test_a_full_queue_refuses_and_recovers(gate: Gate) -> None:
    batcher = Batcher(writers=1, queue_limit=3)
    futures = [_hold(batcher, gate), *(batcher.submit(gate.act, str(n)) for n in range(1, 4))]
    with pytest.raises(Unavailable) as refused:
        batcher.submit(gate.act, "4")
    assert (refused.value.code, refused.value.retry_after_seconds) == ("overloaded", 1)
    gate.open.set()
    assert _results(futures) == ["0", "1", "2", "3"]
    assert batcher.submit(gate.act, "4").result(20) == "4"
    assert batcher.metrics().overloaded == 1
    assert batcher.close(10)


def test_closing_writes_what_is_queued_and_takes_nothing_new(gate: Gate) -> None:
    batcher = Batcher(writers=2)
    futures = [_hold(batcher, gate), *(batcher.submit(gate.act, str(n)) for n in range(1, 50))]
    closer = threading.Thread(target=batcher.close)
    closer.start()
    while not batcher._closing:
        time.sleep(0.001)
    with pytest.raises(Unavailable, match="shutting_down"):
        batcher.submit(gate.act, "50")
    gate.open.set()
    closer.join(20)
    assert all(future.done() for future in futures)
    assert len(gate.effects.names()) == 50


def test_a_close_that_takes_too_long_says_so(gate: Gate) -> None:
    batcher = Batcher(writers=1)
    _hold(batcher, gate)
    assert not batcher.close(0.05)
    gate.open.set()
    assert batcher.close(10)


def test_neighbours_of_a_poisoned_command_succeed(one_writer: Batcher, gate: Gate) -> None:
    def poison(names: list[str]) -> None:
        if "7" in names:
            raise ValueError("poison")

    gate.before = poison
    futures = [_hold(one_writer, gate), *(one_writer.submit(gate.act, str(n)) for n in range(1, 10))]
    gate.open.set()
    results = _results(futures)
    assert isinstance(results.pop(7), ValueError)
    assert results == [str(n) for n in range(10) if n != 7]
    assert gate.effects.names() == results
    assert gate.sizes == [1, 9, *[1] * 9]  # a mistake in the program is not tried again as a whole


def test_a_refused_statement_fails_alone(one_writer: Batcher, gate: Gate) -> None:
    gate.after = lambda names: _raise("22012") if "2" in names else None
    futures = [_hold(one_writer, gate), *(one_writer.submit(gate.act, str(n)) for n in range(1, 4))]
    gate.open.set()
    results = _results(futures)
    assert "on purpose" in str(results[2])
    assert gate.effects.names() == ["0", "1", "3"]


def test_a_wrong_number_of_results_writes_nothing(batcher: Batcher, effects: Effects) -> None:
    def lose_one(names: list[str]) -> list[str]:
        effects.write(names)
        return []

    assert isinstance(batcher.submit(lose_one, "x").exception(20), BrokenInvariant)
    assert effects.names() == []


@pytest.mark.parametrize("state", ["40001", "40P01", "55P03", "57P01", "08006"])
def test_errors_that_go_away_are_tried_again_as_a_whole(one_writer: Batcher, gate: Gate, state: str) -> None:
    tries = iter([True, True, False])
    gate.after = lambda names: _raise(state) if len(names) > 1 and next(tries) else None
    futures = [_hold(one_writer, gate), *(one_writer.submit(gate.act, str(n)) for n in range(1, 6))]
    gate.open.set()
    assert _results(futures) == gate.effects.names() == [str(n) for n in range(6)]
    assert (one_writer.metrics().retries, one_writer.metrics().singles) == (2, 0)


@pytest.mark.parametrize("state", ["25006", "23514", "57014"])
def test_errors_that_stay_are_not(one_writer: Batcher, gate: Gate, state: str) -> None:
    gate.after = lambda _: _raise(state)
    assert isinstance(one_writer.submit(gate.act, "0").exception(20), Exception)
    assert gate.sizes == [1]


def _raise(state: str) -> None:
    execute_prepared(f"DO $$ BEGIN RAISE EXCEPTION 'on purpose' USING ERRCODE = '{state}'; END $$")


def test_a_lasting_conflict_of_one_is_no_conflict_of_all(one_writer: Batcher, gate: Gate) -> None:
    gate.after = lambda names: _raise("40001") if "3" in names else None
    futures = [_hold(one_writer, gate), *(one_writer.submit(gate.act, str(n)) for n in range(1, 6))]
    gate.open.set()
    results = _results(futures)
    assert results.pop(3).code == "overloaded"
    assert results == gate.effects.names() == ["0", "1", "2", "4", "5"]


def test_a_batch_that_cannot_be_written_does_not_hold_up_the_queue_for_long(
    one_writer: Batcher, gate: Gate, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(batches, "_SINGLES_SECONDS", 0.0)
    gate.after = lambda names: _raise("55P03") if "0" not in names else None
    futures = [_hold(one_writer, gate), *(one_writer.submit(gate.act, str(n)) for n in range(1, 50))]
    gate.open.set()
    results = _results(futures)
    assert results[0] == "0"
    assert {error.code for error in results[1:]} == {"overloaded"}
    assert one_writer.metrics().singles <= 1


def test_a_backend_killed_in_mid_batch_ends_in_one_effect_per_key(
    batcher: Batcher, gate: Gate, kill: Callable[[int], None]
) -> None:
    deaths = iter([True, True, False])

    def die(names: list[str]) -> None:
        if "5" in names and next(deaths, False):
            kill(execute_prepared("SELECT pg_backend_pid()").fetchall()[0][0])

    gate.after = die
    futures = [_hold(batcher, gate), *(batcher.submit(gate.act, str(n)) for n in range(1, 10))]
    gate.open.set()
    assert _results(futures) == [str(n) for n in range(10)]
    assert gate.effects.names() == [str(n) for n in range(10)]
    assert batcher.metrics().retries >= 2


def test_an_answer_lost_in_commit_is_found_by_its_key(
    one_writer: Batcher, gate: Gate, kill: Callable[[int], None]
) -> None:
    commits: list[str] = []

    def lose_the_answer(_: list[str]) -> None:
        writers = connections["default"]
        pid = execute_prepared("SELECT pg_backend_pid()").fetchall()[0][0]

        def commit() -> None:
            commits.append("done")
            type(writers).commit(writers)
            kill(pid)
            raise OperationalError("server closed the connection unexpectedly")

        if not commits:
            vars(writers)["commit"] = commit
        else:
            vars(writers).pop("commit")

    gate.after = lose_the_answer
    assert one_writer.submit(gate.act, "k").result(20) == "k"
    assert gate.effects.names() == ["k"]
    assert (commits, gate.sizes, one_writer.metrics().retries) == (["done"], [1, 1], 1)


def test_an_idle_connection_that_died_is_replaced_without_a_retry(
    one_writer: Batcher, gate: Gate, kill: Callable[[int], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    pids: list[int] = []
    gate.after = lambda _: pids.append(execute_prepared("SELECT pg_backend_pid()").fetchall()[0][0])
    assert one_writer.submit(gate.act, "before").result(20) == "before"
    kill(pids[0])
    monkeypatch.setattr(batching, "IDLE_SECONDS", 0.0)
    assert one_writer.submit(gate.act, "after").result(20) == "after"
    assert one_writer.metrics().retries == 0


def test_without_a_database_everybody_hears_it_soon(
    one_writer: Batcher, gate: Gate, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_: list[str]) -> None:
        raise OperationalError("connection refused")

    gate.before = refuse
    for one in (batching, batches):
        monkeypatch.setattr(one, "renew_connection", lambda: False)
    futures = [_hold(one_writer, gate), *(one_writer.submit(gate.act, str(n)) for n in range(1, 200))]
    gate.open.set()
    start = time.monotonic()
    assert {getattr(result, "code", None) for result in _results(futures)} == {"database_unavailable"}
    assert time.monotonic() - start < 5
    assert gate.effects.names() == []


def test_whoever_gave_up_while_queued_gets_nothing_done(one_writer: Batcher, gate: Gate) -> None:
    first = _hold(one_writer, gate)
    given_up, kept = one_writer.submit(gate.act, "given up"), one_writer.submit(gate.act, "kept")
    assert given_up.cancel()
    gate.open.set()
    assert _results([first, kept]) == ["0", "kept"]
    assert gate.effects.names() == ["0", "kept"]


def test_pauses_grow_and_differ(monkeypatch: pytest.MonkeyPatch) -> None:
    slept: list[float] = []
    monkeypatch.setattr(time, "sleep", slept.append)
    for _ in range(50):
        retrying.pause_before(2)
    assert len(set(slept)) > 5
    assert 0.01 <= min(slept) <= max(slept) <= 0.05
    retrying.pause_before(4)
    assert slept[-1] >= 0.04
