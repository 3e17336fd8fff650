"""What is measured over HTTP: the program as it is served, and a client of its own."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from typing import Any

import psycopg

from bench import people, server
from bench.figures import Round
from bench.workers import WorkerFailed, environment, run_python
from okpay.base.cluster import ADMIN_ROLE, APP_ROLE, Cluster

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
    run_python("bench.fill_keys", cluster.url(APP_ROLE, DATABASE))
    return True


def check(cluster: Cluster, *, transfers: int) -> None:
    """Make sure that each transfer that was acknowledged is there once, and nothing else.

    Raises:
        AnswersAreWrong: It is not so.
    """
    with psycopg.connect(cluster.url(ADMIN_ROLE, DATABASE)) as connection:
        found = connection.execute(
            "SELECT (SELECT count(*) FROM movements_movement WHERE state = 10),"
            " (SELECT count(*) FROM ledger_entry e JOIN movements_movement m ON m.id = e.id),"
            " (SELECT sum(balance_minor * normal_side) FROM ledger_account)"
        ).fetchone()
    if found != (transfers, transfers, 0):
        raise AnswersAreWrong(
            f"{transfers} transfers were acknowledged; movements, entries, sum of balances: {found}."
        )


@dataclass
class Service:
    """The program, serving on a port, and a client's process."""

    port: int
    client: subprocess.Popen[str]
    peak: float = 0
    """The most requests a second so far: what half the load is half of."""

    def order(self, order: dict[str, Any]) -> dict[str, Any]:
        """Give the client an order and return its answer.

        Raises:
            WorkerFailed: It ended.
        """
        assert self.client.stdin is not None
        assert self.client.stdout is not None
        self.client.stdin.write(json.dumps({**order, "port": self.port, "people": people.PEOPLE}) + "\n")
        self.client.stdin.flush()
        line = self.client.stdout.readline()
        if not line:
            raise WorkerFailed("The client of the API ended; the reason stands above.")
        answer: dict[str, Any] = json.loads(line)
        return answer


@contextmanager
def served(cluster: Cluster, processes: int) -> Iterator[Service]:
    """Start the program in some processes, and a client; stop both afterwards."""
    url = cluster.url(APP_ROLE, DATABASE)
    with ExitStack() as stack:
        program = stack.enter_context(_process("bench.served", url, str(processes)))
        assert program.stdout is not None
        port = program.stdout.readline().strip()
        if not port:
            raise WorkerFailed("The program did not start; the reason stands above.")
        yield Service(int(port), stack.enter_context(_process("bench.http_client", url)))


@contextmanager
def _process(module: str, url: str, *arguments: str) -> Iterator[subprocess.Popen[str]]:
    process = subprocess.Popen(
        [sys.executable, "-m", module, *arguments],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        env={**environment(url), "OKPAY_API_RATE": str(RATE)},
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
    _rate: float = field(default=0)

    def prepare(self, seconds: float, clients: int) -> None:
        """Let the client build its requests, which is not part of what is measured."""
        rate = self.service.peak if self.at_half else self._rate
        self.service.order({"kind": self.kind, "prepare": seconds, "rate": rate})

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
