"""Somebody whom no privilege and no trigger stops changes the book: `verify()` names the row."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import psycopg
import pytest
from pytest_django.plugin import DjangoDbBlocker

from okpay.ledger import actions
from okpay.ledger.records import Count
from okpay.ledger.verification import verify
from tests.factories.ledger import capture, new_account, new_subject, post, reserve, reverse, transfer
from tests.laws.scratch import scratch_database, superuser, using


@pytest.fixture(scope="module")
def small_book(django_db_blocker: DjangoDbBlocker) -> Iterator[str]:
    """A book with a row of every kind, sealed but for its last entry, in a database of its own."""
    with django_db_blocker.unblock(), scratch_database("book") as database:
        with using(database):
            ann, bob = new_account(balance_minor=1_000), new_account(balance_minor=1_000)
            subject = new_subject(per_day_minor=10_000)
            first, hold = transfer(ann, bob, 100, Count(subject, 100)), reserve(ann, 300, Count(subject, 300))
            post(first, hold, reserve(bob, 50, lasting=timedelta(days=1)))
            post(capture(hold, bob, 120, final=False), reverse(first.id))
            assert actions.seal() is not None
            post(transfer(bob, ann, 7, Count(subject, 7)))
            assert verify().clean
        yield database


ACCOUNT, HOLD, SUBJECT = (
    "ledger_account id={account}",
    "ledger_hold id={hold}",
    "ledger_limit_subject id={subject}",
)
ENTRY, RESERVATION, SEAL = "ledger_entry id={entry}", "ledger_entry id={hold}", "ledger_seal number=1"
POSTING = "ledger_posting account_id={account} sequence={sequence}"
TAMPERING = {
    "a balance": (
        "UPDATE ledger_account SET balance_minor = balance_minor + 1 WHERE id = {account}",
        ACCOUNT,
    ),
    "a held amount": ("UPDATE ledger_account SET held_minor = held_minor + 1 WHERE id = {account}", ACCOUNT),
    "an amount": ("UPDATE ledger_posting SET amount_minor = amount_minor + 1 WHERE {posting}", POSTING),
    "a balance after": ("UPDATE ledger_posting SET balance_minor = 5 WHERE {posting}", POSTING),
    "a currency": ("UPDATE ledger_posting SET currency = 'EUR' WHERE {posting}", POSTING),
    "a posting that is gone": (
        "DELETE FROM ledger_posting WHERE {posting}",
        "ledger_entry id={posting_entry}",
    ),
    "an entry that is gone": ("DELETE FROM ledger_entry WHERE id = '{entry}'", ENTRY),
    "a leg": ("UPDATE ledger_entry SET amounts_minor[1] = 9 WHERE id = '{entry}'", ENTRY),
    "a kind": ("UPDATE ledger_entry SET kind = 'other' WHERE id = '{entry}'", ENTRY),
    "a time": (
        "UPDATE ledger_entry SET booked_at = booked_at - interval '1 day' WHERE id = '{entry}'",
        ENTRY,
    ),
    "the root of a seal": ("UPDATE ledger_seal SET root = sha256('other') WHERE number = 1", SEAL),
    "the hash of a seal": ("UPDATE ledger_seal SET hash = sha256('other') WHERE number = 1", SEAL),
    "a seal that is gone": ("DELETE FROM ledger_seal WHERE number = 1", "ledger_entry id="),
    "a captured amount": ("UPDATE ledger_hold SET captured_minor = 119 WHERE id = '{hold}'", HOLD),
    "the status of a hold": ("UPDATE ledger_hold SET status = 3 WHERE id = '{hold}'", HOLD),
    "the amount of a hold": ("UPDATE ledger_hold SET amount_minor = 301 WHERE id = '{hold}'", RESERVATION),
    "a hold that is gone": ("DELETE FROM ledger_hold WHERE id = '{hold}'", HOLD),
    "a counter": ("UPDATE ledger_limit_subject SET used_month_minor = 1 WHERE id = {subject}", SUBJECT),
    "a reversal that is forgotten": ("DELETE FROM ledger_reversal", "ledger_entry id={reversal}"),
    "a queue that is emptied": ("DELETE FROM ledger_unsealed", "ledger_entry id={last}"),
}
"""A change, and the row that must be named for it."""
KEYS = {
    "entry": "SELECT id FROM ledger_entry WHERE operation = 1 ORDER BY id LIMIT 1",
    "last": "SELECT id FROM ledger_entry ORDER BY booked_at DESC LIMIT 1",
    "reversal": "SELECT id FROM ledger_entry WHERE operation = 6",
    "hold": "SELECT id FROM ledger_hold WHERE captured_minor > 0",
    "subject": "SELECT id FROM ledger_limit_subject",
    "account": "SELECT account_id FROM ledger_posting ORDER BY account_id, sequence LIMIT 1",
    "sequence": "SELECT sequence FROM ledger_posting ORDER BY account_id, sequence LIMIT 1",
    "posting_entry": "SELECT entry_id FROM ledger_posting ORDER BY account_id, sequence LIMIT 1",
}


@pytest.mark.parametrize("what", TAMPERING)
def test_verification_names_the_row_that_was_tampered_with(small_book: str, what: str) -> None:
    statement, row = TAMPERING[what]
    with scratch_database("ruined", small_book) as database:
        with superuser(database) as admin:
            keys = {name: _one(admin, query) for name, query in KEYS.items()}
            keys["posting"] = f"account_id = {keys['account']} AND sequence = {keys['sequence']}"
            assert admin.execute(statement.format(**keys).encode()).rowcount >= 1
        with using(database):
            report = verify()
    named = [problem.row for problem in report.problems]
    assert any(name.startswith(row.format(**keys)) for name in named), (row.format(**keys), report.problems)


def _one(admin: psycopg.Connection[tuple[object, ...]], query: str) -> object:
    row = admin.execute(query.encode()).fetchone()
    assert row is not None
    return row[0]
