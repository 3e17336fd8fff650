"""What is measured over HTTP: the program as it is served, and a client of its own."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg

from bench import people, server
from bench.figures import Round
from bench.workers import WorkerFailed, environment, run_python
from okpay.base.cluster import ADMIN_ROLE, APP_ROLE, Cluster
from okpay.doors.cli.assets import collect_assets

DATABASE = "bench_http"
RATE = 1_000_000
"""Requests a second for each key: what is measured is the program, not its bounds."""


class RequestsFailed(Exception):
    """Some requests were not answered as they should be; the message shows some of them."""


class AnswersAreWrong(Exception):
    """What the program acknowledged is not what stands in the database."""


def prepare(cluster: Cluster) -> bool:
    """Make a database of people with money and keys, from the one that `people.prepare` has made."""
    server.recreate(cluster, DATABASE, people.DATABASE)
    for fill in ("bench.fill_keys", "bench.fill_web"):
        run_python(fill, cluster.url(APP_ROLE, DATABASE))
    collect_assets(_assets(cluster))
    return True


def _assets(cluster: Cluster) -> Path:
    return cluster.folder / "assets"


def completed(cluster: Cluster, database: str) -> int:
    """Return how many transfers have arrived.

    Raises:
        AnswersAreWrong: There are not as many entries of them, or the book does not balance.
    """
    with psycopg.connect(cluster.url(ADMIN_ROLE, database)) as connection:
        row = connection.execute(
            "SELECT (SELECT count(*) FROM movements_movement WHERE state = 10),"
            " (SELECT count(*) FROM ledger_entry e JOIN movements_movement m ON m.id = e.id),"
            " (SELECT sum(balance_minor * normal_side) FROM ledger_account)"
        ).fetchone()
    assert row is not None
    movements, entries, sum_of_balances = row
    if movements != entries or sum_of_balances != 0:
        raise AnswersAreWrong(
            f"{database} has {movements} movements with {entries} entries, and its balances sum to {sum_of_balances}."
        )
    return int(movements)


def check(cluster: Cluster, database: str, *, transfers: int) -> None:
    """Make sure that each transfer that was acknowledged is there once, and nothing else.

    Raises:
        AnswersAreWrong: It is not so.
    """
    found = completed(cluster, database)
    if found != transfers:
        raise AnswersAreWrong(f"{transfers} transfers were acknowledged, and {database} has {found}.")


def client_cost(cluster: Cluster, *, seconds: float) -> dict[str, float]:
    """Return how many microseconds of processor the client needs for a request, against a server that does nothing."""
    url = cluster.url(APP_ROLE, DATABASE)
    found = {}
    with ExitStack() as stack:
        client = _client(stack, url, stack.enter_context(_process("bench.trivial", url)))
        for kind, rate in (("single", 20_000), ("bulk", 300)):
            client.order({"kind": kind, "prepare": seconds, "rate": rate})
            answer = client.order({"kind": kind, "run": seconds, "connections": 32, "pace": 0})
            found[kind] = round(1e6 * answer["cpu_seconds"] / max(len(answer["latencies_ms"]), 1), 1)
    return found


@dataclass
class Service:
    """The program, serving on a port, and a client's process; both are started when the first order comes."""

    cluster: Cluster
    stack: ExitStack = field(repr=False)
    """What ends them."""
    processes: int
    database: str = DATABASE
    peak: float = 0
    """The most requests a second so far: what half the load is half of."""
    _client: _Client | None = None

    def order(self, order: dict[str, Any]) -> dict[str, Any]:
        """Give the client an order and return its answer.

        Raises:
            WorkerFailed: It ended.
        """
        if self._client is None:
            self._client = self._start()
        return self._client.order(order)

    def _start(self) -> _Client:
        url = self.cluster.url(APP_ROLE, self.database)
        styles = {"OKPAY_ASSETS": str(_assets(self.cluster))}
        program = self.stack.enter_context(_process("bench.served", url, str(self.processes), **styles))
        return _client(self.stack, url, program)


@dataclass
class _Client:
    """A client's process, and the port that it talks to."""

    port: int
    process: subprocess.Popen[str]

    def order(self, order: dict[str, Any]) -> dict[str, Any]:
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(json.dumps({**order, "port": self.port, "people": people.PEOPLE}) + "\n")
        self.process.stdin.flush()
        line = self.process.stdout.readline()
        if not line:
            raise WorkerFailed("The client of the API ended; the reason stands above.")
        answer: dict[str, Any] = json.loads(line)
        return answer


def _client(stack: ExitStack, url: str, program: subprocess.Popen[str]) -> _Client:
    """Start a client of a program that prints its port once it answers."""
    assert program.stdout is not None
    port = program.stdout.readline().strip()
    if not port:
        raise WorkerFailed("The program did not start; the reason stands above.")
    return _Client(int(port), stack.enter_context(_process("bench.http_client", url)))


@contextmanager
def _process(module: str, url: str, *arguments: str, **variables: str) -> Iterator[subprocess.Popen[str]]:
    process = subprocess.Popen(
        [sys.executable, "-m", module, *arguments],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        env={**environment(url), "OKPAY_API_RATE": str(RATE), **variables},
    )  # fmt: skip
    try:
        yield process
    finally:
        assert process.stdin is not None
        process.stdin.close()
        process.terminate()
        process.wait(timeout=60)


@dataclass
class HttpTask:
    """Requests of one kind, in rounds."""

    service: Service
    kind: str
    at_half: bool = False
    """At half of the peak load, instead of as fast as it goes."""
    marks: list[tuple[int, str]] = field(default_factory=list, repr=False)
    """People with long records, and cursors with which they ask for a page deep in them."""
    _rate: float = field(default=0)

    def prepare(self, seconds: float, clients: int) -> None:
        """Let the client build its requests, which is not part of what is measured."""
        rate = self.service.peak if self.at_half else self._rate
        if self.at_half and not rate:
            raise RequestsFailed("Half of the load is half of http.transfer.single's: measure that one, too.")
        self.service.order({"kind": self.kind, "prepare": seconds, "rate": rate, "marks": self.marks})

    def run(self, seconds: float, clients: int) -> Round:
        """Let the client send for a while and return what was done.

        Raises:
            RequestsFailed: One was not answered as it should be.
        """
        pace = self.service.peak / 2 if self.at_half else 0
        order = {"kind": self.kind, "run": seconds, "connections": clients, "pace": pace}
        answer = self.service.order(order)
        if answer["failed"]:
            shown = "\n".join(answer["bad"])
            raise RequestsFailed(f"{answer['failed']} requests to {self.kind} failed, such as:\n{shown}")
        self._rate = len(answer["latencies_ms"]) / answer["seconds"]
        if self.kind == "single" and not self.at_half:
            self.service.peak = max(self.service.peak, self._rate)
        return Round(
            transfers=answer["transfers"],
            per_second=answer["transfers"] / answer["seconds"],
            latencies_ms=answer["latencies_ms"],
            retries=0,
        )
