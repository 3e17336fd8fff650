"""Everything that is measured: a name, how many clients may suit it, and how one round of it is run."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field

from bench import book, http, people, pgbench
from bench.figures import Round
from bench.peers import database as peers
from bench.single import transfer_script
from bench.workers import Workers, WorkersTask
from okpay.base.cluster import APP_ROLE, OWNER_ROLE, Cluster
from okpay.config.database import SESSION

_SESSION = " ".join(f"-c {name}={value}" for name, value in SESSION.items())


@dataclass
class Workload:
    """Something that is measured in rounds."""

    name: str
    batch: int
    candidates: tuple[int, ...]
    """Numbers of clients to try; the best is used."""
    run: Callable[[float, int], Round]
    """Runs one round of some seconds with some clients."""
    prepare: Callable[[float, int], None] = lambda seconds, clients: None
    entries_per_transfer: int = 0
    """How many entries of the book a transfer makes; 0 for what does not post to the book."""
    database: str = ""
    """Where its transfers are checked afterwards, if they are made over HTTP."""
    size: Callable[[Cluster], int] = book.size
    """Returns the bytes of the tables that are written."""
    clients: int = 0
    rounds: list[Round] = field(default_factory=list)
    acknowledged: int = 0
    """All transfers since the start, also of rounds that do not count."""


def workloads(cluster: Cluster, stack: ExitStack, *, quick: bool) -> list[Workload]:
    """Return what is to be measured, in the order in which rounds are interleaved."""
    url = cluster.url(APP_ROLE, book.DATABASE)
    posting = _Posting(cluster, url, stack.enter_context(Workers(url)))
    people_url = cluster.url(APP_ROLE, people.DATABASE)
    sending = stack.enter_context(Workers(people_url))
    rivals = stack.enter_context(Workers(cluster.url(OWNER_ROLE, peers.DATABASE), peers.SETTINGS))
    chosen = [
        _tpcb(cluster),
        posting.single("uniform", (16,) if quick else (8, 16, 32, 64)),
        posting.single("hot", (8,) if quick else (4, 8, 16, 32)),
        posting.batches(10, "uniform", (4,) if quick else (4, 8)),
        posting.batches(10, "hot", (4,) if quick else (2, 4)),
        posting.batches(100, "uniform", (4,) if quick else (2, 4, 6)),
        posting.batches(100, "hot", (2,) if quick else (1, 2, 4)),
        posting.holds(100, (4,) if quick else (2, 4)),
        posting.batches(1000, "uniform", (3,) if quick else (2, 3)),
        posting.batches(1000, "hot", (2,) if quick else (1, 2)),
        _sending(sending, 100, "uniform", (2,) if quick else (1, 2, 4)),
        _sending(sending, 100, "hot", (2,) if quick else (1, 2)),
        _peer(rivals, "hordak", (4,) if quick else (2, 4, 8)),
        _peer(rivals, "orm", (4,) if quick else (2, 4, 8)),
    ]
    if not quick:
        chosen[3:3] = [
            posting.batches(1, "uniform", (4, 8), ".python"),
            posting.batches(1, "hot", (4, 8), ".python"),
        ]
    return chosen


def http_workloads(cluster: Cluster, stack: ExitStack, *, quick: bool) -> list[Workload]:
    """Return what is measured over HTTP; background work is not running meanwhile."""
    one, two = (http.Service(cluster, stack, processes) for processes in (1, 2))
    many = (128,) if quick else (32, 64, 128, 256)
    few = (8,) if quick else (4, 8, 16)
    return [
        _http(one, "http.transfer.single", "single", many),
        _http(two, "http.transfer.single.two_processes", "single", many),
        _http(one, "http.transfer.hot", "hot", many),
        _http(two, "http.transfer.hot.two_processes", "hot", many),
        _http(one, "http.transfer.bulk_100", "bulk", few),
        _http(two, "http.transfer.bulk_100.two_processes", "bulk", few),
        _http(one, "http.transfer.single.8_connections", "single", (8,)),
        _http(one, "http.transfer.single.half_load", "single", (64,), at_half=True),
        _http(one, "http.movements.page", "page", (16,)),
        _http(one, "web.home", "home", few),
        _http(two, "web.home.two_processes", "home", few),
        _http(one, "web.send", "send", few),
        _http(two, "web.send.two_processes", "send", few),
    ]


def _http(
    service: http.Service, name: str, kind: str, candidates: tuple[int, ...], *, at_half: bool = False
) -> Workload:
    task = http.HttpTask(service, kind, at_half=at_half)
    return Workload(
        name, 100 if kind == "bulk" else 1, candidates, task.run, task.prepare,
        database="" if kind in ("page", "home") else http.DATABASE,
        size=lambda cluster: people.size(cluster, http.DATABASE),
    )  # fmt: skip


def _tpcb(cluster: Cluster) -> Workload:
    url = cluster.url(OWNER_ROLE, pgbench.TPCB_DATABASE)
    return Workload(
        "tpcb",
        1,
        (8, 16, 32, 64),
        lambda seconds, clients: pgbench.run(cluster, url, seconds=seconds, clients=clients),
    )


def _sending(workers: Workers, batch: int, pattern: str, candidates: tuple[int, ...]) -> Workload:
    """Lists of transfers through the list function that every door uses, by Python processes."""
    task = WorkersTask(workers, f"send:{batch}:{pattern}")
    name = f"transfers.send_{batch}.{pattern}"
    return Workload(name, batch, candidates, task.run, task.prepare, size=people.size)


def _peer(rivals: Workers, name: str, candidates: tuple[int, ...]) -> Workload:
    task = WorkersTask(rivals, name)
    return Workload(f"peer.{name}.single", 1, candidates, task.run, task.prepare)


@dataclass
class _Posting:
    """Makes the workloads that post to the book, as the role that the running program has."""

    cluster: Cluster
    url: str
    workers: Workers

    def single(self, pattern: str, candidates: tuple[int, ...]) -> Workload:
        """One transfer a call, by pgbench: the same client as TPC-B's, so that only the server differs."""
        script = transfer_script(self.url, hot=pattern == "hot")
        return Workload(
            f"ledger.batch_1.{pattern}",
            1,
            candidates,
            lambda seconds, clients: pgbench.run(
                self.cluster, self.url, seconds=seconds, clients=clients, script=script, session=_SESSION
            ),
            entries_per_transfer=1,
        )

    def batches(self, batch: int, pattern: str, candidates: tuple[int, ...], way: str = "") -> Workload:
        """Lists of transfers through `post_many`, by Python processes."""
        task = WorkersTask(self.workers, f"post:{batch}:{pattern}")
        name = f"ledger.batch_{batch}{way}.{pattern}"
        return Workload(name, batch, candidates, task.run, task.prepare, entries_per_transfer=1)

    def holds(self, batch: int, candidates: tuple[int, ...]) -> Workload:
        """Lists of reservations and then of their captures."""
        task = WorkersTask(self.workers, f"holds:{batch}")
        name = f"ledger.batch_{batch}.holds"
        return Workload(name, batch, candidates, task.run, task.prepare, entries_per_transfer=2)
