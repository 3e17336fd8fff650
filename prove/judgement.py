"""Compare the book with what the clients know: every difference is a miss."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from itertools import islice

from django.db import connection, transaction

from okpay.ledger import queries, verification
from okpay.ledger.actions import post_many, seal
from okpay.ledger.records import Item, Outcome
from prove.book import FUNDING, expected
from prove.journal import Story

Say = Callable[[str], None]
_CHUNK = 500
_STUCK_SECONDS = 5
"""A key whose replay takes longer than this counts as stuck."""


def judge(story: Story, say: Say) -> tuple[dict[str, int], list[str]]:
    """Return what was counted in the book, and a sentence for everything that is not as promised."""
    misses: list[str] = []
    counts: dict[str, int] = {}
    say("comparing entries and answers")
    misses += _entries(story, counts)
    say("comparing balances and holds")
    misses += _balances(story)
    misses += _leftovers()
    misses += _keys(story, say)
    say("sealing what is not sealed yet")
    while seal() is not None:
        pass
    report = verification.verify(lambda check, done, total: say(f"verifying {check}: {done:,} of {total:,}"))
    misses += [f"verify: {problem.check}, {problem.row}: {problem.detail}" for problem in report.problems]
    for line in queries.trial_balance():
        if line.debit_minor != line.credit_minor:
            misses.append(f"trial balance {line.currency}: {line.debit_minor} against {line.credit_minor}")
    counts |= {f"verified_{name.replace(' ', '_')}": count for name, count in report.counts.items()}
    return counts, misses


def _entries(story: Story, counts: dict[str, int]) -> Iterator[str]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT id FROM ledger_entry WHERE kind <> %s", [FUNDING])
        booked = [row[0] for row in cursor.fetchall()]
    in_book = set(booked)
    counts["entries"] = len(booked)
    if len(in_book) != len(booked):
        yield f"{len(booked) - len(in_book)} ids stand in the book twice"
    for item_id in story.sent:
        answers = story.answers.get(item_id, [])
        if not answers:
            yield f"{item_id} was never answered"
        elif story.is_accepted(item_id) and item_id not in in_book:
            yield f"{item_id} was acknowledged ({answers[0].name}) and is lost"
        elif not story.is_accepted(item_id) and item_id in in_book:
            yield f"{item_id} was refused ({answers[0].name}) and stands in the book"
        if answers.count(Outcome.POSTED) > 1:
            yield f"{item_id} was posted {answers.count(Outcome.POSTED)} times"
        for answer in answers:
            if answer not in (Outcome.POSTED, Outcome.REPLAYED, Outcome.INSUFFICIENT_FUNDS):
                yield f"{item_id} was answered {answer.name}"
    for item_id in in_book - story.sent.keys():
        yield f"{item_id} stands in the book and nobody sent it"


def _balances(story: Story) -> Iterator[str]:
    balances, held = expected(story.accepted())
    for account in queries.accounts(limit=1000):
        if (account.balance_minor, account.held_minor) != (balances[account.id], held[account.id]):
            yield (
                f"account {account.id} has {account.balance_minor}, {account.held_minor} of it held; "
                f"the journals say {balances[account.id]} and {held[account.id]}"
            )


def _leftovers() -> Iterator[str]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_locks l JOIN pg_stat_activity a USING (pid)"
            " WHERE pid <> pg_backend_pid() AND a.backend_type = 'client backend'"
        )
        (locks,) = cursor.fetchone()
        cursor.execute("SELECT count(*) FROM pg_prepared_xacts")
        (prepared,) = cursor.fetchone()
    if locks or prepared:
        yield f"{locks} locks and {prepared} prepared transactions are left over"


def _keys(story: Story, say: Say) -> Iterator[str]:
    """Send every key once more: each must be answered at once, and as before."""
    items = iter(story.sent.values())
    done = 0
    while chunk := list(islice(items, _CHUNK)):
        start = time.monotonic()
        with transaction.atomic():
            results = post_many(chunk)
        if time.monotonic() - start > _STUCK_SECONDS:
            yield f"{len(chunk)} keys from {chunk[0].id} took {time.monotonic() - start:.1f} s to answer"
        for item, result in zip(chunk, results, strict=True):
            if result.outcome != _as_before(story, item):
                yield f"{item.id} is answered {result.outcome.name} now"
        done += len(chunk)
        say(f"sending every key again: {done:,} of {len(story.sent):,}")


def _as_before(story: Story, item: Item) -> Outcome:
    return Outcome.REPLAYED if story.is_accepted(item.id) else Outcome.INSUFFICIENT_FUNDS
