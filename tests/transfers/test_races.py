"""Many at the same moment, through two batchers with connections of their own, as two processes would be."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from concurrent.futures import Future

import pytest

from okpay.base import clock
from okpay.base.batching import Batcher
from okpay.base.ids import new_uuid7
from okpay.movements import queries as movements
from okpay.movements.records import Accepted, CommandAnswer
from okpay.transfers import actions
from okpay.transfers.records import CancelCommand, SendCommand
from tests.factories.transfers import command, movement_of, new_holder, nobody, send, sent


@pytest.fixture
def batchers() -> Iterator[tuple[Batcher, Batcher]]:
    """Two batchers of two writers each."""
    pair = Batcher(), Batcher()
    yield pair
    for batcher in pair:
        assert batcher.close()


def at_once(batchers: tuple[Batcher, Batcher], commands: list[SendCommand]) -> list[CommandAnswer]:
    """Hand commands in alternately, without waiting, and return what became of each."""
    futures: list[Future[CommandAnswer]] = [
        batchers[number % 2].submit(actions.send_many, wanted) for number, wanted in enumerate(commands)
    ]
    return [future.result(timeout=60) for future in futures]


def told(answers: list[CommandAnswer]) -> Counter[str]:
    """Count answers by what they say."""
    return Counter("sent" if isinstance(answer, Accepted) else answer.code for answer in answers)


def test_fifty_of_the_whole_balance_are_one(batchers: tuple[Batcher, Batcher]) -> None:
    """AC-01."""
    anna, ben = new_holder(available_minor=50_00), new_holder()
    answers = at_once(batchers, [command(anna, ben.email, 50_00) for _ in range(50)])
    assert told(answers) == {"sent": 1, "funds_missing": 49}
    assert (anna.available, ben.available) == (0, 50_00)


def test_fifty_of_the_whole_balance_with_card_money_that_wait_are_one(
    batchers: tuple[Batcher, Batcher],
) -> None:
    anna = new_holder(available_minor=20_00, maturing_minor=30_00)
    answers = at_once(batchers, [command(anna, nobody(), 50_00) for _ in range(50)])
    assert told(answers) == {"sent": 1, "funds_missing": 49}
    assert anna.available == 0


def test_fifty_under_one_key_are_one_answer(batchers: tuple[Batcher, Batcher]) -> None:
    """AC-02."""
    anna, ben = new_holder(available_minor=50_00), new_holder()
    once = command(anna, ben.email, 7_00)
    answers = at_once(batchers, [once] * 50)
    assert len(set(answers)) == 1
    assert isinstance(answers[0], Accepted)
    assert (anna.available, ben.available) == (43_00, 7_00)


def test_another_body_under_the_key_is_refused_and_changes_nothing(batchers: tuple[Batcher, Batcher]) -> None:
    """AC-03."""
    anna, ben = new_holder(available_minor=50_00), new_holder()
    key = str(new_uuid7())
    answers = at_once(batchers, [command(anna, ben.email, 1_00 + minor % 2, key=key) for minor in range(20)])
    assert set(told(answers)) == {"sent", "key_reused"}
    assert len({answer for answer in answers if isinstance(answer, Accepted)}) == 1
    assert anna.available in (49_00, 48_99)


def test_the_same_key_of_somebody_else_is_another_one(batchers: tuple[Batcher, Batcher]) -> None:
    """AC-04."""
    anna, ben, carla = new_holder(available_minor=5_00), new_holder(available_minor=5_00), new_holder()
    key = str(new_uuid7())
    first, second = at_once(
        batchers, [command(anna, carla.email, 5_00, key=key), command(ben, carla.email, 5_00, key=key)]
    )
    assert isinstance(first, Accepted)
    assert isinstance(second, Accepted)
    assert first.movement_id != second.movement_id
    assert carla.available == 10_00


def test_twenty_of_what_is_left_of_the_limit_are_one(batchers: tuple[Batcher, Batcher]) -> None:
    """AC-12."""
    anna, ben = new_holder(level=0, available_minor=500_00), new_holder(level=2)
    sent(anna, ben.email, 20_00)
    answers = at_once(batchers, [command(anna, ben.email, 30_00) for _ in range(20)])
    assert told(answers) == {"sent": 1, "send_limit_reached": 19}
    assert anna.available == 450_00


def test_crosswise_transfers_do_not_lock_each_other_out(batchers: tuple[Batcher, Batcher]) -> None:
    people = [new_holder(available_minor=100_00, level=2) for _ in range(4)]
    commands = [
        command(people[number % 4], people[(number * 3 + 1) % 4].email, 1)
        for number in range(200)
        if number % 4 != (number * 3 + 1) % 4
    ]
    answers = at_once(batchers, commands)
    assert told(answers) == {"sent": len(commands)}
    assert sum(person.available for person in people) == 400_00


def test_one_refused_keeps_nobody_else_of_the_list_back() -> None:
    poor, ben = new_holder(available_minor=1), new_holder()
    rich = [new_holder(available_minor=5_00) for _ in range(20)]
    answers = send(*(command(person, ben.email, 5_00) for person in [*rich, poor]))
    assert told(answers) == {"sent": 20, "funds_missing": 1}
    assert ben.available == 100_00


def test_cancelling_fifty_times_at_once_gives_back_once(batchers: tuple[Batcher, Batcher]) -> None:
    anna = new_holder(available_minor=50_00)
    movement = sent(anna, nobody(), 20_00)
    wanted = CancelCommand(anna.customer.id, movement.id, clock.now())
    futures = [batchers[number % 2].submit(actions.cancel_many, wanted) for number in range(50)]
    assert {future.result(timeout=60) for future in futures} == {Accepted(movement.id)}
    assert anna.available == 50_00
    assert movement_of(movement.id).events == 2
    assert len(movements.timeline(movement.id)) == 2


def test_a_payee_near_the_largest_balance_keeps_it(batchers: tuple[Batcher, Batcher]) -> None:
    """AC-14: the ceiling of a level is far below what the book can hold; beyond it a transfer waits."""
    anna, ben = new_holder(available_minor=50_00), new_holder(level=3, available_minor=100_000_00)
    answers = at_once(batchers, [command(anna, ben.email, 1_00) for _ in range(10)])
    assert told(answers) == {"sent": 10}
    assert ben.available == 100_000_00
    assert {movement_of(answer.movement_id).reason for answer in answers if isinstance(answer, Accepted)} == {
        "recipient_limit"
    }
