"""The proof of enumeration, in small: it comes to an end, its answers do not differ, and its measure measures."""

import random

from prove.enumeration import OPERATIONS, Samples, auc, judge, take_samples


def test_answers_for_known_and_unknown_addresses_do_not_differ() -> None:
    taken = take_samples(6, seed=7, show=lambda line: None)
    assert set(taken) == set(OPERATIONS)
    for name, samples in taken.items():
        assert (len(samples.known), len(samples.unknown)) == (3, 3)
        assert samples.faces[True] == samples.faces[False], name


def test_the_measure_is_a_coin_for_equal_times_and_certain_for_different_ones() -> None:
    turns = random.Random(1)
    times = [turns.gauss(50, 5) for _ in range(4000)]
    assert auc(times[::2], times[1::2]) < 0.53
    assert auc([1.0, 2.0], [3.0, 4.0]) == auc([3.0, 4.0], [1.0, 2.0]) == 1.0
    assert auc([1.0, 1.0], [1.0, 1.0]) == 0.5


def test_a_difference_is_a_miss() -> None:
    slow = Samples(known=[60.0 + n for n in range(50)], unknown=[10.0 + n / 10 for n in range(50)])
    slow.faces[True] = {(200, "", 900)}
    slow.faces[False] = {(200, "", 901)}
    counts, misses = judge({"sign_in": slow})
    assert counts["sign_in"]["auc"] == 1.0
    assert len(misses) == 2
