"""Everybody at once: whatever the order, the money is right."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from functools import partial
from itertools import pairwise

import pytest

from okpay.base.database import execute_prepared
from okpay.base.ids import new_uuid7
from okpay.ledger import queries
from okpay.ledger.records import Count, Expire, HoldStatus, Item, Leg, Outcome, Post, Release
from tests.factories.ledger import (
    capture,
    new_account,
    new_subject,
    outcome_of,
    post,
    reserve,
    reverse,
    transfer,
)
from tests.laws.crew import Crew

ROUNDS = 15


@pytest.fixture(scope="module")
def crew() -> Iterator[Crew]:
    with Crew(10) as crew:
        yield crew


def at_once(crew: Crew, *items: Item) -> Counter[Outcome]:
    """Post each item in a transaction of its own, all at the same moment; more items than connections take turns."""
    shares = [items[number :: crew.size] for number in range(min(crew.size, len(items)))]

    def work(share: tuple[Item, ...]) -> list[Outcome]:
        return [post(item, conflicts=crew.conflicts)[0].outcome for item in share]

    return Counter(
        outcome
        for outcomes in crew.at_once([partial(work, share) for share in shares])
        for outcome in outcomes
    )


def balance_of(account_id: int) -> int:
    """Return an account's balance."""
    account = queries.account(account_id)
    assert account is not None
    return account.balance_minor


def test_fifty_double_spends_of_a_whole_balance_are_one(crew: Crew) -> None:
    ann, bob = new_account(balance_minor=10_000), new_account()
    told = at_once(crew, *(transfer(ann, bob, 10_000) for _ in range(50)))
    assert told == {Outcome.POSTED: 1, Outcome.INSUFFICIENT_FUNDS: 49}
    assert (balance_of(ann), balance_of(bob)) == (0, 10_000)


def test_the_same_item_from_everybody_is_posted_once(crew: Crew) -> None:
    for _ in range(ROUNDS):
        ann, bob = new_account(balance_minor=500), new_account()
        item = transfer(ann, bob, 100)
        assert at_once(crew, *[item] * 10) == {Outcome.POSTED: 1, Outcome.REPLAYED: 9}
        assert balance_of(bob) == 100


def test_one_id_for_two_items_belongs_to_the_first(crew: Crew) -> None:
    for _ in range(ROUNDS):
        ann, bob, cem, dan = (new_account(balance_minor=500) for _ in range(4))
        key = new_uuid7()
        mine = Post(key, "test.transfer", (Leg(ann, bob, 100),))
        yours = Post(key, "test.transfer", (Leg(cem, dan, 100),))
        told = at_once(crew, mine, yours)
        assert told == {Outcome.POSTED: 1, Outcome.KEY_REUSED: 1}
        assert balance_of(bob) + balance_of(dan) == 1_100


def test_the_same_ids_in_opposite_order_are_each_posted_once(crew: Crew) -> None:
    ann, bob = new_account(balance_minor=100_000), new_account()
    items = [transfer(ann, bob, 10) for _ in range(20)]
    orders = [items, items[::-1], items[10:] + items[:10], items[::2] + items[1::2]]
    results = crew.at_once([partial(post, *order, conflicts=crew.conflicts) for order in orders])
    told = Counter(result.outcome for part in results for result in part)
    assert told == {Outcome.POSTED: 20, Outcome.REPLAYED: 60}
    assert balance_of(bob) == 200


def test_capture_release_and_expiry_at_one_instant_end_a_hold_once(crew: Crew) -> None:
    ends: Counter[HoldStatus] = Counter()
    for number in range(2 * ROUNDS):
        ann, bob = new_account(balance_minor=1_000), new_account()
        subject = new_subject(per_day_minor=1_000)
        hold = reserve(ann, 600, Count(subject, 600), lasting=timedelta(hours=1 if number % 2 else -1))
        assert outcome_of(hold) is Outcome.POSTED
        rivals: list[Item] = [
            capture(hold, bob, 600),
            Release(new_uuid7(), "test.release", hold.id),
            Expire(new_uuid7(), "test.expire", hold.id),
            capture(hold, bob, 250),
        ]
        told = at_once(crew, *rivals[number % 4 :], *rivals[: number % 4])
        assert told[Outcome.POSTED] == 1, told
        stands, account, counted = queries.hold(hold.id), queries.account(ann), queries.limit_subject(subject)
        assert stands is not None
        assert account is not None
        assert counted is not None
        ends[stands.status] += 1
        assert stands.status is not HoldStatus.OPEN
        assert account.held_minor == 0
        assert account.balance_minor == 1_000 - stands.captured_minor == 1_000 - balance_of(bob)
        assert counted.used_day_minor == stands.captured_minor
    assert len(ends) >= 2, ends


