"""One plain address, and nothing a mail server could read as two."""

import pytest

from okpay.base.email_addresses import InvalidEmail, masked_email, normalise_email


def test_an_address_has_one_form() -> None:
    assert normalise_email(" Anna.Smith@Example.COM ") == "anna.smith@example.com"


@pytest.mark.parametrize(
    "written",
    [
        "", "anna", "anna@", "@example.com", "a@x.com,b@y.com", "a@example.com\r\nBcc: x@evil.example",
        "a@example.com\x00", "аnna@example.com", "anna@exаmple.com", '"a b"@example.com', "anna@[127.0.0.1]",
        "Anna <anna@example.com>", "a" * 300 + "@example.com", "anna@localhost", "['a@example.com']",
    ],
)  # fmt: skip
def test_what_is_not_one_plain_address_is_refused(written: str) -> None:
    with pytest.raises(InvalidEmail) as refused:
        normalise_email(written)
    assert (refused.value.code, refused.value.field) == ("email_malformed", "email")


def test_a_masked_address_tells_its_owner_and_nobody_else() -> None:
    assert masked_email("anna.smith@example.com") == "a•••••••••@example.com"
    assert masked_email("a@example.com") == "a•••@example.com"
