"""Let a town live for a while, in several processes with several connections each, and judge what comes of it."""

from __future__ import annotations

import dataclasses
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from okpay.base import clock
from okpay.base.cluster import APP_ROLE
from okpay.base.database import execute_prepared
from okpay.movements.records import State
from tests.laws.agreement import disagreements
from tests.laws.scratch import using
from tests.laws.town import Town, calm, open_town
from tests.postgres import CLUSTER, ROOT

FEES = """
[[schedules]]
code = "transfer.town"
source = "example"
kind = "transfer"
country = "US"
currency = "USD"
terms = { percent = "1.5", fixed = 3, maximum = 400 }
"""
"""A fee with a fixed part: what is taken for the house must be seen in the book."""
LOOK_EVERY_SECONDS = 2.0


@dataclass(frozen=True, slots=True)
class Lived:
    """What came of a town's life."""

    done: Counter[str]
    states: Counter[str]
    reasons: Counter[str]
    looks: int
    """How often everything was compared while it went on."""
    misses: list[str]


def live(
    database: str,
    *,
    seed: int,
    seconds: float,
    processes: int,
    threads: int,
    say: Callable[[str], None] = lambda sentence: None,
) -> Lived:
    """Open a town in a database, let it live, look at it meanwhile, let what waits come to its end, and judge."""
    misses: list[str] = []
    looks = 0
    with using(database), tempfile.TemporaryDirectory() as fees:
        shutil.copytree(ROOT / "src/okpay/pricing/schedules", fees, dirs_exist_ok=True)
        (Path(fees) / "town.toml").write_text(FEES)
        town = open_town(seed)
        running = [
            _start(database, town, process, seconds=seconds, threads=threads, fees=fees)
            for process in range(processes)
        ]
        until = time.monotonic() + seconds
        while time.monotonic() < until and not misses:
            time.sleep(min(LOOK_EVERY_SECONDS, max(0.0, until - time.monotonic())))
            misses += disagreements()
            looks += 1
            say(f"{looks} looks, {_count('movements_movement')} movements")
        told = [_end(process, misses) for process in running]
        residents = [resident for one in told for resident in one["residents"]]
        misses += [error for one in told for error in one["errors"]]
        calm(town)
        misses += disagreements() + _judge_answers(residents) + _without_cause()
        reasons = Counter(
            dict(execute_prepared("SELECT reason, count(*) FROM movements_event GROUP BY reason").fetchall())
        )
        clock.advance(timedelta(days=20))
        calm(town)
        misses += disagreements() + _still_waiting()
        states = Counter(
            {
                State(state).name: count
                for state, count in execute_prepared(
                    "SELECT state, count(*) FROM movements_movement GROUP BY state"
                )
            }
        )
    done: Counter[str] = Counter()
    for resident in residents:
        done.update(resident["done"])
    return Lived(done, states, reasons, looks, misses)


def _start(
    database: str, town: Town, process: int, *, seconds: float, threads: int, fees: str
) -> subprocess.Popen[str]:
    environment = {
        **os.environ,
        "OKPAY_DATABASE_URL": CLUSTER.url(APP_ROLE, database),
        "OKPAY_PRICING": fees,
        "DJANGO_SETTINGS_MODULE": "okpay.config.settings",
        "PYTHONPATH": f"{ROOT / 'src'}{os.pathsep}{ROOT}",
    }
    started = subprocess.Popen(
        [sys.executable, "-m", "tests.laws.resident"],
        cwd=ROOT,
        env=environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert started.stdin is not None
    wanted = {"town": dataclasses.asdict(town), "process": process, "seconds": seconds, "threads": threads}
    people = [[getattr(one, field.name) for field in dataclasses.fields(one)] for one in town.people]
    wanted["town"] = {**dataclasses.asdict(town), "people": people}
    started.stdin.write(json.dumps(wanted, default=str) + "\n")
    started.stdin.flush()
    return started


def _end(process: subprocess.Popen[str], misses: list[str]) -> dict[str, Any]:
    out, err = process.communicate(timeout=120)
    if process.returncode:
        misses.append(f"a process ended with {process.returncode}: {err[-3000:]}")
        return {"residents": [], "errors": []}
    told: dict[str, Any] = json.loads(out.splitlines()[-1])
    return told


def _judge_answers(residents: list[dict[str, Any]]) -> list[str]:
    """Compare what several were told about one order, and what they were told was cancelled with what is."""
    first: dict[str, Any] = {}
    misses = []
    for resident in residents:
        for number, answer in resident["answers"].items():
            if first.setdefault(number, answer) != answer:
                misses.append(f"order {number} was answered {first[number]}, and elsewhere {answer}")
    cancelled = {id_ for resident in residents for id_ in resident["cancelled"]}
    rows = execute_prepared(
        "SELECT id, state FROM movements_movement WHERE id::text = ANY (%s) AND state <> %s LIMIT 1",
        [list(cancelled), int(State.CANCELLED)],
    ).fetchall()
    return misses + [
        f"movement {id_} was said to be cancelled, and is {State(state).name}" for id_, state in rows
    ]


def _without_cause() -> list[str]:
    """Look for what goes on waiting although nothing hinders it: nobody is frozen now, and there is no maintenance."""
    rows = execute_prepared(
        "SELECT id, reason FROM movements_movement WHERE state < 10 AND reason IN ('recipient_frozen', 'maintenance')"
        " LIMIT 3"
    ).fetchall()
    unheard = execute_prepared(
        """SELECT w.movement_id, w.address FROM transfers_waiting w
             JOIN movements_movement m ON m.id = w.movement_id AND m.reason LIKE 'address_not_%%'
             LEFT JOIN account_emailaddress e ON e.email = w.address AND e.verified
             LEFT JOIN identity_phone p ON p.number = w.address AND p.proven_at IS NOT NULL
             JOIN customers_customer c ON c.user_id = coalesce(e.user_id, p.user_id) LIMIT 3"""
    ).fetchall()
    return [f"movement {id_} waits as {reason}, and nothing hinders it" for id_, reason in rows] + [
        f"movement {id_} waits for {address}, which is proven" for id_, address in unheard
    ]


def _still_waiting() -> list[str]:
    rows = execute_prepared("SELECT id, reason FROM movements_movement WHERE state < 10 LIMIT 3").fetchall()
    return [f"movement {id_} still waits as {reason} after its deadline" for id_, reason in rows]


def _count(table: str) -> int:
    row = execute_prepared(f"SELECT count(*) FROM {table}").fetchone()  # noqa: S608 our own table names
    assert row is not None
    return int(row[0])