def test_a_hold_is_captured_in_parts_by_many_up_to_its_amount(crew: Crew) -> None:
    for _ in range(ROUNDS):
        ann, bob = new_account(balance_minor=1_000), new_account()
        hold = reserve(ann, 600)
        assert outcome_of(hold) is Outcome.POSTED
        told = at_once(crew, *(capture(hold, bob, 100, final=False) for _ in range(10)))
        assert told[Outcome.POSTED] == 6
        assert told[Outcome.HOLD_CLOSED] == 4
        assert balance_of(bob) == 600


def test_an_entry_is_reversed_once(crew: Crew) -> None:
    for _ in range(ROUNDS):
        ann, bob = new_account(balance_minor=1_000), new_account(balance_minor=1_000)
        item = transfer(ann, bob, 300)
        assert outcome_of(item) is Outcome.POSTED
        told = at_once(crew, *(reverse(item.id) for _ in range(6)))
        assert told == {Outcome.POSTED: 1, Outcome.ALREADY_REVERSED: 5}
        assert (balance_of(ann), balance_of(bob)) == (1_000, 1_000)


@pytest.mark.parametrize("window", ["per_day_minor", "per_week_minor", "per_month_minor", "per_year_minor"])
def test_twenty_that_each_take_what_is_left_of_a_limit_are_one(crew: Crew, window: str) -> None:
    subject, bob = new_subject("UTC", **{window: 1_000}), new_account()
    # Accounts of their own: only the limit is between them.
    payers = [new_account(balance_minor=1_000) for _ in range(20)]
    assert outcome_of(transfer(payers[0], bob, 400, Count(subject, 400))) is Outcome.POSTED
    late = [transfer(payer, bob, 600, Count(subject, 600)) for payer in payers[1:]]
    told = at_once(crew, *late, reserve(payers[0], 600, Count(subject, 600)))
    assert told[Outcome.POSTED] == 1
    assert sum(told.values()) == 20
    assert len(told) == 2, told
    used = queries.limit_subject(subject)
    assert used is not None
    assert used.used_year_minor == 1_000


def test_accounts_in_any_order_never_deadlock(crew: Crew) -> None:
    accounts = [new_account(balance_minor=1_000_000) for _ in range(6)]
    holds = [reserve(account, 1_000) for account in accounts]
    subjects = [new_subject(per_day_minor=10**9) for _ in range(3)]
    post(*holds)
    before, conflicts = deadlocks(), len(crew.conflicts)

    def work(seed: int) -> None:
        order = [accounts[(seed * step + step * step) % 6] for step in range(7)]
        for turn in range(40):
            items: list[Item] = [
                transfer(source, target, 5, Count(subjects[(seed + turn + number) % 3], 5))
                for number, (source, target) in enumerate(pairwise(order))
                if source != target
            ]
            items.append(capture(holds[(seed + turn) % 6], order[0], 1, final=False))
            items.append(capture(holds[(seed * 5 + turn) % 6], order[-1], 1, final=False))
            post(*items[:: 1 if turn % 2 else -1], conflicts=crew.conflicts)
            order = order[turn % 3 + 1 :] + order[: turn % 3 + 1]

    crew.at_once([partial(work, seed) for seed in range(8)])
    assert deadlocks() == before
    assert "40P01" not in crew.conflicts[conflicts:]


def deadlocks() -> int:
    """Return how many deadlocks PostgreSQL has found in this database."""
    execute_prepared("SELECT pg_stat_force_next_flush()")
    row = execute_prepared(
        "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()"
    ).fetchone()
    assert row is not None
    return int(row[0])
