"""`./okpay prove enumeration`: can somebody who is not signed in tell whether an address is known, by taking the time?

Sign-in with a wrong password, sign-up, and the request for a new password are sent for known and unknown addresses in
random turns, through the whole application on a real database, and each answer is timed. What an attacker can make of
the times is the area under the ROC curve (AUC): 0.5 is a coin, 1 is certainty. Status, size and target of the answers
must not differ at all.
"""

from __future__ import annotations

import argparse
import os
import random
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bench import server
from okpay.base.cluster import ADMIN_ROLE, APP_ROLE, OWNER_ROLE, ClusterError
from okpay.base.folders import FolderError
from okpay.base.provision import create_database, migrate
from prove import results

DATABASE = "prove_people"
MOST_AUC = 0.55
KNOWN_PEOPLE = 20
PASSWORD = "seven quiet herons at noon"  # noqa: S105 - of people who do not exist
_SHOWN_EVERY = 100


@dataclass
class Samples:
    """The times of one operation, in milliseconds, and what its answers looked like."""

    known: list[float] = field(default_factory=list)
    unknown: list[float] = field(default_factory=list)
    faces: dict[bool, set[tuple[int, str, int]]] = field(default_factory=lambda: defaultdict(set))

    def add(self, known: bool, milliseconds: float, face: tuple[int, str, int]) -> None:
        """Count one answer."""
        (self.known if known else self.unknown).append(milliseconds)
        self.faces[known].add(face)


def auc(first: Sequence[float], second: Sequence[float]) -> float:
    """Return how well two samples can be told apart, whichever is the slower: 0.5 for not at all, 1 for always.

    Source: Mann and Whitney (1947); the U statistic divided by the number of pairs.
    """
    ranked = sorted([(value, 0) for value in first] + [(value, 1) for value in second])
    ranks, index = 0.0, 0
    while index < len(ranked):
        end = index
        while end < len(ranked) and ranked[end][0] == ranked[index][0]:
            end += 1
        middle = (index + 1 + end) / 2
        ranks += middle * sum(1 for _, which in ranked[index:end] if which == 0)
        index = end
    pairs = len(first) * len(second)
    area = (ranks - len(first) * (len(first) + 1) / 2) / pairs
    return max(area, 1 - area)


def main(argv: list[str]) -> int:
    """Take the samples and write the result; return 0 when nobody can tell, 1 when somebody can."""
    parser = argparse.ArgumentParser(prog="okpay prove enumeration", description=__doc__.splitlines()[0])
    parser.add_argument("--samples", type=int, default=2000, help="how many of each operation (2000)")
    parser.add_argument("--seed", type=int, default=1, help="decides who is asked for when (1)")
    parser.add_argument("--output", type=Path, default=results.FOLDER / "enumeration.json")
    wanted = parser.parse_args(argv)
    begun = time.monotonic()
    try:
        cluster = server.own_cluster("prove", "OKPAY_PROVE_HOME")
        cluster.start()
    except (ClusterError, FolderError) as error:
        print(error, file=sys.stderr)
        return 2
    with_admin = cluster.url(ADMIN_ROLE, "postgres")
    server.recreate(cluster, DATABASE, "template0")
    create_database(cluster, DATABASE)
    migrate(cluster.url(OWNER_ROLE, DATABASE))
    os.environ.update(
        OKPAY_DATABASE_URL=cluster.url(APP_ROLE, DATABASE),
        OKPAY_MODE="test",
        OKPAY_KEYS=str(_keys(cluster.folder)),
        DJANGO_SETTINGS_MODULE="okpay.config.settings",
    )
    import django

    django.setup()
    taken = take_samples(wanted.samples, wanted.seed, show=print)
    counts, misses = judge(taken)
    results.write(
        wanted.output, seed=wanted.seed, begun=begun, counts=counts, misses=misses, database_url=with_admin
    )
    for name, count in counts.items():
        print(f"{name:10} {count}")
    print("\n".join(misses) or "Nobody can tell.", f"\nwritten to {wanted.output}")
    return 1 if misses else 0


