"""One form of each telephone number, whoever writes it."""

import pytest

from okpay.base.phone_numbers import InvalidPhone, masked_phone, normalise_phone, shown_phone


@pytest.mark.parametrize(
    "written", ["+44 20 8366 1177", "0044 2083661177", "(020) 8366-1177", "020 8366 1177 "]
)
def test_a_number_has_one_form(written: str) -> None:
    assert normalise_phone(written, country="GB") == "+442083661177"


@pytest.mark.parametrize(
    ("written", "country", "number"),
    [
        ("202-555-0100", "US", "+12025550100"),
        ("15400000042", "CN", "+8615400000042"),
        ("+1 (202) 555-0199", "CN", "+12025550199"),
    ],
)
def test_it_is_read_as_people_of_a_country_dial(written: str, country: str, number: str) -> None:
    assert normalise_phone(written, country=country) == number


@pytest.mark.parametrize(
    "written",
    [
        "", " ", "+0123456789", "+1234567890123456", "555-CALL-NOW", "+12025550100 ext 5", "+12025550100;ext=5",
        "tel:+12025550100", "１２０２５５５０１００", "+1202555\r\n0100", "+", "12",
        "9" * 400, "+12025550100,+12025550101",
    ],
)  # fmt: skip
def test_what_is_no_number_is_refused(written: str) -> None:
    with pytest.raises(InvalidPhone) as refused:
        normalise_phone(written, country="US")
    assert (refused.value.code, refused.value.field) == ("phone_malformed", "phone")


def test_a_number_at_home_needs_to_know_where_home_is() -> None:
    with pytest.raises(InvalidPhone):
        normalise_phone("83661177", country="ZZ")


def test_a_number_is_shown_grouped_and_masked() -> None:
    assert shown_phone("+442083661177") == "+44 20 8366 1177"
    assert masked_phone("+442083661177") == "+44 ••••••••77"
