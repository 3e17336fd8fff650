"""Read the book. Every list is bounded and paged by key."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from okpay.base.arrays import bigints
from okpay.base.database import execute_prepared
from okpay.ledger.chart import house_account_id as house_account_id
from okpay.ledger.records import (
    MAX_MINOR,
    Account,
    AccountStatus,
    Count,
    Entry,
    Funds,
    Hold,
    HoldStatus,
    Leg,
    Limits,
    LimitSubject,
    Maintenance,
    Operation,
    Posting,
    Seal,
    Side,
    TrialBalanceLine,
)
from okpay.ledger.verification import verify as verify

PAGE = 50

_ACCOUNT = """
SELECT a.id, a.currency, a.normal_side, a.purpose, a.status, a.floor_minor, a.balance_minor, a.held_minor, a.sequence,
       a.opened_at, c.code
  FROM ledger_account a LEFT JOIN ledger_account_code c ON c.account_id = a.id
"""
_FUNDS = """
SELECT id, coalesce(balance_minor - held_minor - floor_minor, %s), status, (SELECT holds_only FROM ledger_mode)
  FROM ledger_account WHERE id = ANY (%s)
"""
_BALANCES = "SELECT id, balance_minor FROM ledger_account WHERE id = ANY (%s)"
_SHUT = frozenset({int(AccountStatus.FROZEN), int(AccountStatus.CLOSED)})
_ENTRY = """
SELECT id, booked_at, operation, kind, debit_account_ids, credit_account_ids, amounts_minor,
       count_subject_ids, count_amounts_minor, hold_id, closes_hold, reverses_id FROM ledger_entry
"""
_POSTING = (
    "SELECT account_id, sequence, entry_id, leg, amount_minor, balance_minor, currency FROM ledger_posting"
)
_HOLD = """
SELECT id, account_id, amount_minor, captured_minor, status, booked_at, expires_at, count_subject_ids,
       count_amounts_minor FROM ledger_hold
"""
_LIMIT_SUBJECT = """
SELECT id, currency, time_zone, per_movement_minor, per_day_minor, per_week_minor, per_month_minor, per_year_minor,
       counted_on, used_day_minor, used_week_minor, used_month_minor, used_year_minor
  FROM ledger_limit_subject
"""
_TRIAL_BALANCE = """
SELECT currency, coalesce(sum(balance_minor) FILTER (WHERE normal_side = 1), 0),
       coalesce(sum(balance_minor) FILTER (WHERE normal_side = -1), 0), count(*)
  FROM ledger_account GROUP BY currency ORDER BY currency
"""
_SEALS = """
SELECT number, sealed_at, cardinality(entry_ids), root, previous_hash, hash FROM ledger_seal
 WHERE number < %s ORDER BY number DESC LIMIT %s
"""
_MAINTENANCE = "SELECT since, until, message, message_zh FROM ledger_mode WHERE holds_only"
_AFTER_EVERYTHING = 2**63 - 1


def account(account_id: int) -> Account | None:
    """Return an account as it stands, or None."""
    row = execute_prepared(_ACCOUNT + "WHERE a.id = %s", [account_id]).fetchone()
    return None if row is None else _account(row)


def account_by_code(code: str) -> Account | None:
    """Return one of the house's own accounts by its code, such as `fees:USD`, or None."""
    row = execute_prepared(_ACCOUNT + "WHERE c.code = %s", [code]).fetchone()
    return None if row is None else _account(row)


def accounts(*, after: int = 0, limit: int = PAGE) -> list[Account]:
    """Return accounts in the order of their ids, those after `after`."""
    rows = execute_prepared(_ACCOUNT + "WHERE a.id > %s ORDER BY a.id LIMIT %s", [after, limit])
    return [_account(row) for row in rows]


def accounts_by_id(account_ids: Sequence[int]) -> dict[int, Account]:
    """Return the accounts that exist among these ids, as they stand at one instant."""
    rows = execute_prepared(_ACCOUNT + "WHERE a.id = ANY (%s)", [bigints(account_ids)])
    return {row[0]: _account(row) for row in rows}


def funds(account_ids: Sequence[int]) -> Funds:
    """Return what may leave each of these accounts, which of them let nothing come in, and whether all but holds waits.

    For lists: one query, and a row of a few numbers for each account.
    """
    rows = execute_prepared(_FUNDS, [MAX_MINOR, bigints(account_ids)]).fetchall()
    return Funds(
        {row[0]: row[1] for row in rows},
        frozenset([row[0] for row in rows if row[2] in _SHUT]),
        rows[0][3] if rows else holds_only(),
    )


def balances(account_ids: Sequence[int]) -> dict[int, int]:
    """Return the balances of those of these accounts that exist, in minor units, as they stand at one instant."""
    return dict(execute_prepared(_BALANCES, [bigints(account_ids)]).fetchall())


def entry(entry_id: UUID) -> Entry | None:
    """Return a journal entry, or None."""
    row = execute_prepared(_ENTRY + "WHERE id = %s", [entry_id]).fetchone()
    return None if row is None else _entry(row)


def entries(entry_ids: Sequence[UUID]) -> dict[UUID, Entry]:
    """Return the journal entries that exist among these ids."""
    return {
        row[0]: _entry(row) for row in execute_prepared(_ENTRY + "WHERE id = ANY (%s)", [list(entry_ids)])
    }


