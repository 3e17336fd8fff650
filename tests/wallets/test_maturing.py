"""Card money matures: on its day and not before, what is spent goes first, and nothing is left behind."""

from __future__ import annotations

import random
import threading
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection, transaction

from okpay.base import clock
from okpay.base.ids import new_uuid7
from okpay.ledger import actions as ledger
from okpay.ledger import queries as book
from okpay.ledger.records import AccountStatus, Leg, Outcome, Post, Release, Reserve
from okpay.wallets import actions, models
from okpay.wallets.actions.mature import LATER
from okpay.wallets.records import NewLot, Wallet
from tests.factories.ledger import new_account, post, reserve
from tests.factories.wallets import new_wallet

DAY = timedelta(days=1)


def pay_by_card(wallet: Wallet, minor: int, day: datetime) -> None:
    """Bring an amount onto the maturing account, with its lot, in one transaction as a top-up does."""
    source = new_account(currency=wallet.currency, floor_minor=None)
    with transaction.atomic():
        item = Post(new_uuid7(), "test.topup", (Leg(source, wallet.maturing_account_id, minor),))
        assert ledger.post_many([item])[0].outcome is Outcome.POSTED
        actions.add_maturing([NewLot(wallet.maturing_account_id, minor, day)])


def spend(wallet: Wallet, minor: int) -> bool:
    """Take an amount off the maturing account; tell whether it was there."""
    shop = new_account(currency=wallet.currency)
    item = Post(new_uuid7(), "test.spend", (Leg(wallet.maturing_account_id, shop, minor),))
    return post(item)[0].accepted


def mature(now: datetime) -> None:
    """Go on until nothing is due."""
    while actions.mature_once(now=now):
        pass


def balances(wallet: Wallet) -> tuple[int, int]:
    """Return what lies on the accounts available and maturing."""
    accounts = book.accounts_by_id([wallet.available_account_id, wallet.maturing_account_id])
    return (
        accounts[wallet.available_account_id].balance_minor,
        accounts[wallet.maturing_account_id].balance_minor,
    )


def lots_of(wallet: Wallet) -> int:
    """Return how many lots there are still."""
    return models.MaturingLot.objects.filter(maturing_account_id=wallet.maturing_account_id).count()


def test_it_matures_on_its_day_and_not_before() -> None:
    now, wallet = clock.now(), new_wallet()
    pay_by_card(wallet, 50_00, now + 7 * DAY)
    mature(now + 7 * DAY - timedelta(microseconds=1))
    assert balances(wallet) == (0, 50_00)
    mature(now + 7 * DAY)
    assert balances(wallet) == (50_00, 0)
    assert lots_of(wallet) == 0


def test_what_is_spent_is_what_matures_first() -> None:
    now, wallet = clock.now(), new_wallet()
    pay_by_card(wallet, 30_00, now + DAY)
    pay_by_card(wallet, 50_00, now + 3 * DAY)
    assert spend(wallet, 20_00)
    mature(now + DAY)
    assert balances(wallet) == (10_00, 50_00)
    assert spend(wallet, 45_00)
    mature(now + 3 * DAY)
    assert balances(wallet) == (15_00, 0)


@pytest.mark.parametrize("which", ["available", "maturing"])
@pytest.mark.parametrize("status", [AccountStatus.FROZEN, AccountStatus.NO_DEBIT])
def test_an_account_that_is_not_to_be_touched_matures_when_it_is_free(
    which: str, status: AccountStatus
) -> None:
    now, wallet, other = clock.now(), new_wallet(), new_wallet()
    account_id = wallet.available_account_id if which == "available" else wallet.maturing_account_id
    for one in (wallet, other):
        pay_by_card(one, 50_00, now + DAY)
    ledger.set_account_status(account_id=account_id, status=status)
    mature(now + DAY)
    assert (balances(wallet), balances(other)) == ((0, 50_00), (50_00, 0))
    ledger.set_account_status(account_id=account_id, status=AccountStatus.ACTIVE)
    mature(now + DAY + LATER)
    assert balances(wallet) == (50_00, 0)


def test_what_was_held_on_its_day_and_is_given_back_matures_too() -> None:
    now, wallet = clock.now(), new_wallet()
    pay_by_card(wallet, 50_00, now + DAY)
    hold = reserve(wallet.maturing_account_id, 40_00)
    assert post(hold)[0].accepted
    mature(now + DAY)
    assert balances(wallet) == (10_00, 40_00)
    assert post(Release(new_uuid7(), "test.release", hold.id))[0].accepted
    mature(now + DAY + LATER)
    assert balances(wallet) == (50_00, 0)
    assert lots_of(wallet) == 0


def test_nothing_matures_during_maintenance() -> None:
    now, wallet = clock.now(), new_wallet()
    pay_by_card(wallet, 50_00, now + DAY)
    ledger.set_holds_only(True)
    try:
        assert actions.mature_once(now=now + DAY) == 0
        assert balances(wallet) == (0, 50_00)
        assert lots_of(wallet) == 1
    finally:
        ledger.set_holds_only(False)
    mature(now + DAY)
    assert balances(wallet) == (50_00, 0)


