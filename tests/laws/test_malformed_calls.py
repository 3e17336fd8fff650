"""Calls of the posting function that no caller of ours makes: refused as a whole, and nothing changes."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import psycopg
import pytest

from okpay.base import clock
from okpay.base.ids import new_uuid7
from okpay.ledger import queries
from okpay.ledger.actions.arguments import CALL, arguments
from okpay.ledger.actions.facts import Facts, read_facts
from okpay.ledger.queries import verify
from okpay.ledger.records import Account, Capture, Item, Leg, Post, Reserve, Reverse
from tests.factories.ledger import new_account, post, transfer

(
    CALL_ID, ACCOUNTS, SUBJECTS, HOLDS, ORIGINALS, IDS, OPERATIONS, KINDS, FIRST_LEGS, LAST_LEGS, FIRST_COUNTS,
    LAST_COUNTS, ORIGINAL, HOLD, HOLD_ACCOUNT, HOLD_AMOUNT, DEADLINE, FINAL, DEBITS, CREDITS, AMOUNTS,
    COUNT_SUBJECTS, COUNT_AMOUNTS,
) = range(23)  # fmt: skip
Change = Callable[[list[str]], None]


def put(position: int, text: str) -> Change:
    """Return a change of one argument."""

    def change(parameters: list[str]) -> None:
        parameters[position] = text

    return change


def unsorted(parameters: list[str]) -> None:
    parameters[ACCOUNTS] = "{" + ",".join(reversed(parameters[ACCOUNTS].strip("{}").split(","))) + "}"


MALFORMED = {
    "accounts out of order": unsorted,
    "an account that is null": put(ACCOUNTS, "{1,NULL}"),
    "two items that share legs": put(FIRST_LEGS, "{1,1}"),
    "an item that leaves a leg out": put(LAST_LEGS, "{1,1}"),
    "a leg too many": put(AMOUNTS, "{7,7,7}"),
    "no legs": put(LAST_LEGS, "{0,1}"),
    "an amount below one": put(AMOUNTS, "{7,-7}"),
    "an operation that is none": put(OPERATIONS, "{1,0}"),
    "an operation without its legs": put(OPERATIONS, "{1,4}"),
    "a kind that is no name": put(KINDS, '{"a","<b>"}'),
    "counts that are not there": put(LAST_COUNTS, "{0,1}"),
    "an item without id": put(IDS, "{NULL,NULL}"),
}


def refused(app_url: str, parameters: list[str]) -> None:
    """Call the function as the running program and expect an error."""
    with psycopg.connect(app_url) as app, pytest.raises(psycopg.Error):
        app.execute(CALL, parameters)


def states(*account_ids: int) -> list[Account | None]:
    return [queries.account(account_id) for account_id in account_ids]


@pytest.mark.parametrize("change", MALFORMED.values(), ids=MALFORMED.keys())
def test_a_malformed_call_changes_nothing(app_url: str, change: Change) -> None:
    one, two = new_account(balance_minor=100), new_account(balance_minor=100)
    parameters = arguments([transfer(one, two, 7), transfer(two, one, 7)], Facts())
    before = states(one, two)
    change(parameters)
    refused(app_url, parameters)
    assert states(one, two) == before


def test_a_reversal_with_other_legs_is_refused(app_url: str) -> None:
    one, two = new_account(balance_minor=100), new_account(balance_minor=100)
    original = transfer(one, two, 1)
    post(original)
    items: list[Item] = [Reverse(new_uuid7(), "test", original.id)]
    parameters = arguments(items, read_facts(items))
    parameters[AMOUNTS] = "{50}"
    before = states(one, two)
    refused(app_url, parameters)
    assert states(one, two) == before


def test_a_hold_gives_back_what_it_counted_and_no_more(app_url: str) -> None:
    one, two = new_account(balance_minor=100), new_account(balance_minor=100)
    hold = Reserve(new_uuid7(), "test", one, 10, clock.now() + timedelta(days=900))
    post(hold)
    items: list[Item] = [Capture(new_uuid7(), "test", hold.id, (Leg(one, two, 1),))]
    parameters = arguments(items, read_facts(items))
    parameters[SUBJECTS], parameters[COUNT_SUBJECTS], parameters[COUNT_AMOUNTS] = "{5}", "{1}", "{1000}"
    parameters[LAST_COUNTS] = "{1}"
    refused(app_url, parameters)


def test_the_express_lane_takes_no_odd_kind_or_amount(app_url: str) -> None:
    one, two = new_account(balance_minor=100), new_account(balance_minor=100)
    with psycopg.connect(app_url, autocommit=True) as app:
        for kind, amount in (("<b>", 1), ("test", 0), ("test", -5), ("", 1)):
            answer = app.execute(
                "SELECT ledger_post_plain_v1(%s, %s, %s, %s, %s, %s, NULL, NULL)",
                [new_uuid7(), new_uuid7(), kind, one, two, amount],
            ).fetchone()
            assert answer == (False,)


def test_nothing_can_stand_before_the_tables_of_the_book(app_url: str, admin_url: str) -> None:
    """A temporary table of the same name comes first in a search path, unless the path says otherwise."""
    one, two = new_account(balance_minor=100), new_account()
    with psycopg.connect(app_url) as app, pytest.raises(psycopg.errors.InsufficientPrivilege):
        app.execute("CREATE TEMP TABLE ledger_unsealed (id uuid, entry_ids uuid[])")
    with psycopg.connect(admin_url) as admin:
        for table in ("ledger_unsealed", "ledger_posting", "ledger_entry", "ledger_account", "ledger_mode"):
            admin.execute(f"CREATE TEMP TABLE {table} (LIKE public.{table})")
        item = Post(new_uuid7(), "test", (Leg(one, two, 7),))
        admin.execute(
            "SELECT public.ledger_post_plain_v1(%s, %s, 'test', %s, %s, 7, NULL, NULL)",
            [new_uuid7(), item.id, one, two],
        )
        admin.execute("DROP TABLE pg_temp.ledger_unsealed, pg_temp.ledger_posting, pg_temp.ledger_entry")
    entry = queries.entry(item.id)
    assert entry is not None
    assert entry.legs == item.legs
    assert verify().clean


def test_seals_cannot_skip_a_number(app_url: str) -> None:
    with psycopg.connect(app_url) as app, pytest.raises(psycopg.errors.CheckViolation):
        app.execute(
            "INSERT INTO ledger_seal (number, sealed_at, root, previous_hash, hash, entry_ids, leaves) "
            "VALUES (9223372036854775807, now(), '', '', '', '{}', '')"
        )


def test_the_program_s_role_cannot_forget_migrations(app_url: str) -> None:
    with psycopg.connect(app_url) as app, pytest.raises(psycopg.errors.InsufficientPrivilege):
        app.execute("DELETE FROM django_migrations")
