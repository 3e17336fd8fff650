"""E-mail addresses: one form of each, and nothing that a mail server could read as two."""

from __future__ import annotations

from email_validator import EmailNotValidError, validate_email

from okpay.base.errors import InvalidInput

LONGEST = 254
"""Source: RFC 5321, section 4.5.3.1.3, less the angle brackets."""


class InvalidEmail(InvalidInput):
    """The text is not one plain address."""

    codes = frozenset({"email_malformed"})


def normalise_email(text: str) -> str:
    """Return an address in small letters.

    Only ASCII is taken: a letter that looks like another one must not make another address of it.

    Raises: InvalidEmail `email_malformed`.

    Source: RFC 5322, section 3.4.1 (addr-spec), without comments, quotes and address literals.
    """
    written = text.strip()
    if len(written) > LONGEST or not written.isascii():
        raise InvalidEmail("email_malformed", field="email")
    try:
        found = validate_email(written, check_deliverability=False, allow_smtputf8=False)
    except EmailNotValidError:
        raise InvalidEmail("email_malformed", field="email") from None
    return found.normalized.lower()


def masked_email(address: str) -> str:
    """Return an address of which only the first character and the domain can be read."""
    name, _, domain = address.partition("@")
    return f"{name[:1]}{'•' * max(3, len(name) - 1)}@{domain}"
