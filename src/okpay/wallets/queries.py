"""Read wallets, and what the book says is in them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

from django.db.models import Q

from okpay.base.arrays import bigints, texts, uuids
from okpay.base.database import execute_prepared
from okpay.base.money import CURRENCIES, Money
from okpay.ledger import queries as ledger
from okpay.ledger.records import Account
from okpay.wallets import models
from okpay.wallets.records import Wallet, WalletBalance

MOST_WALLETS = len(CURRENCIES)
"""An owner has one wallet a currency, so there are no more than currencies."""

_WALLETS_OF = """
SELECT id, owner_id, currency, available_account_id, maturing_account_id, opened_at
  FROM wallets_wallet WHERE owner_id = ANY (%s) AND currency = ANY (%s::char(3)[])
"""


def wallet(owner_id: UUID, currency: str) -> Wallet | None:
    """Return an owner's wallet in a currency, or None."""
    row = models.Wallet.objects.filter(owner_id=owner_id, currency=currency).first()
    return None if row is None else _wallet(row)


def wallets(owner_id: UUID) -> tuple[Wallet, ...]:
    """Return all wallets of an owner, the one that was opened first in front."""
    rows = models.Wallet.objects.filter(owner_id=owner_id).order_by("opened_at", "id")
    return tuple(_wallet(row) for row in rows[:MOST_WALLETS])


def balances(owner_id: UUID) -> tuple[WalletBalance, ...]:
    """Return how much there is in each wallet of an owner, in the order of `wallets`.

    Two queries, however many wallets there are. All accounts are read at one instant, so money that moves between
    them is seen once.
    """
    owned = wallets(owner_id)
    ids = [id_ for wallet in owned for id_ in (wallet.available_account_id, wallet.maturing_account_id)]
    accounts = ledger.accounts_by_id(ids) if ids else {}
    return tuple(
        _balance(wallet, accounts[wallet.available_account_id], accounts[wallet.maturing_account_id])
        for wallet in owned
    )


def owner_of_account(account_id: int) -> UUID | None:
    """Return whose wallet stands on an account of the book, or None where none does."""
    stands_on = Q(available_account_id=account_id) | Q(maturing_account_id=account_id)
    return models.Wallet.objects.filter(stands_on).values_list("owner_id", flat=True).first()


def wallets_of(owner_ids: Collection[UUID], currencies: Collection[str]) -> dict[tuple[UUID, str], Wallet]:
    """Return the wallets of these owners in these currencies, by owner and currency, from one query."""
    if not owner_ids:
        return {}
    rows = execute_prepared(_WALLETS_OF, [uuids([*owner_ids]), texts([*currencies])])
    return {(row[1], row[2]): Wallet(*row) for row in rows}


def currencies_of(owner_ids: Sequence[UUID]) -> dict[UUID, frozenset[str]]:
    """Return the currencies that each of these owners has a wallet in; who has none is left out."""
    found: dict[UUID, set[str]] = {}
    rows = models.Wallet.objects.filter(owner_id__in=owner_ids).values_list("owner_id", "currency")
    for owner_id, currency in rows:
        found.setdefault(owner_id, set()).add(currency)
    return {owner_id: frozenset(currencies) for owner_id, currencies in found.items()}


def last_maturity(maturing_account_ids: Sequence[int]) -> dict[int, datetime]:
    """Return for each maturing account with lots when the last of them matures."""
    rows = execute_prepared(
        "SELECT maturing_account_id, max(matures_at) FROM wallets_maturing_lot"
        " WHERE maturing_account_id = ANY (%s) GROUP BY maturing_account_id",
        [bigints(maturing_account_ids)],
    )
    return dict(rows.fetchall())


def _balance(wallet: Wallet, available: Account, maturing: Account) -> WalletBalance:
    def money(minor: int) -> Money:
        return Money(minor, wallet.currency)

    free = maturing.balance_minor - maturing.held_minor
    return WalletBalance(
        wallet.id,
        wallet.currency,
        available=money(available.balance_minor - available.held_minor + free),
        maturing=money(free),
        held=money(available.held_minor + maturing.held_minor),
    )


def _wallet(row: models.Wallet) -> Wallet:
    return Wallet(
        row.id,
        row.owner_id,
        row.currency,
        row.available_account_id,
        row.maturing_account_id,
        row.opened_at,
    )
