"""The people whom the bench lets send: each with an address, a wallet with money, and the limits of level 3.

Like the book they are made once, and every run works on a fresh copy.
"""

from __future__ import annotations

import psycopg

from bench.book import ACCOUNTS
from bench.templates import fresh_copy
from okpay.base.cluster import ADMIN_ROLE, Cluster

DATABASE = "bench_people"
PEOPLE = max(50, ACCOUNTS // 5)
"""The first of them is the one whom everybody sends to where all send to one, and sends to nobody."""
TABLES = (
    "base_idempotency_key",
    "base_idempotency_answer",
    "base_outbox_event",
    "movements_movement",
    "movements_event",
    "movements_line",
    "transfers_contact",
    "ledger_entry",
    "ledger_posting",
    "ledger_unsealed",
    "ledger_account",
    "ledger_limit_subject",
)


class PeopleAreWrong(Exception):
    """What was sent is not what the clients were told; the message says how they differ."""


def email(number: int) -> str:
    """Return the address of one of them."""
    return f"person.{number}@example.com"


def prepare(cluster: Cluster) -> bool:
    """Make a fresh copy of the filled database, which is filled first where it is missing; tell whether it was."""
    return fresh_copy(cluster, DATABASE, size=PEOPLE, fill="bench.fill_people")


def size(cluster: Cluster, database: str = DATABASE) -> int:
    """Return the bytes of the tables that a transfer writes, heap and indexes."""
    with psycopg.connect(cluster.url(ADMIN_ROLE, database)) as connection:
        row = connection.execute(
            "SELECT sum(pg_total_relation_size(t::regclass))::bigint FROM unnest(%s::text[]) t",
            [list(TABLES)],
        ).fetchone()
    assert row is not None
    return int(row[0])


def check(cluster: Cluster, *, transfers: int) -> None:
    """Make sure that there is a movement, an entry and a key for each transfer that was acknowledged, and no other.

    Raises:
        PeopleAreWrong: There is not.
    """
    with psycopg.connect(cluster.url(ADMIN_ROLE, DATABASE)) as connection:
        found = connection.execute(
            "SELECT (SELECT count(*) FROM movements_movement WHERE state = 10),"
            " (SELECT count(*) FROM ledger_entry e JOIN movements_movement m ON m.id = e.id),"
            " (SELECT count(*) FROM base_idempotency_key), (SELECT count(*) FROM movements_line),"
            " (SELECT sum(balance_minor * normal_side) FROM ledger_account)"
        ).fetchone()
    if found != (transfers, transfers, transfers, 2 * transfers, 0):
        raise PeopleAreWrong(
            f"{transfers} transfers were acknowledged; movements, entries, keys, lines, sum of balances: {found}."
        )
