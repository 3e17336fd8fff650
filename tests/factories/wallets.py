"""Wallets for tests, each with an owner of its own unless one is given."""

from __future__ import annotations

from uuid import UUID

from django.db import transaction

from okpay.base import clock
from okpay.base.ids import new_uuid7
from okpay.ledger.records import Leg, Outcome, Post
from okpay.wallets import actions
from okpay.wallets.records import Wallet
from tests.factories.ledger import new_account, outcome_of


def new_wallet(
    owner_id: UUID | None = None, currency: str = "USD", *, available_minor: int = 0, maturing_minor: int = 0
) -> Wallet:
    """Open a wallet in a transaction of its own, and pay money in."""
    with transaction.atomic():
        wallet = actions.open_wallet(
            owner_id=new_uuid7() if owner_id is None else owner_id, currency=currency, now=clock.now()
        )
    pay_in(wallet.available_account_id, available_minor, currency)
    pay_in(wallet.maturing_account_id, maturing_minor, currency)
    return wallet


def pay_in(account_id: int, amount_minor: int, currency: str = "USD") -> None:
    """Pay an amount into an account of a wallet, from an account without a floor."""
    if amount_minor:
        source = new_account(currency=currency, floor_minor=None)
        item = Post(new_uuid7(), "test.funding", (Leg(source, account_id, amount_minor),))
        assert outcome_of(item) is Outcome.POSTED
