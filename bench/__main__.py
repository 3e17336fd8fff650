"""`./okpay bench [--quick]`: measure the book beside TPC-B and the peers."""

from __future__ import annotations

import argparse
import re
import sys
import time
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from bench import book, growth, http, people, pgbench, report, rounds, server
from bench.figures import Figure, summarise
from bench.machine import machine
from bench.peers import database as peers
from bench.workers import WorkerFailed
from bench.workloads import Workload, http_workloads, workloads
from okpay.base.cluster import ADMIN_ROLE, Cluster, ClusterError
from okpay.base.folders import FolderError


@dataclass(frozen=True, slots=True)
class Plan:
    """How long everything takes."""

    rounds: int
    seconds: float
    pilot_seconds: float


_FAILURES = (
    server.NotDurable,
    pgbench.PgbenchFailed,
    WorkerFailed,
    book.BookIsWrong,
    people.PeopleAreWrong,
    http.RequestsFailed,
    http.AnswersAreWrong,
)
FULL = Plan(rounds=5, seconds=5, pilot_seconds=3)
QUICK = Plan(rounds=3, seconds=1, pilot_seconds=1)


def main(argv: list[str] | None = None) -> int:
    """Measure, print the table, write the results; return the exit status."""
    options = _options(argv)
    plan = QUICK if options.quick else FULL
    seconds = options.seconds or plan.seconds
    plan = Plan(options.rounds or plan.rounds, seconds, min(seconds, plan.pilot_seconds))
    try:
        cluster = server.own_cluster("bench", "OKPAY_BENCH_HOME", is_roomy=True)
        started = cluster.start()
    except (FolderError, ClusterError) as error:
        print(error, file=sys.stderr)
        return 1
    try:
        return _bench(cluster, plan, options)
    except _FAILURES as error:
        print(f"\n{error}", file=sys.stderr)
        return 1
    finally:
        if started:
            cluster.stop()


def _options(argv: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="okpay bench", description="Measure the book and the API beside TPC-B and the peers."
    )
    parser.add_argument(
        "--quick", action="store_true", help="under two minutes: short rounds, fixed numbers of clients"
    )
    parser.add_argument(
        "--only", default="", metavar="PATTERN", help="only figures whose name this expression finds"
    )
    parser.add_argument(
        "--growth", action="store_true",
        help="the API on a book of ten thousand postings and on one of ten million; the first run fills it",
    )  # fmt: skip
    parser.add_argument("--rounds", type=int, help="how often everything is measured")
    parser.add_argument("--seconds", type=float, help="how long a round takes")
    parser.add_argument("--output", type=Path, help="where the results are written")
    options = parser.parse_args(argv)
    options.output = options.output or report.RESULTS / ("growth.json" if options.growth else "latest.json")
    return options


def _bench(cluster: Cluster, plan: Plan, options: argparse.Namespace) -> int:
    begun = time.monotonic()
    settings: dict[str, Any] = dict(server.durability(cluster))
    print("durable: " + ", ".join(f"{name} = {settings[name]}" for name in server.DURABLE))
    fdatasync = server.fsync_latency(cluster)
    print("fdatasync of 8 kB: p50 {p50_ms} ms, p99 {p99_ms} ms".format(**fdatasync))
    _prepare(cluster)
    grown = _grow(cluster) if options.growth else []
    entries, postings = book.rows(cluster)
    before = {one.name: http.completed(cluster, one.name) for one in grown}
    with ExitStack() as stack:
        chosen = [
            workload
            for workload in _workloads(cluster, stack, grown, quick=options.quick)
            if workload.name == "tpcb" or re.search(options.only, workload.name)
        ]
        _measure(cluster, chosen, plan)
    _check(cluster, chosen, entries, postings, before)
    figures = _figures(chosen)
    print()
    print(report.table(figures))
    print("\nThe book holds exactly what was acknowledged, and it balances.")
    settings |= {
        "quick": options.quick, "rounds": plan.rounds, "seconds_per_round": plan.seconds,
        "accounts": book.ACCOUNTS, "pgbench_scale": pgbench.SCALE,
    }  # fmt: skip
    content = {
        "measured_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "duration_seconds": round(time.monotonic() - begun),
        "machine": machine(cluster.url(ADMIN_ROLE, "postgres")),
        "settings": settings,
        "fdatasync_8kb": fdatasync,
    }
    if any(one.name.startswith("http.") for one in chosen):
        content["client_microseconds_per_request"] = http.client_cost(cluster, seconds=plan.pilot_seconds)
    if grown:
        content["growth"] = [asdict(one) for one in grown]
    report.write(options.output, content, figures)
    print(f"written to {options.output}")
    return 0