def take_samples(number: int, seed: int, *, show: Callable[[str], None]) -> dict[str, Samples]:
    """Send each operation `number` times, in random turns for known and unknown addresses."""
    # Logs of a quarter of a million lines would be measured, too.
    import logging

    logging.disable(logging.WARNING)
    from django.core.cache import cache
    from django.test import Client

    turns = random.Random(seed)
    known = [_open_person(number) for number in range(KNOWN_PEOPLE)]
    taken = {name: Samples() for name in OPERATIONS}
    plan = [(name, turn % 2 == 0) for name in OPERATIONS for turn in range(number)]
    turns.shuffle(plan)
    for done, (name, is_known) in enumerate(plan):
        cache.clear()
        client = Client(headers={"host": "localhost", "accept-language": "en"})
        email, phone = turns.choice(known) if is_known else _stranger(turns)
        address, form = OPERATIONS[name](email, phone)
        client.get(address)
        start = time.perf_counter()
        answer = client.post(address, form)
        passed = (time.perf_counter() - start) * 1000
        # The page of a refused sign-in shows the address again: all addresses are of one length.
        taken[name].add(
            is_known, passed, (answer.status_code, answer.get("Location", ""), len(answer.content))
        )
        if done % _SHOWN_EVERY == 0:
            show(f"{done:,} of {len(plan):,} requests")
    logging.disable(logging.NOTSET)
    return taken


def judge(taken: dict[str, Samples]) -> tuple[dict[str, Any], list[str]]:
    """Return the figures of each operation, and a sentence for each by which known addresses can be told."""
    counts: dict[str, Any] = {}
    misses = []
    for name, samples in taken.items():
        area = auc(samples.known, samples.unknown)
        counts[name] = {
            "known": len(samples.known),
            "unknown": len(samples.unknown),
            "auc": round(area, 4),
            "known_p50_ms": round(sorted(samples.known)[len(samples.known) // 2], 2),
            "unknown_p50_ms": round(sorted(samples.unknown)[len(samples.unknown) // 2], 2),
        }
        if area > MOST_AUC:
            misses.append(f"{name}: the time tells known from unknown with an AUC of {area:.3f}.")
        if samples.faces[True] != samples.faces[False]:
            misses.append(f"{name}: the answers differ: {samples.faces[True] ^ samples.faces[False]}.")
    return counts, misses


def _sign_in(email: str, phone: str) -> tuple[str, dict[str, str]]:
    return "/account/login/", {"login": email, "password": "not the right password"}


def _sign_up(email: str, phone: str) -> tuple[str, dict[str, str]]:
    names = {"legal_name": "Anna Smith", "display_name": "Anna", "country": "US"}
    return "/account/signup/", {**names, "email": email, "phone": phone, "password1": PASSWORD}


def _reset(email: str, phone: str) -> tuple[str, dict[str, str]]:
    return "/account/password/reset/", {"email": email}


OPERATIONS: dict[str, Callable[[str, str], tuple[str, dict[str, str]]]] = {
    "sign_in": _sign_in,
    "sign_up": _sign_up,
    "reset": _reset,
}


def _open_person(number: int) -> tuple[str, str]:
    from okpay.base import clock
    from okpay.identity import actions as identity

    email, phone = f"known{number:07}@example.com", f"+1202556{number:04}"
    user = identity.open_user(
        email=email, legal_name="Anna Smith", display_name="Anna", country="US", language="en",
        password=PASSWORD, now=clock.now(),
    )  # fmt: skip
    identity.prove_email(user_id=user.pk, email=email, now=clock.now())
    identity.prove_phone(user_id=user.pk, number=phone, now=clock.now())
    return email, phone


def _stranger(turns: random.Random) -> tuple[str, str]:
    return f"other{turns.randrange(10**7):07}@example.com", f"+1202557{turns.randrange(10**4):04}"


def _keys(folder: Path) -> Path:
    from okpay.base.encryption import create_key_ring

    keys = folder / "keys"
    if not (keys / "keyring.json").exists():
        create_key_ring(keys)
    return keys