def test_two_sweepers_at_once_move_it_once() -> None:
    now = clock.now()
    wallets = [new_wallet() for _ in range(30)]
    for wallet in wallets:
        pay_by_card(wallet, 50_00, now + DAY)
        pay_by_card(wallet, 7, now + 2 * DAY)
    start = threading.Barrier(3)
    errors: list[BaseException] = []

    def sweep() -> None:
        try:
            start.wait(10)
            actions.mature_once(now=now + DAY)
        except BaseException as error:
            errors.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=sweep) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not errors
    assert {balances(wallet) for wallet in wallets} == {(50_00, 7)}


@dataclass
class Lot:
    """What is left of an amount, and its day."""

    day: datetime
    left: int


@dataclass
class Model:
    """An account whose owner spends what matures first: lots with what is left of them, and what has matured."""

    lots: list[Lot] = field(default_factory=list)
    available: int = 0
    held: int = 0

    @property
    def maturing(self) -> int:
        """What lies on the maturing account, held or not."""
        return sum(lot.left for lot in self.lots)

    def spend(self, minor: int) -> bool:
        """Take from the earliest lots, leaving what is held."""
        if minor > self.maturing - self.held:
            return False
        self._take(minor)
        return True

    def mature(self, now: datetime) -> None:
        """Move what has matured and is not held; what is held counts as the earliest."""
        moved = max(0, sum(lot.left for lot in self.lots if lot.day <= now) - self.held)
        self.available += moved
        self._take(moved)

    def _take(self, minor: int) -> None:
        for lot in sorted(self.lots, key=lambda lot: lot.day):
            taken = min(minor, lot.left)
            lot.left -= taken
            minor -= taken


@pytest.mark.parametrize("seed", range(12))
def test_it_is_as_if_each_unit_had_its_day(seed: int) -> None:
    """Against a simple model: days that rise, as they do where the pack's days stay the same."""
    chance, now, wallet, model = random.Random(seed), clock.now(), new_wallet(), Model()
    day = now + 3 * DAY
    holds: list[Reserve] = []
    for _ in range(40):
        step = chance.choice(("pay", "pay", "spend", "spend", "hold", "free", "wait", "wait"))
        minor = chance.randint(1, 60)
        if step == "pay":
            day = max(day, now + chance.randint(1, 4) * DAY)
            pay_by_card(wallet, minor, day)
            model.lots.append(Lot(day, minor))
        elif step == "spend":
            assert spend(wallet, minor) == model.spend(minor)
        elif step == "hold":
            hold = Reserve(
                new_uuid7(), "test.hold", wallet.maturing_account_id, minor, datetime(2200, 1, 1, tzinfo=UTC)
            )
            if minor <= model.maturing - model.held:
                model.held += minor
                holds.append(hold)
            assert post(hold)[0].accepted == (hold in holds)
        elif step == "free" and holds:
            hold = holds.pop(chance.randrange(len(holds)))
            assert post(Release(new_uuid7(), "test.release", hold.id))[0].accepted
            model.held -= hold.amount_minor
        else:
            now += timedelta(hours=chance.randint(2, 40))
            mature(now)
            model.mature(now)
        if step == "wait":
            assert balances(wallet) == (model.available, model.maturing)
    for hold in holds:
        post(Release(new_uuid7(), "test.release", hold.id))
    mature(max(now, day) + DAY)
    assert balances(wallet) == (model.available + model.maturing, 0)
    assert lots_of(wallet) == 0


@pytest.mark.parametrize("seed", range(12))
def test_whatever_comes_in_nothing_matures_early_and_all_of_it_in_the_end(seed: int) -> None:
    """Also card money of others, whose day may be any: it may matter to what lies there already, and never early.

    Meanwhile accounts are frozen and let go, there is maintenance, and sweepers come twice.
    """
    chance, now, wallet, model = random.Random(seed), clock.now(), new_wallet(), Model()
    latest, ids = now, (wallet.available_account_id, wallet.maturing_account_id)
    for _ in range(40):
        step = chance.choice(("get", "get", "spend", "freeze", "free", "maintain", "wait", "wait", "wait"))
        minor = chance.randint(1, 60)
        if step == "get":
            day = now + timedelta(hours=chance.randint(0, 120))
            latest = max(latest, day)
            if all(account.status is AccountStatus.ACTIVE for account in book.accounts_by_id(ids).values()):
                pay_by_card(wallet, minor, day)
                model.lots.append(Lot(day, minor))
        elif step == "spend" and minor <= model.maturing:
            if spend(wallet, minor):
                assert model.spend(minor)
        elif step == "freeze":
            ledger.set_account_status(account_id=chance.choice(ids), status=AccountStatus.FROZEN)
        elif step == "free":
            for account_id in ids:
                ledger.set_account_status(account_id=account_id, status=AccountStatus.ACTIVE)
        elif step == "maintain":
            ledger.set_holds_only(True)
            before = balances(wallet)
            assert actions.mature_once(now=now) == 0
            ledger.set_holds_only(False)
            assert balances(wallet) == before
        else:
            now += timedelta(hours=chance.randint(1, 30))
            mature(now)
            mature(now)
            model.mature(now)
        available, maturing = balances(wallet)
        assert available <= model.available, "something matured before its day"
        assert available + maturing == model.available + model.maturing
    for account_id in ids:
        ledger.set_account_status(account_id=account_id, status=AccountStatus.ACTIVE)
    mature(max(now, latest) + LATER)
    assert balances(wallet) == (model.available + model.maturing, 0)
    assert lots_of(wallet) == 0
