"""Open wallets."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from okpay.base.database import execute_prepared, require_transaction
from okpay.base.errors import BrokenInvariant
from okpay.base.ids import new_bigint_id, new_uuid7
from okpay.base.money import CURRENCIES
from okpay.ledger import actions as ledger
from okpay.ledger.records import NewAccount, Side
from okpay.wallets import queries
from okpay.wallets.errors import WalletRefused
from okpay.wallets.records import Wallet

# Who comes second waits here until the first has committed, and then finds the first one's wallet.
_INSERT = """
INSERT INTO wallets_wallet (id, owner_id, currency, available_account_id, maturing_account_id, opened_at)
VALUES (%s, %s, %s, %s, %s, %s) ON CONFLICT (owner_id, currency) DO NOTHING RETURNING id
"""


def open_wallet(*, owner_id: UUID, currency: str, now: datetime) -> Wallet:
    """Open an owner's wallet in a currency with its accounts in the book, or return the one that is open already.

    Raises: WalletRefused `wallet_currency_unknown`. BrokenInvariant outside a transaction.
        django.db.OperationalError with SQLSTATE 55P03 when another transaction opens the same wallet and does not
        end: try the whole transaction again.
    """
    require_transaction()
    if currency not in CURRENCIES:
        raise WalletRefused("wallet_currency_unknown", field="currency", currency=currency)
    wallet = queries.wallet(owner_id, currency)
    if wallet is not None:
        return wallet
    wallet = Wallet(new_uuid7(), owner_id, currency, new_bigint_id(), new_bigint_id(), now)
    accounts = [wallet.available_account_id, wallet.maturing_account_id]
    inserted = execute_prepared(_INSERT, [wallet.id, owner_id, currency, *accounts, now]).fetchone()
    if inserted is None:
        return _opened_meanwhile(owner_id, currency)
    ledger.open_accounts(
        [
            NewAccount(wallet.available_account_id, currency, Side.CREDIT, "available"),
            NewAccount(wallet.maturing_account_id, currency, Side.CREDIT, "maturing"),
        ]
    )
    return wallet


def _opened_meanwhile(owner_id: UUID, currency: str) -> Wallet:
    wallet = queries.wallet(owner_id, currency)
    if wallet is None:
        raise BrokenInvariant("a wallet that was in the way is not there: is the isolation READ COMMITTED?")
    return wallet
