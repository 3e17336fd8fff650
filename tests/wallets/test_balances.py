"""What the book says is in a wallet."""

from __future__ import annotations

from django.db import transaction

from okpay.base.ids import new_uuid7
from okpay.base.money import CURRENCIES, Money
from okpay.ledger import queries as book
from okpay.ledger.records import MAX_MINOR, Leg, Outcome, Post
from okpay.wallets import queries
from tests.factories.ledger import capture, new_account, outcome_of, post, reserve, transfer
from tests.factories.wallets import new_wallet
from tests.queries_sent import noted_statements


def dollars(minor: int) -> Money:
    """Return an amount of US dollars."""
    return Money(minor, "USD")


def test_an_owner_without_wallets_has_no_balances() -> None:
    assert queries.balances(new_uuid7()) == ()
    assert queries.wallet(new_uuid7(), "USD") is None


def test_card_money_can_be_spent_and_not_withdrawn() -> None:
    wallet = new_wallet(available_minor=300, maturing_minor=50)
    (balance,) = queries.balances(wallet.owner_id)
    assert (balance.wallet_id, balance.currency) == (wallet.id, "USD")
    assert (balance.available, balance.maturing) == (dollars(350), dollars(50))
    assert (balance.held, balance.balance) == (dollars(0), dollars(350))


def test_money_that_matures_stays_available() -> None:
    wallet = new_wallet(maturing_minor=50)
    assert outcome_of(transfer(wallet.maturing_account_id, wallet.available_account_id, 50)) is Outcome.POSTED
    (balance,) = queries.balances(wallet.owner_id)
    assert (balance.available, balance.maturing) == (dollars(50), dollars(0))


def test_what_is_held_is_not_available_and_still_in_the_balance() -> None:
    wallet, payee = new_wallet(available_minor=300, maturing_minor=50), new_account()
    hold, other = reserve(wallet.available_account_id, 200), reserve(wallet.maturing_account_id, 20)
    post(hold, other)
    (balance,) = queries.balances(wallet.owner_id)
    assert (balance.available, balance.maturing, balance.held) == (dollars(130), dollars(30), dollars(220))
    assert balance.balance == dollars(350)
    post(capture(hold, payee, 150))
    (balance,) = queries.balances(wallet.owner_id)
    assert (balance.available, balance.held, balance.balance) == (dollars(180), dollars(20), dollars(200))


def test_the_largest_balances_add_up() -> None:
    wallet = new_wallet(available_minor=MAX_MINOR, maturing_minor=MAX_MINOR)
    (balance,) = queries.balances(wallet.owner_id)
    assert balance.available == dollars(2 * MAX_MINOR)


def test_wallets_come_in_the_order_in_which_they_were_opened() -> None:
    owner = new_uuid7()
    for currency in ("JPY", "EUR", "USD"):
        new_wallet(owner, currency, available_minor=7)
    assert [balance.available for balance in queries.balances(owner)] == [
        Money(7, "JPY"), Money(7, "EUR"), Money(7, "USD"),
    ]  # fmt: skip


def test_two_queries_however_many_wallets_there_are() -> None:
    owner = new_uuid7()
    for currency in sorted(CURRENCIES)[:12]:
        new_wallet(owner, currency)
    with transaction.atomic(), noted_statements() as sent:
        assert len(queries.balances(owner)) == 12
    assert len(sent) == 2, sent


def test_an_owner_can_have_every_currency_there_is() -> None:
    owner = new_uuid7()
    for currency in sorted(CURRENCIES):
        new_wallet(owner, currency)
    assert {balance.currency for balance in queries.balances(owner)} == CURRENCIES


def test_an_account_leads_to_its_owner() -> None:
    wallet, nobodys = new_wallet(), new_account()
    assert queries.owner_of_account(wallet.available_account_id) == wallet.owner_id
    assert queries.owner_of_account(wallet.maturing_account_id) == wallet.owner_id
    assert queries.owner_of_account(nobodys) is None


def test_a_wallet_is_not_overdrawn_by_what_matures() -> None:
    wallet, payee = new_wallet(available_minor=10, maturing_minor=90), new_account()
    legs = (Leg(wallet.maturing_account_id, payee, 90), Leg(wallet.available_account_id, payee, 11))
    assert outcome_of(Post(new_uuid7(), "test.transfer", legs)) is Outcome.INSUFFICIENT_FUNDS
    both = Post(new_uuid7(), "test.transfer", (legs[0], Leg(wallet.available_account_id, payee, 10)))
    assert outcome_of(both) is Outcome.POSTED
    assert queries.balances(wallet.owner_id)[0].balance == dollars(0)
    account = book.account(payee)
    assert account is not None
    assert account.balance_minor == 100
