"""Background loops go on after failures, and end when told to."""

import threading
import time

import pytest
from django.db import OperationalError

from okpay.config import worker as worker_module
from okpay.config.wiring import worker_loops
from okpay.config.worker import Loop, Worker


def wait_until(condition: threading.Event) -> None:
    assert condition.wait(5), "the loop did not come to it within five seconds"


def test_a_loop_that_fails_is_tried_again(caplog: pytest.LogCaptureFixture) -> None:
    rounds: list[float] = []
    done = threading.Event()

    def fail_twice() -> int:
        rounds.append(time.monotonic())
        if len(rounds) <= 2:
            raise RuntimeError("no")
        done.set()
        return 0

    worker = Worker([Loop("clumsy", fail_twice, idle_seconds=0.01)], first_pause_seconds=0.05)
    worker.start()
    wait_until(done)
    assert worker.stop()
    assert rounds[2] - rounds[1] > rounds[1] - rounds[0] > 0.04, "pauses grow"
    assert [found.__dict__["loop"] for found in caplog.records] == ["clumsy", "clumsy"]


def test_pauses_stay_short_while_the_database_is_away(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(worker_module, "LONGEST_PAUSE_WITHOUT_DATABASE_SECONDS", 0.02)
    rounds: list[float] = []
    done = threading.Event()

    def away() -> int:
        rounds.append(time.monotonic())
        if len(rounds) == 12:
            done.set()
        raise OperationalError("away")

    worker = Worker([Loop("relay", away, idle_seconds=0.01)], first_pause_seconds=0.01)
    worker.start()
    # Doubled each time, twelve rounds would take twenty seconds.
    wait_until(done)
    assert worker.stop()


def test_a_loop_that_fails_does_not_stop_the_others() -> None:
    done = threading.Event()

    def fail() -> int:
        raise RuntimeError("no")

    def work() -> int:
        done.set()
        return 0

    worker = Worker([Loop("bad", fail, 0.01), Loop("good", work, 0.01)], first_pause_seconds=0.01)
    worker.start()
    wait_until(done)
    assert worker.stop()


def test_a_loop_with_work_does_not_rest() -> None:
    left = list(range(50))
    done = threading.Event()

    def work() -> int:
        if left:
            left.pop()
            return 1
        done.set()
        return 0

    worker = Worker([Loop("busy", work, idle_seconds=60)])
    worker.start()
    wait_until(done)
    assert worker.stop(timeout_seconds=2)


def test_every_loop_of_the_program_does_a_round() -> None:
    loops = worker_loops()
    assert {loop.name for loop in loops} == {
        "relay",
        "sealer",
        "mail",
        "sms",
        "recovery",
        "transfers",
        "cards 1",
        "cards 2",
        "cards 3",
        "maturing",
        "old drafts",
        "old deliveries",
        "abandoned sign-ups",
        "old confirmations",
    }
    for loop in loops:
        assert loop.step() >= 0