def postings(
    account_id: int,
    *,
    before: int = _AFTER_EVERYTHING,
    since: datetime | None = None,
    limit: int = PAGE,
) -> list[Posting]:
    """Return an account's postings, the latest first: those with a sequence below `before`, booked at or after `since`.

    A sequence is at least the microseconds since 1970 at which it was booked, so a date range is a key range.
    """
    lowest = 0 if since is None else _microseconds(since)
    rows = execute_prepared(
        _POSTING
        + " WHERE account_id = %s AND sequence < %s AND sequence >= %s ORDER BY sequence DESC LIMIT %s",
        [account_id, before, lowest, limit],
    )
    return [Posting(*row) for row in rows]


def postings_of_entry(entry_: Entry) -> list[Posting]:
    """Return the postings of an entry, by leg, the debit first.

    They are found on its accounts at and after the time of booking: postings have no index by entry.
    """
    accounts_ = sorted(
        {account for leg in entry_.legs for account in (leg.debit_account_id, leg.credit_account_id)}
    )
    found: list[Posting] = []
    for account_id in accounts_:
        wanted = sum(
            (leg.debit_account_id == account_id) + (leg.credit_account_id == account_id)
            for leg in entry_.legs
        )
        rows = execute_prepared(
            _POSTING
            + " WHERE account_id = %s AND sequence >= %s AND entry_id = %s ORDER BY sequence LIMIT %s",
            [account_id, _microseconds(entry_.booked_at), entry_.id, wanted],
        )
        found += [Posting(*row) for row in rows]
    return sorted(found, key=lambda posting: (posting.leg, -posting.amount_minor))


def hold(hold_id: UUID) -> Hold | None:
    """Return a hold, or None."""
    row = execute_prepared(_HOLD + "WHERE id = %s", [hold_id]).fetchone()
    return None if row is None else _hold(row)


def holds(hold_ids: Sequence[UUID]) -> dict[UUID, Hold]:
    """Return the holds that exist among these ids."""
    return {row[0]: _hold(row) for row in execute_prepared(_HOLD + "WHERE id = ANY (%s)", [list(hold_ids)])}


def entry_counts(prefix: str) -> dict[str, int]:
    """Return how many entries there are of each kind that begins like this, such as `transfer.`; reads the journal."""
    rows = execute_prepared(
        "SELECT kind, count(*) FROM ledger_entry WHERE starts_with(kind, %s) GROUP BY kind ORDER BY kind",
        [prefix],
    )
    return dict(rows.fetchall())


def open_holds(account_id: int, *, limit: int = PAGE) -> list[Hold]:
    """Return an account's open holds, the earliest deadline first."""
    rows = execute_prepared(
        _HOLD + "WHERE account_id = %s AND status = 1 ORDER BY expires_at, id LIMIT %s", [account_id, limit]
    )
    return [_hold(row) for row in rows]


def limit_subject(subject_id: int) -> LimitSubject | None:
    """Return a limit subject with what was used in the windows of its last count, or None."""
    return limit_subjects([subject_id]).get(subject_id)


def limit_subjects(subject_ids: Sequence[int]) -> dict[int, LimitSubject]:
    """Return the limit subjects that exist among these ids, as they stand at one instant."""
    rows = execute_prepared(_LIMIT_SUBJECT + "WHERE id = ANY (%s)", [list(subject_ids)])
    return {row[0]: LimitSubject(row[0], row[1], row[2], Limits(*row[3:8]), *row[8:]) for row in rows}


def trial_balance() -> list[TrialBalanceLine]:
    """Return the sums of all balances per currency; debit and credit are equal in a true book."""
    rows = execute_prepared(_TRIAL_BALANCE)
    return [
        TrialBalanceLine(currency, int(debit), int(credit), count) for currency, debit, credit, count in rows
    ]


def seals(*, before: int = _AFTER_EVERYTHING, limit: int = PAGE) -> list[Seal]:
    """Return seals, the latest first, those with a number below `before`."""
    rows = execute_prepared(_SEALS, [before, limit])
    return [Seal(*row[:3], *map(bytes, row[3:])) for row in rows]


def unsealed_calls(*, limit: int = 1_000) -> int:
    """Return how many posting calls wait to be sealed, counted up to `limit`."""
    row = execute_prepared(
        "SELECT count(*) FROM (SELECT FROM ledger_unsealed LIMIT %s) q", [limit]
    ).fetchone()
    assert row is not None
    return int(row[0])


def holds_only() -> bool:
    """Return whether the ledger accepts holds only at the moment."""
    row = execute_prepared("SELECT holds_only FROM ledger_mode").fetchone()
    assert row is not None
    return bool(row[0])


def maintenance() -> Maintenance | None:
    """Return what was announced of the maintenance that goes on, or None."""
    row = execute_prepared(_MAINTENANCE).fetchone()
    return None if row is None else Maintenance(*row)


def _account(row: Sequence[Any]) -> Account:
    account_id, currency, side, purpose, status, *rest = row
    return Account(account_id, currency, Side(side), purpose, AccountStatus(status), *rest)


def _entry(row: Sequence[Any]) -> Entry:
    (
        entry_id,
        booked_at,
        operation,
        kind,
        debits,
        credits_,
        amounts,
        subjects,
        counted,
        hold_id,
        closes,
        reverses,
    ) = row
    return Entry(
        entry_id,
        booked_at,
        Operation(operation),
        kind,
        tuple(map(Leg, debits, credits_, amounts)),
        tuple(map(Count, subjects or (), counted or ())),
        hold_id,
        closes,
        reverses,
    )


def _hold(row: Sequence[Any]) -> Hold:
    hold_id, account_id, amount, captured, status, booked_at, expires_at, subjects, counted = row
    counts = tuple(map(Count, subjects or (), counted or ()))
    return Hold(hold_id, account_id, amount, captured, HoldStatus(status), booked_at, expires_at, counts)


def _microseconds(instant: datetime) -> int:
    return int(instant.timestamp()) * 1_000_000 + instant.microsecond
