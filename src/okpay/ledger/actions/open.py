"""Open accounts."""

from __future__ import annotations

from collections.abc import Sequence

from iso4217 import Currency

from okpay.base import clock
from okpay.base.database import execute_prepared
from okpay.ledger.chart import house_account
from okpay.ledger.errors import SettingRefused
from okpay.ledger.records import MAX_MINOR, NewAccount

_INSERT = """
INSERT INTO ledger_account (id, currency, normal_side, purpose, floor_minor, opened_at)
SELECT u.id, u.currency, u.side, u.purpose, u.floor_minor, %s
  FROM unnest(%s::bigint[], %s::text[], %s::smallint[], %s::text[], %s::bigint[])
       u (id, currency, side, purpose, floor_minor)
ON CONFLICT (id) DO NOTHING
"""
_INSERT_CODES = """
INSERT INTO ledger_account_code (code, account_id)
SELECT u.code, u.id FROM unnest(%s::text[], %s::bigint[]) u (code, id) ON CONFLICT (code) DO NOTHING
"""
_DIFFERENT = """
SELECT u.id FROM unnest(%s::bigint[], %s::text[], %s::smallint[], %s::text[]) u (id, currency, side, purpose)
  JOIN ledger_account a ON a.id = u.id
 WHERE (a.currency, a.normal_side, a.purpose) <> (u.currency, u.side, u.purpose) LIMIT 1
"""
_CODES = "SELECT code, account_id FROM ledger_account_code WHERE code = ANY (%s)"


def open_accounts(accounts: Sequence[NewAccount]) -> None:
    """Open accounts with a balance of zero. Opening the same account again changes nothing.

    Raises: SettingRefused `account_conflict` when an id or code belongs to an account with other properties,
        `account_currency_unknown` for a code that ISO 4217 does not know or gives no minor unit.
    """
    for account in accounts:
        _check(account)
    ids = [account.id for account in accounts]
    currencies = [account.currency for account in accounts]
    sides = [int(account.normal_side) for account in accounts]
    purposes = [account.purpose for account in accounts]
    floors = [account.floor_minor for account in accounts]
    execute_prepared(_INSERT, [clock.now(), ids, currencies, sides, purposes, floors])
    other = execute_prepared(_DIFFERENT, [ids, currencies, sides, purposes]).fetchone()
    if other is not None:
        raise SettingRefused("account_conflict", account_id=other[0])
    codes = {account.code: account.id for account in accounts if account.code is not None}
    if codes:
        execute_prepared(_INSERT_CODES, [list(codes), list(codes.values())])
        for code, account_id in execute_prepared(_CODES, [list(codes)]):
            if codes[code] != account_id:
                raise SettingRefused("account_conflict", account_id=account_id, account_code=code)


def open_house_accounts(purposes: Sequence[tuple[str, str]]) -> None:
    """Open the house's accounts for these purposes and currencies; those that are open already stay as they are.

    Their ids are known before: `queries.house_account_id`.

    Raises: BrokenInvariant for a purpose that the chart does not know. SettingRefused, as `open_accounts`.
    """
    open_accounts([house_account(purpose, currency) for purpose, currency in sorted(set(purposes))])


def _check(account: NewAccount) -> None:
    try:
        exponent = Currency(account.currency).exponent
    except ValueError:
        exponent = None
    if exponent is None:
        raise SettingRefused("account_currency_unknown", field="currency", currency=account.currency)
    if account.floor_minor is not None and not -MAX_MINOR <= account.floor_minor <= 0:
        raise SettingRefused("floor_above_balance", field="floor_minor", account_id=account.id)
