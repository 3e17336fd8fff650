"""`./okpay prove chaos`: top-ups and transfers by the pages, while everything is killed and answers get lost.

People press the buttons of the real pages, until they are answered. Meanwhile the web, the worker and PostgreSQL are
killed with -9 at random moments, and a part of the acquirer's answers is lost or comes twice. In the end nothing may
be lost, nothing be there twice, nothing be `unknown` past its deadline, and the book, the movements and the acquirer
must agree to the last cent.
"""

from __future__ import annotations

import argparse
import os
import random
import socket
import sys
import time
from collections import Counter
from datetime import timedelta
from pathlib import Path

import psycopg

from bench import server
from okpay.base.cluster import ADMIN_ROLE, APP_ROLE, OWNER_ROLE, Cluster
from okpay.base.encryption import create_key_ring
from okpay.base.provision import create_database, migrate
from okpay.doors.cli.assets import collect_assets
from prove import results, running
from prove.chaos_clients import Client, Person, Tale
from prove.chaos_stage import KINDS, WEIGHTS, Stage
from prove.saying import Say

DATABASE = "prove_chaos"
LOST, DOUBLED = 0.1, 0.1
_QUIET_SECONDS = 240


def main(argv: list[str]) -> int:
    """Run the proof, write its result; return 1 when there was a miss."""
    options = _options(argv)

    def prove(cluster: Cluster) -> running.Found:
        folder = _prepare(cluster)
        return _run(Stage(cluster, folder, _free_port()), options)

    return running.run(options, "prove", prove)


def _options(argv: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="okpay prove chaos", description=__doc__)
    parser.add_argument("--top-ups", type=int, default=2_000, help="how many top-ups (2000)")
    parser.add_argument("--transfers", type=int, default=5_000, help="how many transfers (5000)")
    parser.add_argument("--people", type=int, default=20, help="how many people at the pages (20)")
    parser.add_argument("--pause", type=float, default=9.0, help="seconds between kills at the most (9)")
    parser.add_argument("--seed", type=int, default=1, help="of everything that is left to chance (1)")
    parser.add_argument(
        "--output", type=Path, default=results.FOLDER / "chaos.json", help="where the result goes"
    )
    return parser.parse_args(argv)


def _prepare(cluster: Cluster) -> Path:
    server.durability(cluster)
    with psycopg.connect(cluster.url(ADMIN_ROLE, "postgres"), autocommit=True) as connection:
        server.drop(connection, DATABASE)
    create_database(cluster, DATABASE)
    folder = cluster.folder / "chaos"
    folder.mkdir(exist_ok=True)
    for path in [*folder.glob("*.log"), *folder.glob("sandbox/*"), *folder.glob("*.jsonl")]:
        path.unlink()
    (folder / "sandbox").mkdir(exist_ok=True)
    keys = folder / "keys"
    if not (keys / "keyring.json").exists():
        create_key_ring(keys)
    os.environ["OKPAY_KEYS"] = str(keys)
    os.environ["OKPAY_MODE"] = "trial"
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "okpay.config.settings")
    migrate(cluster.url(OWNER_ROLE, DATABASE))
    os.environ["OKPAY_DATABASE_URL"] = cluster.url(APP_ROLE, DATABASE)
    assets = folder / "assets"
    collect_assets(assets)
    os.environ["OKPAY_ASSETS"] = str(assets)
    return folder


def _run(stage: Stage, options: argparse.Namespace) -> tuple[dict[str, object], list[str]]:
    say, chance = Say(), random.Random(options.seed)
    os.environ["OKPAY_ORIGIN"] = f"http://localhost:{stage.port}"
    stage.start_acquirer(lost=LOST, doubled=DOUBLED, seed=options.seed)
    # Only now: the settings read where the acquirer and the database are.
    import django

    django.setup()
    from prove import chaos_judgement
    from prove.chaos_people import open_person

    people = [open_person(number) for number in range(options.people)]
    django.db.connection.close()
    tale, misses, kills = Tale(), list[str](), Counter[str]()
    try:
        for name in ("web", "worker"):
            stage.start(name)
        stage.wait_until_ready()
        clients = _clients(people, stage.port, options, tale)
        for client in clients:
            client.start()
        while any(client.is_alive() for client in clients):
            time.sleep(chance.uniform(0.2, options.pause))
            if ended := stage.ended():
                misses.append(f"ended by themselves: {ended}")
                for name in ended:
                    stage.start(name)
            kind = chance.choices(KINDS, WEIGHTS)[0]
            say(f"kill {kills.total() + 1}: {kind}; told so far: {dict(tale.counts())}")
            stage.kill(kind)
            kills[kind] += 1
        rates = stage.set_rates(lost=0, doubled=0, seed=0)
        stage.wait_until_ready()
        misses += chaos_judgement.wait_for_quiet(_QUIET_SECONDS, say)
        # What was delayed arrives, and what nobody claims comes back.
        for step in (timedelta(hours=3), timedelta(days=15)):
            chaos_judgement.advance(step)
            misses += chaos_judgement.wait_for_quiet(_QUIET_SECONDS, say)
        counts, found = chaos_judgement.judge(tale, say)
    finally:
        stage.stop()
    told = {
        "people": options.people,
        "kills": dict(kills),
        "asked_again": tale.asked_again,
        "answers_lost_or_doubled": LOST + DOUBLED,
        "acquirer": rates,
    }
    return {**told, **counts}, [*misses, *tale.problems, *found]


def _clients(people: list[Person], port: int, options: argparse.Namespace, tale: Tale) -> list[Client]:
    clients = []
    for number, person in enumerate(people):
        # A dozen others at most: only so many new people may be looked up in a day.
        others = [people[(number + step) % len(people)] for step in range(1, min(len(people), 8))]
        clients.append(
            Client(
                person,
                port,
                others,
                top_ups=_share(options.top_ups, number, len(people)),
                transfers=_share(options.transfers, number, len(people)),
                seed=f"{options.seed}-{number}",
                tale=tale,
            )
        )
    return clients


def _share(total: int, number: int, people: int) -> int:
    return total // people + (number < total % people)


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port: int = probe.getsockname()[1]
    return port


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
