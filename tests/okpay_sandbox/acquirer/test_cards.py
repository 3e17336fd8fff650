"""Card numbers: Luhn's digit, brands, and the numbers of the page."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from okpay_sandbox.acquirer.cards import (
    SHOWN,
    NumberFault,
    behaviour_of,
    brand_of,
    code_length,
    digits_of,
    fault_of,
    passes_luhn,
)
from okpay_sandbox.acquirer.decisions import decide
from okpay_sandbox.acquirer.records import Behaviour


@pytest.mark.parametrize("number", ["79927398713", "4242424242424242", "0", "18", "6205500000000000004"])
def test_numbers_with_their_check_digit(number: str) -> None:
    assert passes_luhn(number)


@given(st.text("0123456789", min_size=12, max_size=18))
def test_exactly_one_check_digit_fits(start: str) -> None:
    assert sum(passes_luhn(f"{start}{digit}") for digit in range(10)) == 1


@given(st.text("0123456789", min_size=12, max_size=19).filter(passes_luhn), st.data())
def test_a_mistyped_digit_is_noticed(number: str, data: st.DataObject) -> None:
    place = data.draw(st.integers(0, len(number) - 1))
    other = data.draw(st.sampled_from("0123456789").filter(lambda digit: digit != number[place]))
    assert not passes_luhn(number[:place] + other + number[place + 1 :])


@given(st.text(max_size=60))
def test_whatever_is_typed_is_judged(typed: str) -> None:
    digits = digits_of(typed)
    fault = fault_of(digits)
    if fault is None:
        assert behaviour_of(digits)
    assert code_length(digits) in (3, 4)


def test_each_behaviour_has_a_number_on_the_page_and_a_decision() -> None:
    assert [behaviour for behaviour, _ in SHOWN] == list(Behaviour)
    for behaviour, number in SHOWN:
        assert fault_of(number) is None
        assert brand_of(number) == "visa"
        assert behaviour_of(number) is behaviour
        assert decide(behaviour).status


@pytest.mark.parametrize(
    ("number", "fault"),
    [
        ("", NumberFault.MISSING),
        ("4242424242424241", NumberFault.INCORRECT),
        ("42424242424", NumberFault.INCORRECT),
        ("42424242424242424242", NumberFault.INCORRECT),
        ("4532015112830366", NumberFault.NOT_FOR_TESTS),
    ],
)
def test_what_is_no_test_number(number: str, fault: NumberFault) -> None:
    assert fault_of(number) is fault
