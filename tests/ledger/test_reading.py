"""Reading the book: pages by key, postings of an entry, dates as key ranges, seals."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import transaction

from okpay.base import clock
from okpay.base.errors import BrokenInvariant
from okpay.base.ids import new_bigint_id, new_uuid7
from okpay.ledger import actions, queries
from okpay.ledger.records import Leg, Outcome, Post, Reverse
from okpay.ledger.verification import verify
from tests.ledger.test_settings import funded, opened, post


def test_postings_are_paged_by_key_latest_first() -> None:
    payer, payee = funded(1000), opened()
    items = [Post(new_uuid7(), "test", (Leg(payer.id, payee.id, amount),)) for amount in range(1, 8)]
    post(*items)
    pages, before = [], 2**63 - 1
    while page := queries.postings(payee.id, before=before, limit=3):
        pages.append([-posting.amount_minor for posting in page])
        before = page[-1].sequence
    assert pages == [[7, 6, 5], [4, 3, 2], [1]]


def test_a_date_range_is_a_key_range() -> None:
    payer, payee = funded(1000), opened()
    post(Post(new_uuid7(), "test", (Leg(payer.id, payee.id, 1),)))
    between = clock.now()
    post(Post(new_uuid7(), "test", (Leg(payer.id, payee.id, 2),)))
    assert [posting.amount_minor for posting in queries.postings(payee.id, since=between)] == [-2]
    assert queries.postings(payee.id, since=between + timedelta(days=1)) == []


def test_an_entry_with_several_legs_finds_its_postings_and_balances() -> None:
    payer, payee, house = funded(1000), opened(), opened()
    item = Post(new_uuid7(), "transfer.send", (Leg(payer.id, payee.id, 250), Leg(payer.id, house.id, 3)))
    post(*[Post(new_uuid7(), "test", (Leg(payer.id, house.id, 1),)) for _ in range(20)], item)
    entry = queries.entry(item.id)
    assert entry is not None
    assert entry.legs == item.legs
    assert [
        (p.account_id, p.leg, p.amount_minor, p.balance_minor) for p in queries.postings_of_entry(entry)
    ] == [
        (payer.id, 1, 250, 730),
        (payee.id, 1, -250, 250),
        (payer.id, 2, 3, 727),
        (house.id, 2, -3, 23),
    ]


def test_a_reversal_is_the_mirror_image() -> None:
    payer, payee, house = funded(100), opened(), opened()
    item = Post(new_uuid7(), "test", (Leg(payer.id, payee.id, 60), Leg(payee.id, house.id, 10)))
    reversal = Reverse(new_uuid7(), "correction", item.id)
    post(item)
    assert post(reversal)[0].outcome is Outcome.POSTED
    entry = queries.entry(reversal.id)
    assert entry is not None
    assert entry.legs == (Leg(house.id, payee.id, 10), Leg(payee.id, payer.id, 60))
    assert [a.balance_minor for a in map(queries.account, (payer.id, payee.id, house.id)) if a] == [100, 0, 0]


def test_seals_form_a_chain_over_everything_posted() -> None:
    payer, payee = funded(100), opened()
    while actions.seal() is not None:
        pass
    post(*[Post(new_uuid7(), "test", (Leg(payer.id, payee.id, 1),)) for _ in range(5)])
    assert queries.unsealed_calls() >= 1
    seal = actions.seal()
    assert seal is not None
    latest, before = queries.seals(limit=2)
    assert latest == seal
    assert latest.previous_hash == before.hash
    assert actions.seal() is None
    assert verify().clean


def test_posting_needs_a_transaction_and_happens_once_in_it() -> None:
    payer, payee = funded(100), opened()
    item = Post(new_uuid7(), "test", (Leg(payer.id, payee.id, 1),))
    with pytest.raises(BrokenInvariant):
        actions.post_many([item])
    with transaction.atomic():
        actions.post_many([Post(new_uuid7(), "test", item.legs)])
        with pytest.raises(BrokenInvariant):
            actions.post_many([item])
    assert queries.entry(item.id) is None


def test_some_accounts_are_read_at_once() -> None:
    first, second = funded(70), opened()
    found = queries.accounts_by_id([second.id, first.id, new_bigint_id(), first.id])
    assert {id_: account.balance_minor for id_, account in found.items()} == {first.id: 70, second.id: 0}
    assert found[first.id] == queries.account(first.id)
    assert queries.accounts_by_id([]) == {}


def test_accounts_are_paged_and_the_trial_balance_is_level() -> None:
    accounts = [opened() for _ in range(3)]
    first = queries.accounts(after=accounts[0].id - 1, limit=2)
    assert [account.id for account in first] == [accounts[0].id, accounts[1].id]
    for line in queries.trial_balance():
        assert line.debit_minor == line.credit_minor
