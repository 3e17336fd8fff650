"""Set what an account lets happen, and what the whole ledger does."""

from __future__ import annotations

from collections.abc import Sequence

from okpay.base.database import execute_prepared, require_transaction
from okpay.ledger import queries
from okpay.ledger.errors import SettingRefused
from okpay.ledger.records import Account, AccountStatus

_LOCK = "SELECT status, balance_minor, held_minor FROM ledger_account WHERE id = %s FOR NO KEY UPDATE"

_MODE = """
UPDATE ledger_mode SET holds_only = %s, since = CASE WHEN %s THEN coalesce(since, base_now_v1()) END,
       until = NULL, message = '', message_zh = ''
"""


def set_account_status(*, account_id: int, status: AccountStatus) -> None:
    """Set the status of an account; what is posted after this commits obeys it.

    Raises: SettingRefused `account_not_found`, `account_is_closed` for a change of a closed account,
        `account_not_empty` for closing one with a balance or holds.
    """
    now, balance, held = _locked(account_id)
    if now == status:
        return
    if now == AccountStatus.CLOSED:
        raise SettingRefused("account_is_closed", account_id=account_id)
    if status == AccountStatus.CLOSED and (balance or held):
        raise SettingRefused("account_not_empty", account_id=account_id)
    execute_prepared("UPDATE ledger_account SET status = %s WHERE id = %s", [int(status), account_id])


def set_floor(*, account_id: int, floor_minor: int | None) -> None:
    """Set the lowest balance less holds that an account may have, in minor units; None for no floor.

    Raises: SettingRefused `account_not_found`, `floor_above_balance`.
    """
    _, balance, held = _locked(account_id)
    if floor_minor is not None and balance - held < floor_minor:
        raise SettingRefused("floor_above_balance", field="floor_minor", account_id=account_id)
    execute_prepared("UPDATE ledger_account SET floor_minor = %s WHERE id = %s", [floor_minor, account_id])


def set_holds_only(holds_only: bool) -> None:
    """Let the ledger accept holds only, or everything again, with nothing announced: see `start_maintenance`."""
    execute_prepared(_MODE, [holds_only, holds_only])


def lock_accounts(account_ids: Sequence[int]) -> dict[int, Account]:
    """Lock accounts in the order of their ids and return those that exist, as they stand under the lock.

    For decisions about balances that are posted in the same transaction. Accounts are the last in the order of locks:
    what is posted afterwards must touch no hold and no limit subject.

    Raises: BrokenInvariant outside a transaction. django.db.OperationalError with SQLSTATE 55P03 when another
        transaction does not end.
    """
    require_transaction()
    ids = sorted(set(account_ids))
    execute_prepared("SELECT FROM ledger_account WHERE id = ANY (%s) ORDER BY id FOR NO KEY UPDATE", [ids])
    return queries.accounts_by_id(ids)


def _locked(account_id: int) -> tuple[int, int, int]:
    row = execute_prepared(_LOCK, [account_id]).fetchone()
    if row is None:
        raise SettingRefused("account_not_found", account_id=account_id)
    return row[0], row[1], row[2]
