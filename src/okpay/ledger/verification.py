"""Re-derive the whole book from its entries and name the first row that is not as it should be."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from django.db import transaction

from okpay.base.database import execute_prepared, named_sql
from okpay.ledger.records import Problem, Report
from okpay.ledger.sealing import GENESIS, LEAVES_QUERY, leaf_hash, merkle_root, seal_hash

ACCOUNTS_AT_A_TIME = 20_000
POSTINGS_AT_A_TIME = 2_000_000
MOST_SHARES = 128


Progress = Callable[[str, int, int], None]
"""Called with the name of a check, how many of its parts are done, and how many there are."""
Check = Callable[[Report], Iterator[tuple[int, int]]]


def verify(progress: Progress = lambda check, done, total: None) -> Report:
    """Verify balances, trial balance, journal against postings, holds, limits, reversals and seals.

    Reads one consistent picture of the book while it goes on working; writes nothing.
    """
    report = Report()
    checks: dict[str, Check] = {
        "accounts and balances": _accounts,
        "trial balance": _trial_balance,
        "journal and postings": _journal,
        "holds": _holds,
        "limits": _limits,
        "reversals": _reversals,
        "seals": _seals,
    }
    with transaction.atomic():
        execute_prepared("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        execute_prepared("SET LOCAL work_mem = '256MB'")
        execute_prepared("SET LOCAL plan_cache_mode = force_custom_plan")
        for name, check in checks.items():
            for done, total in check(report):
                progress(name, done, total)
    return report


def _accounts(report: Report) -> Iterator[tuple[int, int]]:
    total = _count("ledger_account")
    report.counts["accounts"] = total
    report.counts["postings"] = _count("ledger_posting")
    after, done = -(2**63), 0
    bad_posting: tuple[Any, ...] | None = None
    bad_account: tuple[Any, ...] | None = None
    while True:
        page = execute_prepared(
            "SELECT max(id), count(*) FROM (SELECT id FROM ledger_account WHERE id > %s ORDER BY id LIMIT %s) q",
            [after, ACCOUNTS_AT_A_TIME],
        ).fetchone()
        assert page is not None
        last = page[0] is None or page[1] < ACCOUNTS_AT_A_TIME
        part = {"after": after, "to": 2**63 - 1 if last else page[0]}
        bad_posting = bad_posting or _first("verify_postings", part)
        bad_account = bad_account or _first("verify_accounts", part)
        done += page[1]
        yield done, total
        if last:
            break
        after = page[0]
    if bad_posting is not None:
        account_id, sequence, balance, expected, currency, account_currency = bad_posting
        detail = (
            f"balance after it is {balance}, expected {expected}; "
            f"currency {currency}, account's {account_currency}"
        )
        report.problems.append(
            Problem(
                "accounts and balances", f"ledger_posting account_id={account_id} sequence={sequence}", detail
            )
        )
    if bad_account is not None:
        account_id, balance, expected, held, expected_held, sequence, last_sequence, floor = bad_account
        detail = (
            f"balance {balance}, its postings say {expected}; held {held}, its open holds say {expected_held}; "
            f"sequence {sequence}, its last posting's {last_sequence}; floor {floor}"
        )
        report.problems.append(Problem("accounts and balances", f"ledger_account id={account_id}", detail))


def _trial_balance(report: Report) -> Iterator[tuple[int, int]]:
    rows = execute_prepared(
        "SELECT currency, sum(balance_minor * normal_side) FROM ledger_account GROUP BY currency ORDER BY currency"
    ).fetchall()
    report.counts["currencies"] = len(rows)
    for currency, difference in rows:
        if difference:
            detail = f"debits exceed credits by {difference} minor units"
            report.problems.append(Problem("trial balance", f"currency {currency}", detail))
    yield 1, 1


def _journal(report: Report) -> Iterator[tuple[int, int]]:
    report.counts["entries"] = _count("ledger_entry")
    shares = min(MOST_SHARES, 1 + report.counts["postings"] // POSTINGS_AT_A_TIME)
    for share in range(shares):
        bad = _first("verify_journal", {"shares": shares, "share": share})
        yield share + 1, shares
        if bad is not None:
            entry_id, leg, account_id, expected, found, sequence = bad
            row = f"ledger_entry id={entry_id}"
            if sequence is not None:
                row = f"ledger_posting account_id={account_id} sequence={sequence} entry_id={entry_id}"
            detail = f"leg {leg} on account {account_id}: the journal says {expected}, the posting {found}"
            report.problems.append(Problem("journal and postings", row, detail))
            return


def _holds(report: Report) -> Iterator[tuple[int, int]]:
    report.counts["holds"] = _count("ledger_hold")
    bad = _first("verify_holds", {})
    yield 1, 1
    if bad is not None:
        hold_id, _account_id, captured, expected_captured, status, expected_status = bad
        detail = (
            f"captured {captured}, its entries say {expected_captured}; "
            f"status {status}, expected {expected_status}"
        )
        report.problems.append(Problem("holds", f"ledger_hold id={hold_id}", detail))


def _limits(report: Report) -> Iterator[tuple[int, int]]:
    report.counts["limit subjects"] = _count("ledger_limit_subject")
    bad = _first("verify_limits", {})
    yield 1, 1
    if bad is not None:
        subject_id, counted_on, *used = bad
        windows = ", ".join(
            f"{window} {found} (entries say {expected})"
            for window, found, expected in zip(
                ("day", "week", "month", "year"), used[::2], used[1::2], strict=True
            )
        )
        report.problems.append(
            Problem(
                "limits", f"ledger_limit_subject id={subject_id}", f"last counted on {counted_on}: {windows}"
            )
        )


def _reversals(report: Report) -> Iterator[tuple[int, int]]:
    report.counts["reversals"] = _count("ledger_reversal")
    bad = _first("verify_reversals", {})
    yield 1, 1
    if bad is not None:
        detail = f"does not undo entry {bad[1]} exactly, or not alone"
        report.problems.append(Problem("reversals", f"ledger_entry id={bad[0]}", detail))


def _seals(report: Report) -> Iterator[tuple[int, int]]:
    total = report.counts["seals"] = _count("ledger_seal")
    previous, number = GENESIS, 0
    while True:
        seal = execute_prepared(
            "SELECT number, sealed_at, root, previous_hash, hash, entry_ids, leaves FROM ledger_seal "
            "WHERE number > %s ORDER BY number LIMIT 1",
            [number],
        ).fetchone()
        if seal is None:
            break
        problem = _check_seal(seal, number + 1, previous)
        if problem is not None:
            report.problems.append(problem)
            break
        number, previous = seal[0], bytes(seal[4])
        yield number, total + 1
    bad = _first("verify_sealed", {})
    yield total + 1, total + 1
    if bad is not None:
        entry_id, in_book, times = bad
        detail = (
            f"is in {times} seals or calls to seal, expected 1"
            if in_book
            else "is sealed but not in the book"
        )
        report.problems.append(Problem("seals", f"ledger_entry id={entry_id}", detail))


def _check_seal(seal: tuple[Any, ...], expected_number: int, expected_previous: bytes) -> Problem | None:
    number, sealed_at, root, previous_hash, hash_, entry_ids, leaves = seal
    root, previous_hash, hash_, leaves = bytes(root), bytes(previous_hash), bytes(hash_), bytes(leaves)
    row = f"ledger_seal number={number}"
    if number != expected_number:
        return Problem("seals", f"ledger_seal number={expected_number}", "is missing")
    if previous_hash != expected_previous:
        return Problem("seals", row, "does not name the seal before it")
    stored = [leaves[at : at + 32] for at in range(0, len(leaves), 32)]
    recomputed = seal_hash(
        number=number, sealed_at=sealed_at, root=root, previous_hash=previous_hash, entry_ids=entry_ids
    )
    if recomputed != hash_ or merkle_root(stored) != root or len(stored) != len(entry_ids):
        return Problem("seals", row, "was altered: its hash does not match its content")
    found = {entry[0]: leaf_hash(entry) for entry in execute_prepared(LEAVES_QUERY, [entry_ids])}
    for entry_id, leaf in zip(entry_ids, stored, strict=True):
        if entry_id not in found:
            return Problem("seals", f"ledger_entry id={entry_id}", f"is missing, but sealed in seal {number}")
        if found[entry_id] != leaf:
            return Problem("seals", f"ledger_entry id={entry_id}", f"was altered after seal {number}")
    return None


def _first(name: str, parameters: dict[str, int]) -> tuple[Any, ...] | None:
    return execute_prepared(named_sql("okpay.ledger", name), parameters).fetchone()


def _count(table: str) -> int:
    row = execute_prepared(f"SELECT count(*) FROM {table}").fetchone()  # noqa: S608 our own table names
    assert row is not None
    return int(row[0])
