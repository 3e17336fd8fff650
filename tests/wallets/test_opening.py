"""Opening wallets: one for each owner and currency, whoever asks at the same moment."""

from __future__ import annotations

import threading
import time
from datetime import UTC, datetime
from functools import partial
from uuid import UUID

import pytest
from django.db import DatabaseError, IntegrityError, transaction

from okpay.base.database import execute_prepared
from okpay.base.errors import BrokenInvariant
from okpay.base.ids import new_uuid7
from okpay.ledger import actions as book_actions
from okpay.ledger import queries as book
from okpay.ledger.records import AccountStatus, Side
from okpay.wallets import actions, queries
from okpay.wallets.errors import WalletRefused
from okpay.wallets.records import Wallet
from tests.factories.wallets import new_wallet, pay_in
from tests.laws.crew import Crew

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
ROUNDS = 10


def open_wallet(owner_id: UUID, currency: str = "USD") -> Wallet:
    """Open a wallet in a transaction of its own."""
    with transaction.atomic():
        return actions.open_wallet(owner_id=owner_id, currency=currency, now=NOW)


def accounts_of(owner_id: UUID) -> int:
    """Return how many accounts of the book were opened with the wallets of an owner."""
    ids = [
        id_ for wallet in queries.wallets(owner_id)
        for id_ in (wallet.available_account_id, wallet.maturing_account_id)
    ]  # fmt: skip
    return len(book.accounts_by_id(ids))


def test_a_wallet_stands_on_two_accounts_that_cannot_be_overdrawn() -> None:
    wallet = open_wallet(new_uuid7(), "KWD")
    assert (wallet.currency, wallet.opened_at) == ("KWD", NOW)
    found = book.accounts_by_id([wallet.available_account_id, wallet.maturing_account_id])
    assert [account.purpose for _, account in sorted(found.items())] == ["available", "maturing"]
    for account in found.values():
        assert (account.currency, account.normal_side, account.floor_minor) == ("KWD", Side.CREDIT, 0)
        assert (account.balance_minor, account.status) == (0, AccountStatus.ACTIVE)
    assert queries.wallet(wallet.owner_id, "KWD") == wallet


def test_opening_again_returns_the_same_wallet_with_its_money() -> None:
    wallet = new_wallet(available_minor=500)
    assert open_wallet(wallet.owner_id) == wallet
    assert queries.balances(wallet.owner_id)[0].available.minor == 500
    assert open_wallet(wallet.owner_id, "EUR") != wallet
    assert len(queries.wallets(wallet.owner_id)) == 2


@pytest.mark.parametrize("currency", ["XXX", "XAU", "usd", "", "ZZZ", "EURO"])
def test_an_unknown_currency_opens_nothing(currency: str) -> None:
    owner = new_uuid7()
    with pytest.raises(WalletRefused) as refused:
        open_wallet(owner, currency)
    assert (refused.value.code, refused.value.field) == ("wallet_currency_unknown", "currency")
    assert queries.wallets(owner) == ()


def test_what_is_rolled_back_was_never_opened() -> None:
    owner = new_uuid7()
    with transaction.atomic():
        wallet = actions.open_wallet(owner_id=owner, currency="USD", now=NOW)
        transaction.set_rollback(True)
    assert queries.wallets(owner) == ()
    assert book.account(wallet.available_account_id) is None


def test_opening_needs_a_transaction() -> None:
    owner = new_uuid7()
    with pytest.raises(BrokenInvariant):
        actions.open_wallet(owner_id=owner, currency="USD", now=NOW)
    assert queries.wallets(owner) == ()


def test_many_connections_at_once_open_one() -> None:
    with Crew(8) as crew:
        for _ in range(ROUNDS):
            owner = new_uuid7()
            opened = crew.at_once([partial(open_wallet, owner)] * 8)
            assert set(opened) == set(queries.wallets(owner))
            assert len(set(opened)) == 1
            assert accounts_of(owner) == 2


@pytest.mark.parametrize("first_commits", [True, False])
def test_who_comes_second_waits_for_the_first(first_commits: bool) -> None:
    owner, inserted = new_uuid7(), threading.Event()

    def first() -> Wallet:
        with transaction.atomic():
            wallet = actions.open_wallet(owner_id=owner, currency="USD", now=NOW)
            inserted.set()
            wait_until_somebody_waits()
            transaction.set_rollback(not first_commits)
        return wallet

    def second() -> Wallet:
        assert inserted.wait(10)
        return open_wallet(owner)

    with Crew(2) as crew:
        earlier, later = crew.at_once([first, second])
    assert (later == earlier) is first_commits
    assert queries.wallets(owner) == (later,)
    assert accounts_of(owner) == 2
    pay_in(later.available_account_id, 1)


def wait_until_somebody_waits() -> None:
    """Return once another connection waits for a transaction of this one to end."""
    for _ in range(400):
        waiting = execute_prepared(
            "SELECT FROM pg_locks WHERE NOT granted AND pg_backend_pid() = ANY (pg_blocking_pids(pid))"
        ).fetchone()
        if waiting is not None:
            return
        time.sleep(0.002)
    raise AssertionError("nobody waits")


def test_two_wallets_never_share_an_account() -> None:
    wallet = new_wallet()
    with pytest.raises(IntegrityError, match="wallets_wallet_own_available"), transaction.atomic():
        execute_prepared(
            "INSERT INTO wallets_wallet VALUES (%s, %s, 'USD', %s, 1, %s)",
            [new_uuid7(), new_uuid7(), wallet.available_account_id, NOW],
        )


@pytest.mark.parametrize(
    "statement",
    ["UPDATE wallets_wallet SET owner_id = id", "DELETE FROM wallets_wallet", "TRUNCATE wallets_wallet"],
)
def test_the_running_program_never_changes_a_wallet(statement: str) -> None:
    with pytest.raises(DatabaseError, match="permission denied"):
        execute_prepared(statement)


def test_a_frozen_account_keeps_its_wallet() -> None:
    wallet = new_wallet(available_minor=100)
    with transaction.atomic():
        book_actions.set_account_status(account_id=wallet.available_account_id, status=AccountStatus.FROZEN)
    assert open_wallet(wallet.owner_id) == wallet
