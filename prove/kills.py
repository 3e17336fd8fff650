"""`./okpay prove kills`: kill -9 the posting program and PostgreSQL, again and again, and compare the book afterwards.

Clients send transfers, holds and captures, and note what they send and what they are answered. At random moments the
program, the whole of PostgreSQL, or both are killed and started again; clients send again what was not answered,
under the same ids. In the end nothing acknowledged may be missing, nothing may be there twice, and no key be stuck.
"""

from __future__ import annotations

import argparse
import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import psycopg

from bench import server
from okpay.base.cluster import ADMIN_ROLE, APP_ROLE, OWNER_ROLE, Cluster
from okpay.base.provision import create_database, migrate
from prove import kills_http, results, running
from prove.journal import Story
from prove.killing import kill_postgresql
from prove.saying import Say

DATABASE = "prove_kills"
CLIENTS = 16
KINDS = ("program", "postgresql", "both")
_WEIGHTS = (4, 4, 2)
_STOP_SECONDS = 60
_SOME_WORK_BYTES = 8_000


class Stage:
    """The server and the posting program, to be killed and started again."""

    def __init__(self, cluster: Cluster, folder: Path, seed: int) -> None:
        self.cluster, self.folder, self.seed = cluster, folder, seed
        self.starts = 0
        self._program: subprocess.Popen[bytes] | None = None

    def start_program(self) -> None:
        """Start the posting program; its random numbers differ from start to start."""
        self.starts += 1
        self._program = subprocess.Popen(
            [sys.executable, "-m", "prove.poster", self.folder, str(CLIENTS), f"{self.seed}-{self.starts}"]
        )

    def kill(self, kind: str) -> None:
        """Kill what the kind says, at once and without warning, and start it again."""
        if kind != "postgresql":
            self._kill_program()
        if kind != "program":
            kill_postgresql(self.cluster)
            self.cluster.start()
        if kind != "postgresql":
            self.start_program()

    def end_program(self) -> int:
        """Ask the program to end properly and return its exit status; kill it when it does not end."""
        if self._program is None:
            return 0
        self._program.terminate()
        try:
            return self._program.wait(timeout=_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._kill_program()
            return -signal.SIGKILL

    def program_ended(self) -> bool:
        """Tell whether the program has ended by itself, which it must not."""
        return self._program is not None and self._program.poll() is not None

    def written(self) -> int:
        """Return the size of all journals: it grows while the clients get answers."""
        return sum(path.stat().st_size for path in self.folder.glob("*.journal"))

    def _kill_program(self) -> None:
        assert self._program is not None
        self._program.kill()
        self._program.wait()


def main(argv: list[str]) -> int:
    """Run the proof, write its result; return 1 when there was a miss."""
    options = _options(argv)
    if options.http:
        return kills_http.run(options)

    def prove(cluster: Cluster) -> running.Found:
        folder = cluster.folder / "kills"
        _prepare(cluster, folder)
        return _run(Stage(cluster, folder, options.seed), options.times, random.Random(options.seed))

    return running.run(options, "prove", prove)


def _options(argv: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="okpay prove kills", description=__doc__)
    parser.add_argument("--times", type=int, help="how many kills (100); over HTTP, of each kind (200)")
    parser.add_argument("--seed", type=int, default=1, help="of the moments, the kinds and the amounts (1)")
    parser.add_argument("--output", type=Path, help="where the result goes")
    parser.add_argument(
        "--http", action="store_true", help="kill the whole program, under clients of its API"
    )
    over = parser.add_argument_group("over HTTP")
    over.add_argument("--quick", action="store_true", help="two kills of each kind, few clients, few keys")
    over.add_argument("--clients", type=int, help="how many clients (200)")
    over.add_argument("--keys", type=int, help="how many keys are sent many times at once (1000)")
    over.add_argument("--at-once", type=int, help="how many times each of them (50)")
    over.add_argument("--again", type=int, help="how many keys are sent once more in the end (20,000)")
    options = parser.parse_args(argv)
    usual = kills_http.QUICK if options.quick else kills_http.FULL if options.http else {"times": 100}
    for name, value in usual.items():
        if getattr(options, name) is None:
            setattr(options, name, value)
    name = "kills-http.json" if options.http else "kills.json"
    options.output = options.output or results.FOLDER / name
    return options


def _prepare(cluster: Cluster, folder: Path) -> None:
    server.durability(cluster)
    with psycopg.connect(cluster.url(ADMIN_ROLE, "postgres"), autocommit=True) as connection:
        server.drop(connection, DATABASE)
    create_database(cluster, DATABASE)
    migrate(cluster.url(OWNER_ROLE, DATABASE))
    folder.mkdir(exist_ok=True)
    for path in folder.glob("*.journal"):
        path.unlink()
    os.environ["OKPAY_DATABASE_URL"] = cluster.url(APP_ROLE, DATABASE)
    os.environ["OKPAY_MODE"] = "trial"
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "okpay.config.settings")


def _run(stage: Stage, times: int, random_numbers: random.Random) -> tuple[dict[str, object], list[str]]:
    # Only now: the settings read the address of the database.
    import django

    django.setup()
    from prove import book, judgement

    say, kills, misses = Say(), Counter[str](), list[str]()
    book.fill()
    django.db.connection.close()
    stage.start_program()
    try:
        for number in range(1, times + 1):
            _wait(stage, random_numbers)
            if stage.program_ended():
                misses.append(f"the posting program ended by itself before kill {number}")
                break
            kind = random_numbers.choices(KINDS, _WEIGHTS)[0]
            say(f"kill {number} of {times}: {kind}; {stage.written() / 1e6:.1f} MB of journals")
            stage.kill(kind)
            kills[kind] += 1
        _wait(stage, random_numbers)
    finally:
        status = stage.end_program()
    if status != 0:
        misses.append(f"the posting program did not end properly: {status}")
    story = Story()
    for path in sorted(stage.folder.glob("*.journal")):
        story.read(path)
    counts, found = judgement.judge(story, say)
    return {**_told(story), "kills": dict(kills), "clients": CLIENTS, **counts}, [*misses, *found]


def _wait(stage: Stage, random_numbers: random.Random) -> None:
    """Wait for a random moment: mostly under full load, sometimes while everything still gets going again."""
    if random_numbers.random() < 0.8:
        before, deadline = stage.written(), time.monotonic() + 30
        while (
            stage.written() < before + _SOME_WORK_BYTES
            and time.monotonic() < deadline
            and not stage.program_ended()
        ):
            time.sleep(0.02)
    time.sleep(random_numbers.uniform(0, 1.5))


def _told(story: Story) -> dict[str, object]:
    answers = Counter(answer.name.lower() for given in story.answers.values() for answer in given)
    found_posted = sum(1 for given in story.answers.values() if given[0].name == "REPLAYED")
    return {
        "operations": len(story.sent),
        "acknowledged": len(story.accepted()),
        "in_doubt": len(story.doubtful),
        "in_doubt_and_found_posted": found_posted,
        "repeated_on_purpose": story.asked_twice,
        "answers": dict(answers),
    }
