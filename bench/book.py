"""The book that the bench posts to: 100,000 wallets with money, limits and an open hold each.

Filling it takes a while, so that it is done once and every run works on a fresh copy.
"""

from __future__ import annotations

import os

import psycopg

from bench.templates import fresh_copy
from okpay.base.cluster import ADMIN_ROLE, Cluster

DATABASE = "bench_book"
ACCOUNTS = int(os.environ.get("OKPAY_BENCH_ACCOUNTS", "100000"))
"""The wallets have the ids from 1 to this, and so have their limit subjects. Another number is for trying the bench."""
HOT_ACCOUNT = ACCOUNTS + 1
HOUSE_ACCOUNT = ACCOUNTS + 2
TABLES = (
    "ledger_entry",
    "ledger_posting",
    "ledger_hold",
    "ledger_unsealed",
    "ledger_account",
    "ledger_limit_subject",
)


class BookIsWrong(Exception):
    """The book does not hold what the clients were told; the message says how they differ."""


def prepare(cluster: Cluster) -> bool:
    """Make a fresh book as a copy of the filled one, which is filled first where it is missing; tell whether it was."""
    return fresh_copy(cluster, DATABASE, size=ACCOUNTS, fill="bench.fill")


def rows(cluster: Cluster) -> tuple[int, int]:
    """Return how many entries and postings the book holds."""
    with psycopg.connect(cluster.url(ADMIN_ROLE, DATABASE)) as connection:
        row = connection.execute(
            "SELECT (SELECT count(*) FROM ledger_entry), (SELECT count(*) FROM ledger_posting)"
        ).fetchone()
    assert row is not None
    return row[0], row[1]


def size(cluster: Cluster) -> int:
    """Return the bytes of the tables that posting writes, heap and indexes."""
    with psycopg.connect(cluster.url(ADMIN_ROLE, DATABASE)) as connection:
        row = connection.execute(
            "SELECT sum(pg_total_relation_size(t::regclass))::bigint FROM unnest(%s::text[]) t",
            [list(TABLES)],
        ).fetchone()
    assert row is not None
    return int(row[0])


def check(cluster: Cluster, *, entries: int, postings: int) -> None:
    """Make sure that the book holds exactly what was acknowledged, and that it balances.

    Raises:
        BookIsWrong: It does not.
    """
    found = rows(cluster)
    if found != (entries, postings):
        raise BookIsWrong(
            f"{entries} entries with {postings} postings were acknowledged, "
            f"and the book holds {found[0]} with {found[1]}."
        )
    with psycopg.connect(cluster.url(ADMIN_ROLE, DATABASE)) as connection:
        sums = connection.execute(
            "SELECT (SELECT sum(balance_minor * normal_side) FROM ledger_account),"
            " (SELECT sum(amount_minor) FROM ledger_posting),"
            " (SELECT count(*) FROM ledger_account a WHERE balance_minor * normal_side IS DISTINCT FROM coalesce("
            "   (SELECT sum(amount_minor) FROM ledger_posting p WHERE p.account_id = a.id), 0))"
        ).fetchone()
    if sums != (0, 0, 0):
        raise BookIsWrong(
            f"Sum of balances, sum of postings, accounts that differ from their postings: {sums}."
        )
