"""The addresses that say whether this process lives and can serve, and which part cannot."""

from __future__ import annotations

import json
import threading
import time
from typing import Any

import pytest
from django.db import OperationalError, connections, transaction

from okpay.base import clock
from okpay.config import health, worker
from okpay.config.worker import Loop, Pulse, Worker
from okpay.ledger import actions
from tests.config.application import Answer, ask

READY = {"ready": True, "maintenance": False, "database": "ok", "migrations": "ok", "loops": {}}


def told(answer: Answer) -> dict[str, Any]:
    assert answer.headers[b"content-type"] == b"application/json"
    found = json.loads(answer.body)
    assert isinstance(found, dict)
    return found


def test_a_living_process_says_so_to_anyone() -> None:
    assert ask("/health/live", headers=()).status == 200


def test_it_is_ready_when_the_database_answers() -> None:
    answer = ask("/health/ready", headers=((b"host", b"10.0.0.7"),))
    assert answer.status == 200
    assert told(answer) == READY
    assert answer.headers[b"cache-control"] == b"no-store"


@pytest.fixture
def _away(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise OperationalError("at a secret address")

    monkeypatch.setattr(type(connections["default"]), "get_new_connection", refuse)


@pytest.mark.usefixtures("_away")
def test_it_is_not_ready_when_the_database_is_away() -> None:
    answer = ask("/health/ready")
    assert answer.status == 503
    assert answer.headers[b"retry-after"] == b"5"
    assert told(answer) == {
        "ready": False, "maintenance": None, "database": "does not answer", "migrations": "unknown", "loops": {},
    }  # fmt: skip
    assert b"secret" not in answer.body


@pytest.mark.usefixtures("_away")
def test_a_process_lives_without_its_database() -> None:
    assert ask("/health/live").status == 200


def test_it_is_not_ready_when_the_tables_are_older_than_the_code(monkeypatch: pytest.MonkeyPatch) -> None:
    needed = health._needed() | {("ledger", "9999_of_tomorrow")}
    monkeypatch.setattr(health, "_needed", lambda: needed)
    answer = ask("/health/ready")
    assert answer.status == 503
    assert told(answer)["migrations"] == "behind"


def test_tables_that_are_newer_than_the_code_are_no_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    older = {found for found in health._needed() if found[0] != "ledger"}
    monkeypatch.setattr(health, "_needed", lambda: older)
    assert ask("/health/ready").status == 200


def test_it_stays_ready_during_maintenance() -> None:
    with transaction.atomic():
        actions.start_maintenance(
            until=None, message="", message_zh="", now=clock.now(), actor="operator:ada"
        )
    try:
        answer = ask("/health/ready")
        assert answer.status == 200
        assert told(answer)["maintenance"] is True
    finally:
        with transaction.atomic():
            actions.end_maintenance(now=clock.now(), actor="operator:ada")


def test_a_loop_that_does_not_come_round_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(worker, "LATE_SECONDS", 0.2)
    leave = threading.Event()

    def hang() -> int:
        leave.wait(10)
        return 0

    def fail() -> int:
        raise RuntimeError("a secret")

    loops = [Loop("good", lambda: 0, 0.01), Loop("hanging", hang, 0.01), Loop("failing", fail, 0.01)]
    found = Worker(loops, first_pause_seconds=0.01)
    found.start()
    try:
        assert told(ask("/health/ready", pulses=found.pulses))["loops"] == dict.fromkeys(
            ("good", "hanging", "failing"), "ok"
        )
        time.sleep(0.4)
        answer = ask("/health/ready", pulses=found.pulses)
        assert answer.status == 503
        assert told(answer)["loops"] == {"good": "ok", "hanging": "late", "failing": "late"}
        assert told(answer)["database"] == "ok"
    finally:
        leave.set()
        assert found.stop()
    assert set(found.pulses().values()) == {Pulse.STOPPED}


def test_a_loop_may_rest_as_long_as_it_was_told_to(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(worker, "LATE_SECONDS", 0.1)
    found = Worker([Loop("seldom", lambda: 0, idle_seconds=60)])
    found.start()
    time.sleep(0.3)
    assert found.pulses() == {"seldom": Pulse.OK}
    assert found.stop()


def test_there_is_nothing_else_below_health() -> None:
    assert ask("/health/secrets").status == 404


def test_the_api_role_serves_no_pages_yet() -> None:
    assert ask("/", role="api").status == 404
