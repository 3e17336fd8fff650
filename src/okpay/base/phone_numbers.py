"""Telephone numbers: read as people of a country write them, kept in one form."""

from __future__ import annotations

import re

import phonenumbers

from okpay.base.errors import InvalidInput

LONGEST = 40
_E164 = re.compile(r"\+[1-9][0-9]{1,14}")
_WRITTEN = re.compile(r"\+?[0-9 ()./\u2010-\u2015\u00a0-]+")


class InvalidPhone(InvalidInput):
    """The text is no telephone number that could exist."""

    codes = frozenset({"phone_malformed"})


def normalise_phone(text: str, *, country: str) -> str:
    """Return a number in E.164: a plus, the country code, and the national number without its trunk prefix.

    A number without a plus, or `00` before it, is read as people in `country` (ISO 3166) dial it. Whether it exists
    is not asked: numbers that are reserved for fiction are possible ones.

    Raises: InvalidPhone `phone_malformed` for letters, extensions, and what is too long or too short for its country.

    Source: ITU-T E.164 (11/2010), section 6.
    """
    written = text.strip()
    if len(written) > LONGEST or not _WRITTEN.fullmatch(written):
        raise InvalidPhone("phone_malformed", field="phone")
    if written.startswith("00"):
        written = "+" + written[2:]
    try:
        parsed = phonenumbers.parse(written, country)
    except phonenumbers.NumberParseException:
        raise InvalidPhone("phone_malformed", field="phone") from None
    number = phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)
    if not phonenumbers.is_possible_number(parsed) or not _E164.fullmatch(number):
        raise InvalidPhone("phone_malformed", field="phone")
    return str(number)


def shown_phone(number: str) -> str:
    """Return an E.164 number grouped as it is written internationally."""
    parsed = phonenumbers.parse(number)
    return str(phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.INTERNATIONAL))


def masked_phone(number: str) -> str:
    """Return an E.164 number of which only the country code and the last two digits can be read."""
    parsed = phonenumbers.parse(number)
    hidden = len(str(parsed.national_number)) - 2
    return f"+{parsed.country_code} {'•' * hidden}{number[-2:]}"