def _prepare(cluster: Cluster) -> None:
    for what, prepare in (
        (f"pgbench's tables at scale {pgbench.SCALE}", pgbench.prepare_tpcb),
        (f"a book with {book.ACCOUNTS:,} wallets", book.prepare),
        (f"{people.PEOPLE:,} people who send", people.prepare),
        ("the peers' database", peers.prepare),
        ("the same people with API keys", http.prepare),
    ):
        start = time.monotonic()
        print(f"preparing {what} …", flush=True)
        made = prepare(cluster)
        print(f"  {'filled' if made else 'there already'}, {time.monotonic() - start:.1f} s")


def _grow(cluster: Cluster) -> list[growth.Grown]:
    made = []
    for postings in growth.POSTINGS:
        print(f"preparing a book with {postings:,} postings …", flush=True)
        one, is_new = growth.prepare(cluster, postings)
        made.append(one)
        print(
            f"  {'filled' if is_new else 'there already, filled'} in {one.seconds:.0f} s,"
            f" verified in {one.verify_seconds:.0f} s, {one.bytes / 2**30:.2f} GiB"
        )
    return made


def _workloads(
    cluster: Cluster, stack: ExitStack, grown: list[growth.Grown], *, quick: bool
) -> list[Workload]:
    usual = [*workloads(cluster, stack, quick=quick), *http_workloads(cluster, stack, quick=quick)]
    if not grown:
        return usual
    return [usual[0], *(one for of in grown for one in growth.workloads(cluster, stack, of, quick=quick))]


def _measure(cluster: Cluster, chosen: list[Workload], plan: Plan) -> None:
    steps = sum(len(workload.candidates) for workload in chosen) + plan.rounds * len(chosen)
    print(f"{len(chosen)} figures, {plan.rounds} rounds of {plan.seconds:g} s each")
    progress = rounds.Progress(steps)
    server.checkpoint(cluster)
    for workload in chosen:
        rounds.choose_clients(cluster, workload, plan.pilot_seconds, progress)
    rounds.measure(cluster, chosen, rounds=plan.rounds, seconds=plan.seconds, progress=progress)
    progress.finish()


def _check(
    cluster: Cluster, chosen: list[Workload], entries: int, postings: int, before: dict[str, int]
) -> None:
    """Check the book against what it held before and what was acknowledged since."""
    print("checking the book …", flush=True)
    for workload in chosen:
        entries += workload.acknowledged * workload.entries_per_transfer
        postings += 2 * workload.acknowledged if workload.entries_per_transfer else 0
    book.check(cluster, entries=entries, postings=postings)
    for database, transfers in {http.DATABASE: 0, **before}.items():
        made = sum(one.acknowledged for one in chosen if one.database == database)
        http.check(cluster, database, transfers=transfers + made)
    acknowledged = {workload.name: workload.acknowledged for workload in chosen}
    sent = sum(count for name, count in acknowledged.items() if name.startswith("transfers."))
    people.check(cluster, transfers=sent)
    peers.check(
        cluster,
        hordak=acknowledged.get("peer.hordak.single", 0),
        plain=acknowledged.get("peer.orm.single", 0),
    )


def _figures(chosen: list[Workload]) -> dict[str, Figure]:
    figures: dict[str, Figure] = {}
    for workload in chosen:
        tpcb = figures["tpcb"].per_second if "tpcb" in figures else None
        figures[workload.name] = summarise(
            workload.rounds, tpcb_per_second=tpcb, clients=workload.clients, batch=workload.batch
        )
    return figures


if __name__ == "__main__":
    sys.exit(main())
