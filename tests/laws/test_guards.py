"""What the database refuses to the program's role, and even to the owner of the tables."""

from __future__ import annotations

from uuid import UUID

import psycopg
import pytest

from okpay.ledger import queries
from okpay.ledger.records import MAX_MINOR, Outcome, Result
from tests.factories.ledger import new_account, post, transfer

CHANGES = {
    "UPDATE ledger_entry SET kind = 'other'",
    "DELETE FROM ledger_entry",
    "TRUNCATE ledger_entry",
    "UPDATE ledger_posting SET amount_minor = 1",
    "DELETE FROM ledger_posting",
    "TRUNCATE ledger_posting",
    "UPDATE ledger_reversal SET entry_id = original_id",
    "DELETE FROM ledger_reversal",
    "UPDATE ledger_seal SET number = number + 1",
    "DELETE FROM ledger_seal",
}
APP_ONLY = {
    "INSERT INTO ledger_entry SELECT * FROM ledger_entry",
    "INSERT INTO ledger_posting SELECT * FROM ledger_posting",
    "INSERT INTO ledger_reversal SELECT * FROM ledger_reversal",
    "INSERT INTO ledger_hold SELECT * FROM ledger_hold",
    "INSERT INTO ledger_unsealed SELECT * FROM ledger_unsealed",
    "UPDATE ledger_account SET balance_minor = balance_minor + 1",
    "UPDATE ledger_account SET held_minor = 0",
    "UPDATE ledger_account SET currency = 'EUR'",
    "UPDATE ledger_account SET sequence = 0",
    "DELETE FROM ledger_account",
    "UPDATE ledger_hold SET status = 3",
    "DELETE FROM ledger_hold",
    "UPDATE ledger_limit_subject SET used_day_minor = 0",
    "UPDATE ledger_limit_subject SET counted_on = NULL",
    "DELETE FROM ledger_limit_subject",
}


@pytest.mark.parametrize("statement", sorted(CHANGES | APP_ONLY))
def test_the_program_s_role_cannot_touch_the_book(app_url: str, statement: str) -> None:
    with (
        psycopg.connect(app_url) as app,
        pytest.raises(psycopg.errors.InsufficientPrivilege, match="permission denied"),
    ):
        app.execute(statement)


@pytest.mark.parametrize("statement", sorted(CHANGES))
def test_not_even_the_owner_changes_what_is_written(owner_url: str, statement: str) -> None:
    with (
        psycopg.connect(owner_url) as owner,
        pytest.raises(psycopg.errors.InsufficientPrivilege, match="append-only"),
    ):
        owner.execute(statement)


INSERT = """
INSERT INTO ledger_posting (account_id, sequence, entry_id, leg, amount_minor, balance_minor, currency)
VALUES (%s, %s, %s, %s, %s, %s, %s), (%s, %s, %s, %s, %s, %s, %s)
"""


@pytest.mark.parametrize(
    ("credit_currency", "credit_minor"),
    [("EUR", -5), ("USD", -4)],
    ids=["other currency", "does not sum to zero"],
)
def test_the_database_itself_refuses_a_false_posting(
    owner_url: str, credit_currency: str, credit_minor: int
) -> None:
    ann, bob = new_account(), new_account()
    entry_id = str(UUID(int=ann))
    rows = [
        (ann, 1, entry_id, 1, 5, -5, "USD"),
        (bob, 1, entry_id, 1, credit_minor, -credit_minor, credit_currency),
    ]
    with psycopg.connect(owner_url) as owner, pytest.raises(psycopg.errors.CheckViolation):
        owner.execute(INSERT, rows[0] + rows[1])


def test_accounts_of_two_currencies_do_not_meet_in_a_leg() -> None:
    dollars, euros = new_account(balance_minor=100), new_account(currency="EUR", balance_minor=100)
    item = transfer(dollars, euros, 10)
    assert post(item) == [Result(item.id, Outcome.CURRENCY_MISMATCH, euros)]


def test_nothing_is_credited_past_the_largest_balance() -> None:
    rich, ann = new_account(balance_minor=MAX_MINOR - 5), new_account(balance_minor=100)
    full, fits = transfer(ann, rich, 6), transfer(ann, rich, 5)
    assert post(full) == [Result(full.id, Outcome.BALANCE_OUT_OF_RANGE, rich)]
    assert post(fits, transfer(rich, ann, 1))[0].outcome is Outcome.POSTED
    account = queries.account(rich)
    assert account is not None
    assert account.balance_minor == MAX_MINOR - 1


@pytest.mark.parametrize("amount_minor", [0, -1, -(2**63), MAX_MINOR + 1, 2**63 - 1, 2**63, 10**40])
def test_an_amount_that_is_none_changes_nothing(amount_minor: int) -> None:
    ann, bob = new_account(balance_minor=100), new_account()
    before = queries.account(ann), queries.account(bob)
    assert post(transfer(ann, bob, amount_minor))[0].outcome is Outcome.AMOUNT_OUT_OF_RANGE
    assert (queries.account(ann), queries.account(bob)) == before
