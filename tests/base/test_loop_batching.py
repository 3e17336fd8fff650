"""The batcher of an event loop: what that of threads does, and the loop goes on meanwhile."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any, TypeVar, cast

import pytest
from django.db import OperationalError, connection, connections

from okpay.base import loop_batching
from okpay.base.database import execute_prepared
from okpay.base.errors import BrokenInvariant, Unavailable
from okpay.base.loop_batching import LoopBatcher, close_loop_batcher, loop_batcher
from okpay.base.loop_bridge import run_bridged, wait_for
from tests.base import gates
from tests.base.conftest import Effects

T = TypeVar("T")


Gate = gates.Gate[asyncio.Event]
Story = Callable[[LoopBatcher, Gate], Awaitable[T]]


def _gate(effects: Effects) -> Gate:
    return Gate(effects, asyncio.Event, lambda event: wait_for(event.wait()))


def _play(effects: Effects, story: Story[T], *, writers: int = 1, **bounds: int) -> T:
    """Let a story happen on a loop of its own, with a batcher that is closed in the end."""

    async def all_of_it() -> T:
        batcher = LoopBatcher(writers=writers, **bounds)
        result = await asyncio.wait_for(story(batcher, _gate(effects)), 30)
        assert await batcher.close(10)
        return result

    return asyncio.run(all_of_it())


async def _all(waiting: list[asyncio.Future[Any]]) -> list[Any]:
    return list(await asyncio.gather(*waiting, return_exceptions=True))


async def _hold(batcher: LoopBatcher, gate: Gate) -> asyncio.Future[str]:
    """Let the writer be busy with one command until the gate opens."""
    gate.entered.clear()
    gate.open.clear()
    first = batcher.submit(gate.act, "0")
    await gate.entered.wait()
    return first


def _work(seconds: float) -> Callable[[list[str]], None]:
    """Let the database work for a while."""

    def act(_: list[str]) -> None:
        execute_prepared("SELECT pg_sleep(%s)", [seconds])

    return act


def _pid() -> int:
    return int(execute_prepared("SELECT pg_backend_pid()").fetchall()[0][0])


def test_each_caller_gets_its_own_result(effects: Effects) -> None:
    async def story(batcher: LoopBatcher, gate: Gate) -> list[str]:
        found = await _all([batcher.submit(gate.act, f"{n:03}") for n in range(300)])
        assert batcher.metrics().items == 300
        return found

    assert _play(effects, story, writers=2) == effects.names() == [f"{n:03}" for n in range(300)]


def test_what_came_in_one_round_of_the_loop_is_one_batch_and_what_queued_meanwhile_the_next(
    effects: Effects,
) -> None:
    async def story(batcher: LoopBatcher, gate: Gate) -> list[int]:
        await batcher.submit(gate.act, "first")
        await _all([batcher.submit(gate.act, f"at once {n}") for n in range(7)])
        waiting = [await _hold(batcher, gate)]
        waiting += [batcher.submit(gate.act, str(n)) for n in range(1, 131)]
        gate.open.set()
        await _all(waiting)
        return gate.sizes

    assert _play(effects, story, cap=100) == [1, 7, 1, 100, 30]


def test_the_loop_goes_on_while_the_database_works_and_while_rivals_wait_for_locks(effects: Effects) -> None:
    async def story(batcher: LoopBatcher, gate: Gate) -> int:
        gate.after = _work(0.3)
        # The second batch waits for the first one's key.
        work = [batcher.submit(gate.act, "same")]
        await gate.entered.wait()
        work.append(batcher.submit(gate.act, "same"))
        turns = 0
        while not all(one.done() for one in work):
            await asyncio.sleep(0.005)
            turns += 1
        assert [one.result() for one in work] == ["same", "same"]
        return turns

    assert _play(effects, story, writers=2) > 20
    assert effects.names() == ["same"]


def test_writers_have_connections_of_their_own_and_leave_the_threads_own_alone(effects: Effects) -> None:
    async def story(batcher: LoopBatcher, gate: Gate) -> set[int]:
        found: set[int] = set()

        def note(names: list[str]) -> None:
            found.add(_pid())
            _work(0.1)(names)

        gate.after = note
        await _all([batcher.submit(gate.act, "a")])
        first = batcher.submit(gate.act, "b")
        await asyncio.sleep(0.05)
        await _all([first, batcher.submit(gate.act, "c")])
        return found

    ours, mine = connections["default"], _pid()
    found = _play(effects, story, writers=2)
    assert len(found) == 2
    assert mine not in found
    assert connections["default"] is ours
    assert _pid() == mine
    # And they are closed when the batcher is.
    left = execute_prepared("SELECT count(*) FROM pg_stat_activity WHERE pid = ANY (%s)", [list(found)])
    deadline = time.monotonic() + 5
    while (count := left.fetchall()[0][0]) and time.monotonic() < deadline:
        time.sleep(0.05)
        left = execute_prepared("SELECT count(*) FROM pg_stat_activity WHERE pid = ANY (%s)", [list(found)])
    assert count == 0


def test_a_full_queue_refuses_and_recovers(effects: Effects) -> None:
    async def story(batcher: LoopBatcher, gate: Gate) -> None:
        waiting = [await _hold(batcher, gate), *(batcher.submit(gate.act, str(n)) for n in range(1, 4))]
        with pytest.raises(Unavailable) as refused:
            batcher.submit(gate.act, "4")
        assert (refused.value.code, refused.value.retry_after_seconds) == ("overloaded", 1)
        gate.open.set()
        assert await _all(waiting) == ["0", "1", "2", "3"]
        assert await batcher.submit(gate.act, "4") == "4"
        assert batcher.metrics().overloaded == 1

    _play(effects, story, queue_limit=3)


def test_closing_writes_what_is_queued_and_takes_nothing_new(effects: Effects) -> None:
    async def story(batcher: LoopBatcher, gate: Gate) -> None:
        waiting = [await _hold(batcher, gate), *(batcher.submit(gate.act, str(n)) for n in range(1, 50))]
        closing = asyncio.ensure_future(batcher.close(20))
        await asyncio.sleep(0)
        with pytest.raises(Unavailable, match="shutting_down"):
            batcher.submit(gate.act, "50")
        gate.open.set()
        assert await closing
        assert all(one.done() for one in waiting)

    _play(effects, story, writers=2)
    assert len(effects.names()) == 50


def test_a_close_that_takes_too_long_says_so_and_writes_nothing_half(effects: Effects) -> None:
    async def story() -> bool:
        batcher, gate = LoopBatcher(writers=1), _gate(effects)
        gate.after = _work(5)
        batcher.submit(gate.act, "late")
        await gate.entered.wait()
        return await batcher.close(0.05)

    started = time.monotonic()
    assert asyncio.run(story()) is False
    assert time.monotonic() - started < 4
    assert effects.names() == []


def test_neighbours_of_a_poisoned_command_succeed(effects: Effects) -> None:
    def poison(names: list[str]) -> None:
        if "7" in names:
            raise ValueError("poison")

    async def story(batcher: LoopBatcher, gate: Gate) -> list[Any]:
        gate.before = poison
        return await _all([batcher.submit(gate.act, str(n)) for n in range(10)])

    results = _play(effects, story)
    assert isinstance(results.pop(7), ValueError)
    assert results == effects.names() == [str(n) for n in range(10) if n != 7]


def test_a_conflict_is_tried_again_and_its_pause_holds_up_nobody(
    effects: Effects, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(time, "sleep", lambda _: pytest.fail("this would hold up the loop"))
    tries = iter([True, True, False])

    def conflict(_: list[str]) -> None:
        if next(tries):
            execute_prepared("DO $$ BEGIN RAISE EXCEPTION 'on purpose' USING ERRCODE = '40001'; END $$")

    async def story(batcher: LoopBatcher, gate: Gate) -> int:
        gate.after = conflict
        assert await batcher.submit(gate.act, "k") == "k"
        return batcher.metrics().retries

    assert _play(effects, story) == 2


def test_a_backend_killed_in_mid_batch_ends_in_one_effect_per_key(
    effects: Effects, kill: Callable[[int], None]
) -> None:
    deaths = iter([True, True, False])

    def die(names: list[str]) -> None:
        if "5" in names and next(deaths, False):
            kill(_pid())

    async def story(batcher: LoopBatcher, gate: Gate) -> list[Any]:
        gate.after = die
        return await _all([batcher.submit(gate.act, str(n)) for n in range(10)])

    assert _play(effects, story, writers=2) == effects.names() == [str(n) for n in range(10)]


def test_an_idle_connection_that_died_is_replaced_without_a_retry(
    effects: Effects, kill: Callable[[int], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(loop_batching, "IDLE_SECONDS", 0.0)
    pids: list[int] = []

    async def story(batcher: LoopBatcher, gate: Gate) -> int:
        gate.after = lambda _: pids.append(_pid())
        assert await batcher.submit(gate.act, "before") == "before"
        await asyncio.to_thread(kill, pids[0])
        assert await batcher.submit(gate.act, "after") == "after"
        return batcher.metrics().retries

    assert _play(effects, story) == 0


def test_without_a_database_everybody_hears_it_and_the_loop_goes_on(
    effects: Effects, monkeypatch: pytest.MonkeyPatch
) -> None:
    def slow_refusal(*_: object, **__: object) -> None:
        time.sleep(0.2)
        raise OperationalError("connection refused")

    monkeypatch.setattr("okpay.base.loop_bridge.DatabaseWrapper.get_new_connection", slow_refusal)

    async def story(batcher: LoopBatcher, gate: Gate) -> list[Any]:
        waiting = [batcher.submit(gate.act, str(n)) for n in range(50)]
        turns = 0
        while not all(one.done() for one in waiting):
            await asyncio.sleep(0.005)
            turns += 1
        # Each try takes as long as forty turns; a loop that is held up has one for each.
        assert turns > 20
        return await _all(waiting)

    assert {getattr(one, "code", None) for one in _play(effects, story)} == {"database_unavailable"}
    monkeypatch.undo()
    assert effects.names() == []


def test_whoever_gave_up_while_queued_gets_nothing_done(effects: Effects) -> None:
    async def story(batcher: LoopBatcher, gate: Gate) -> None:
        first = await _hold(batcher, gate)
        given_up, kept = batcher.submit(gate.act, "given up"), batcher.submit(gate.act, "kept")
        given_up.cancel()
        first.cancel()
        gate.open.set()
        assert await kept == "kept"

    _play(effects, story)
    # The first was at work already: its key holds the answer.
    assert effects.names() == ["0", "kept"]


def test_each_loop_has_a_batcher_of_its_own(effects: Effects) -> None:
    async def once(name: str) -> LoopBatcher:
        found = loop_batcher()
        assert loop_batcher() is found
        assert await found.submit(_gate(effects).act, name) == name
        assert await close_loop_batcher()
        return found

    assert asyncio.run(once("a")) is not asyncio.run(once("b"))
    assert effects.names() == ["a", "b"]


def test_a_loop_that_ends_without_closing_leaves_nothing_half_done(effects: Effects) -> None:
    async def leave() -> None:
        gate = _gate(effects)
        gate.after = _work(5)
        loop_batcher().submit(gate.act, "left behind")
        await gate.entered.wait()

    asyncio.run(leave())

    async def come() -> None:
        assert await loop_batcher().submit(_gate(effects).act, "next") == "next"
        await close_loop_batcher()

    asyncio.run(come())
    assert effects.names() == ["next"]


def test_what_is_bridged_gets_errors_where_it_waits_and_only_it_can_wait(effects: Effects) -> None:
    async def refuse() -> None:
        raise LookupError("nothing there")

    def plain() -> str:
        with suppress(LookupError):
            wait_for(refuse())
        effects.write(["written"])
        assert connection.is_usable()
        return threading.current_thread().name

    assert asyncio.run(run_bridged(plain)) == threading.current_thread().name
    assert effects.names() == ["written"]
    with pytest.raises(BrokenInvariant):
        wait_for(cast("Any", None))
