"""`./okpay prove kills --http`: kill -9 under the API. Clients send over HTTP, and keep a journal.

200 clients send transfers, lists and cancellations to the program as `okpay run` starts it. At random moments one of
its processes, all of it, all of PostgreSQL or one of PostgreSQL's processes is killed; clients send again what was not
answered, under the same key. Then a thousand keys are sent fifty times at once, and many keys once more. In the end
nothing acknowledged may be missing, nothing be there twice, no key have waited for a minute, and every answer to a key
be the first one.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import threading
import time
import uuid
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from okpay.base.cluster import Cluster
from prove import results, running
from prove.http_clients import Client, Line, send_in_parallel
from prove.http_journal import Journal, Order, Story
from prove.http_people import Holder, open_holders
from prove.http_program import KINDS, Program, free_port, prepare
from prove.saying import Say

FULL = {"times": 200, "clients": 200, "keys": 1_000, "at_once": 50, "again": 20_000}
QUICK = {"times": 2, "clients": 20, "keys": 20, "at_once": 20, "again": 400}
"""For trying the proof."""
_SOME_ANSWERS = 40
_BACK_SECONDS = 90
"""How long it may take after a kill until answers come again."""
_ROUNDS_AT_ONCE = 4


def run(options: argparse.Namespace) -> int:
    """Run the proof, write its result; return 1 when there was a miss."""
    return running.run(options, "prove-http", lambda cluster: _run(cluster, prepare(cluster), options))


def _run(cluster: Cluster, home: Path, options: argparse.Namespace) -> tuple[dict[str, object], list[str]]:
    # Only now: the settings read the address of the database.
    import django

    django.setup()
    from prove.http_judgement import judge

    say, chance = Say(), random.Random(options.seed)
    say(f"opening {options.clients} people")
    holders = open_holders(options.clients)
    django.db.connection.close()
    # The program starts its own PostgreSQL, and starts it again when it dies.
    cluster.stop()
    program = Program(cluster, home, free_port())
    path = home / "kills.journal"
    crowd = _Crowd(holders, program.port, Journal(path), options.seed)
    program.start()
    try:
        program.wait_until_ready()
        crowd.start()
        kills, misses = _kill(program, crowd, options.times, chance, say)
        misses += crowd.stop()
        program.wait_until_ready()
        say("sending equal requests at once")
        parallel, found = crowd.send_in_parallel(options.keys, options.at_once)
        misses += found
        say("sending many keys once more")
        story = Story()
        story.read(path)
        crowd.send_again(_chosen(story, options.again, chance))
    finally:
        crowd.close()
        program.stop()
    cluster.start()
    story = Story()
    story.read(path)
    counts, found = judge(story, holders, say)
    told: dict[str, object] = {"clients": options.clients, "kills": dict(kills), "in_parallel": parallel}
    return {**told, **counts}, [*misses, *found]


def _kill(
    program: Program, crowd: _Crowd, times: int, chance: random.Random, say: Say
) -> tuple[Counter[str], list[str]]:
    """Kill each kind so many times, in a random order; return how often each was killed, and misses."""
    order = [kind for kind in KINDS for _ in range(times)]
    chance.shuffle(order)
    kills, misses = Counter[str](), list[str]()
    while order and len(misses) < results.MOST_MISSES:
        # Mostly under full load, sometimes while everything still gets going again.
        if chance.random() < 0.85 and not crowd.wait_for_answers(_SOME_ANSWERS, _BACK_SECONDS):
            misses.append(f"after {dict(kills)} there was no answer for {_BACK_SECONDS} s")
        time.sleep(chance.uniform(0, 1.0))
        if program.has_ended():
            misses.append(f"after {dict(kills)} the program had ended by itself")
            program.start()
            continue
        say(f"kill {kills.total() + 1}: {order[-1]}; answers so far: {crowd.journal.answers:,}")
        if program.kill(order[-1], chance):
            kills[order.pop()] += 1
    return kills, misses


def _chosen(story: Story, most: int, chance: random.Random) -> list[Order]:
    """Return what is sent once more: all that was in doubt, and others."""
    doubtful = sorted(story.doubtful)
    others = sorted(story.told.keys() - story.doubtful)
    chance.shuffle(others)
    return [story.told[key].order for key in [*doubtful, *others][:most]]


class _Crowd:
    """All clients, on an event loop in a thread of their own."""

    def __init__(self, holders: Sequence[Holder], port: int, journal: Journal, seed: int) -> None:
        self.journal = journal
        self._holders, self._port = holders, port
        self._chance = random.Random(f"{seed} in parallel")
        self._clients = [
            Client(one, holders, port, journal, random.Random(f"{seed}-{one.number}")) for one in holders
        ]
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="clients", daemon=True)
        self._thread.start()
        self._enough = asyncio.Event()
        self._running: list[asyncio.Task[None]] = []

    def start(self) -> None:
        """Let the clients begin."""

        async def begin() -> None:
            self._running = [asyncio.create_task(client.run(self._enough)) for client in self._clients]

        asyncio.run_coroutine_threadsafe(begin(), self._loop).result()

    def wait_for_answers(self, count: int, seconds: float) -> bool:
        """Wait until so many more answers are there; tell whether they came in time."""
        wanted, deadline = self.journal.answers + count, time.monotonic() + seconds
        while self.journal.answers < wanted:
            if time.monotonic() > deadline:
                return False
            time.sleep(0.02)
        return True

    def stop(self) -> list[str]:
        """Let the clients end what they have begun; return what went wrong with them."""

        async def end() -> list[str]:
            self._enough.set()
            ended = await asyncio.gather(*self._running, return_exceptions=True)
            return [f"client: {type(one).__name__} {one}" for one in ended if one is not None]

        return asyncio.run_coroutine_threadsafe(end(), self._loop).result()

    def send_in_parallel(self, keys: int, at_once: int) -> tuple[dict[str, int], list[str]]:
        """Send so many keys so many times at once; return counts and misses."""

        async def all_of_it() -> tuple[dict[str, int], list[str]]:
            parts = [range(start, keys, _ROUNDS_AT_ONCE) for start in range(_ROUNDS_AT_ONCE)]
            done = await asyncio.gather(*(self._rounds(part, at_once) for part in parts))
            return {"keys": keys, "at_once": at_once}, [miss for misses in done for miss in misses]

        return asyncio.run_coroutine_threadsafe(all_of_it(), self._loop).result()

    def send_again(self, orders: Sequence[Order]) -> None:
        """Send orders once more, each until it is answered."""

        async def of_one(client: Client, theirs: list[Order]) -> None:
            for order in theirs:
                self.journal.twice(order)
                await client.until_answered(order)

        async def all_of_it() -> None:
            theirs: list[list[Order]] = [[] for _ in self._clients]
            for order in orders:
                theirs[order.payer].append(order)
            await asyncio.gather(*map(of_one, self._clients, theirs))

        asyncio.run_coroutine_threadsafe(all_of_it(), self._loop).result()

    def close(self) -> None:
        """End the thread."""
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self.journal.close()

    async def _rounds(self, numbers: range, at_once: int) -> list[str]:
        lines, misses = [Line(self._port) for _ in range(at_once)], list[str]()
        for number in numbers:
            payer, payee = (self._holders[(number + step) % len(self._holders)] for step in (0, 1))
            # Some want more than there is: a refusal is an answer, too, and the same one each time.
            minor = 900_000_000 if number % 10 == 9 else self._chance.randint(1, 9)
            key = str(uuid.UUID(int=self._chance.getrandbits(128)))
            order = Order(key, "transfer", payer.number, ((payee.email, minor, 0),))
            answers = await send_in_parallel(order, payer.secret, lines, self.journal)
            if (first := sum(not is_replay for _, is_replay in answers)) != 1:
                misses.append(f"{key} was sent {at_once} times at once, and {first} answers were the first")
            if len(different := {answer for answer, _ in answers}) != 1:
                misses.append(f"{key} was sent {at_once} times at once, and answered {different}")
        for line in lines:
            line.close()
        return misses
