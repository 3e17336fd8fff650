"""Which digits are a payment password: a corpus of what is guessed first, and of what is not."""

from __future__ import annotations

import random

import pytest
from django.db import transaction

from okpay.base import clock
from okpay.identity import actions, queries
from okpay.identity.errors import InvalidPaymentPassword
from okpay.identity.payment_digits import is_trivial
from tests.factories.people import open_person, unique_phone

GUESSED_FIRST = {
    "all equal": "000000 111111 999999 8888888",
    "two digits": "121212 112112 100000 000001 888868 161616",
    "repeated": "123123 789789 520520 407407 4074074 12341234 7397397",
    "runs": "123456 654321 012345 890123 987654 98765432 234567 123457 923456 123450 012346",
    "steps": "135791 246802 864208 024680 975319 369258",
    "doubled": "112233 998877 111222333 1122334 445566",
    "mirrored": "123321 739937 456654 7391937",
    "lines": "147258 159357 789456 147369 321654 741852 963852 456123",
    "dates": "900131 310190 013190 000229 991231 19900131 31011990 01311990 20000229 19491001",
    "words and constants": "521314 201314 5201314 1314520 7758521 168888 314159 142857 134679",
}
GOOD = "480257 739182 902817 846273 571839 0480257 73918264 480257391846 90013157 19900231 13990131"


@pytest.mark.parametrize(
    ("kind", "digits"), [(k, d) for k, all_ in GUESSED_FIRST.items() for d in all_.split()]
)
def test_what_is_guessed_first_is_trivial(kind: str, digits: str) -> None:
    assert is_trivial(digits), kind


@pytest.mark.parametrize("digits", GOOD.split())
def test_other_digits_are_good_enough(digits: str) -> None:
    assert not is_trivial(digits)


def test_nine_of_ten_random_digits_are_good_enough() -> None:
    drawn = random.Random(20261125)
    refused = sum(is_trivial(f"{drawn.randrange(10**6):06}") for _ in range(20_000))
    assert 0.08 < refused / 20_000 < 0.10


@pytest.mark.parametrize(
    "digits",
    [
        "",
        "48025",
        "4802573918462",
        "48025a",
        "480 257",
        " 480257",
        "480257\n",
        "４８０２５７",
        "٤٨٠٢٥٧",
        "-480257",
        "4802.7",
    ],
)
def test_what_is_not_six_to_twelve_digits_is_malformed(digits: str) -> None:
    with pytest.raises(InvalidPaymentPassword) as refused:
        actions.acceptable_payment_password(user_id=open_person().pk, digits=digits)
    assert (refused.value.code, refused.value.field) == ("payment_password_malformed", "digits")


def test_the_own_telephone_number_is_trivial_and_that_of_others_is_not() -> None:
    user, number = open_person(), "+12024802573"
    actions.prove_phone(user_id=open_person().pk, number=number, now=clock.now())
    with transaction.atomic():
        actions.set_payment_password(user_id=user.pk, digits="480257", now=clock.now())
    owner = queries.user_of_phone(number)
    assert owner is not None
    for digits in ("480257", "024802573", "12024802573"):
        with pytest.raises(InvalidPaymentPassword) as refused, transaction.atomic():
            actions.set_payment_password(user_id=owner.pk, digits=digits, now=clock.now())
        assert refused.value.code == "payment_password_trivial"
    assert not queries.payment_password_state(owner.pk, now=clock.now()).is_set
    actions.prove_phone(user_id=owner.pk, number=unique_phone(), now=clock.now())
