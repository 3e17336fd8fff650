"""Something appears between the moments at which a posting call looks: never is money moved twice, or half."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from functools import partial

import psycopg
import pytest

from okpay.base.database import execute_prepared
from okpay.ledger import queries
from okpay.ledger.actions import post as posting
from okpay.ledger.actions.facts import Facts, read_facts
from okpay.ledger.records import MAX_MINOR, Capture, Item, Leg, Outcome
from tests.factories.ledger import capture, new_account, outcome_of, post, reserve, reverse, transfer
from tests.laws.crew import Crew
from tests.laws.invariants import broken_laws

PATIENCE = 10
LOCK_TIMEOUT_SECONDS = 1
_WAITING = """
SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'
"""


@pytest.fixture
def crew() -> Iterator[Crew]:
    with Crew(4) as crew:
        yield crew


@pytest.fixture
def after_facts(monkeypatch: pytest.MonkeyPatch, crew: Crew) -> Callable[[Item], None]:
    """Post an item on another connection right after the next call has read its facts, and before it takes locks."""

    def arrange(item: Item) -> None:
        left = [item]

        def read(items: Sequence[Item]) -> Facts:
            facts = read_facts(items)
            if left:
                crew.at_once([partial(post, left.pop())])
            return facts

        monkeypatch.setattr(posting, "read_facts", read)

    return arrange


def test_an_original_that_appears_late_is_reversed_whole_or_not_at_all(
    after_facts: Callable[[Item], None],
) -> None:
    ann, bob = new_account(balance_minor=100), new_account(balance_minor=100)
    original = transfer(ann, bob, 40)
    undo = reverse(original.id)
    after_facts(original)
    assert outcome_of(undo) in (Outcome.ORIGINAL_UNKNOWN, Outcome.POSTED)
    assert outcome_of(undo) in (Outcome.POSTED, Outcome.REPLAYED)
    assert (balance(ann), balance(bob)) == (100, 100)
    assert not broken_laws()


def test_a_hold_that_appears_late_is_captured_or_unknown(after_facts: Callable[[Item], None]) -> None:
    ann, bob = new_account(balance_minor=100), new_account()
    hold = reserve(ann, 60)
    take = capture(hold, bob, 60)
    after_facts(hold)
    assert outcome_of(take) in (Outcome.HOLD_UNKNOWN, Outcome.POSTED)
    assert outcome_of(take) in (Outcome.POSTED, Outcome.REPLAYED)
    assert (balance(ann), balance(bob)) == (40, 60)
    assert not broken_laws()


def test_a_hold_that_appears_while_a_call_waits_is_not_captured_twice(crew: Crew, admin_url: str) -> None:
    low = new_account(balance_minor=1_000)
    ann, bob, cem = new_account(balance_minor=1_000), new_account(), new_account()
    other, hold = reserve(ann, 300), reserve(ann, 100)
    assert outcome_of(other) is Outcome.POSTED
    greedy: list[Item] = [
        transfer(low, cem, 1),
        hold,
        capture(hold, bob, 100),
        capture(other, bob, 10, final=False),
    ]
    with psycopg.connect(admin_url) as one, psycopg.connect(admin_url) as two:
        one.execute("SELECT FROM ledger_hold WHERE id = %s FOR UPDATE", [other.id])
        two.execute("SELECT FROM ledger_account WHERE id = %s FOR UPDATE", [low])

        def be_greedy() -> None:
            post(*greedy)

        def conduct() -> None:
            wait_for(lambda: waiting() == 1, "the greedy call does not wait for the other hold")
            assert outcome_of(hold) is Outcome.POSTED
            one.rollback()
            time.sleep(0.1)  # the greedy call now waits for the account, or tries again
            crew_of_two.at_once([capture_it, let_go])

        def capture_it() -> None:
            post(capture(hold, bob, 100))

        def let_go() -> None:
            time.sleep(0.2)
            two.rollback()

        with Crew(2) as crew_of_two:
            crew.at_once([be_greedy, conduct])
    stands = queries.hold(hold.id)
    assert stands is not None
    assert stands.captured_minor == 100
    assert balance(bob) == 110
    assert not broken_laws()


def test_a_capture_beyond_all_bounds_does_not_pass_a_hold_of_the_largest_amount() -> None:
    rich, poor = new_account(floor_minor=None, balance_minor=MAX_MINOR), new_account(floor_minor=None)
    other = new_account(floor_minor=None)
    hold = reserve(rich, MAX_MINOR)
    assert outcome_of(hold) is Outcome.POSTED
    legs = (Leg(rich, poor, MAX_MINOR), Leg(rich, other, MAX_MINOR))
    assert outcome_of(Capture(transfer(rich, poor, 1).id, "test.capture", hold.id, legs)) is (
        Outcome.CAPTURE_EXCEEDS_HOLD
    )
    assert balance(rich) == MAX_MINOR


def test_a_call_that_waits_too_long_can_be_tried_again_as_a_whole(crew: Crew, admin_url: str) -> None:
    ann, bob = new_account(balance_minor=100), new_account()
    item = transfer(ann, bob, 70)
    conflicts: list[str] = []
    with psycopg.connect(admin_url) as admin:
        admin.execute("SELECT FROM ledger_account WHERE id = %s FOR UPDATE", [bob])

        def let_go_late() -> None:
            time.sleep(LOCK_TIMEOUT_SECONDS + 0.3)
            admin.rollback()

        def insist() -> None:
            assert post(item, conflicts=conflicts)[0].outcome is Outcome.POSTED

        crew.at_once([insist, let_go_late])
    assert set(conflicts) == {"55P03"}
    assert outcome_of(item) is Outcome.REPLAYED
    assert (balance(ann), balance(bob)) == (30, 70)


def balance(account_id: int) -> int:
    """Return an account's balance."""
    account = queries.account(account_id)
    assert account is not None
    return account.balance_minor


def waiting() -> int:
    """Return how many connections of this database wait for a lock."""
    row = execute_prepared(_WAITING).fetchone()
    assert row is not None
    return int(row[0])


def wait_for(condition: Callable[[], bool], otherwise: str) -> None:
    """Wait until something is so."""
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline, otherwise
        time.sleep(0.01)
