"""Open a user, and change what a user says of themselves."""

from __future__ import annotations

import unicodedata
from datetime import datetime
from uuid import UUID

from okpay.base.encryption import load_key_ring
from okpay.identity.errors import IdentityRefused, InvalidProfile
from okpay.identity.models import User
from okpay.identity.records import LONGEST_DISPLAY_NAME, LONGEST_LEGAL_NAME, LONGEST_PHRASE

_JOINERS = "\u200c\u200d"


def open_user(
    *,
    email: str,
    legal_name: str,
    display_name: str,
    country: str,
    language: str,
    password: str,
    now: datetime,
    is_staff: bool = False,
) -> User:
    """Write a user who claims an address and has proven nothing yet. The password is kept as an argon2id hash.

    Raises: InvalidProfile `name_empty`, `name_too_long`, `name_unreadable`.
    """
    user = User(
        email=email,
        legal_name=readable_name(legal_name, "legal_name", LONGEST_LEGAL_NAME),
        display_name=readable_name(display_name or legal_name[:LONGEST_DISPLAY_NAME], "display_name"),
        country=country,
        language=language,
        is_staff=is_staff,
        opened_at=now,
    )
    user.set_password(password)
    user.save(force_insert=True)
    return user


def set_names(*, user_id: UUID, legal_name: str | None, display_name: str) -> None:
    """Change the names; a legal name of None stays as it is.

    Raises: InvalidProfile `name_empty`, `name_too_long`, `name_unreadable`; IdentityRefused `user_unknown`.
    """
    changes = {"display_name": readable_name(display_name, "display_name")}
    if legal_name is not None:
        changes["legal_name"] = readable_name(legal_name, "legal_name", LONGEST_LEGAL_NAME)
    _change(user_id, **changes)


def set_language(*, user_id: UUID, language: str) -> None:
    """Change the language of pages, mails and messages. Raises: IdentityRefused `user_unknown`."""
    _change(user_id, language=language)


def set_mailed_code(*, user_id: UUID, is_on: bool) -> None:
    """Let signing in ask for a code that is mailed, or no more. Raises: IdentityRefused `user_unknown`."""
    _change(user_id, mailed_code=is_on)


def set_phrase(*, user_id: UUID, phrase: str) -> None:
    """Keep the phrase that every genuine mail to this user carries, sealed; an empty one takes it away.

    Raises: InvalidProfile `phrase_too_long`, `name_unreadable`; IdentityRefused `user_unknown`.
    """
    said = " ".join(phrase.split())
    if len(said) > LONGEST_PHRASE:
        raise InvalidProfile("phrase_too_long", field="phrase")
    _assert_readable(said, "phrase")
    sealed = load_key_ring().seal(said.encode(), table="identity_user", row=str(user_id), field="phrase")
    _change(user_id, phrase=sealed if said else b"")


def _change(user_id: UUID, **changes: object) -> None:
    if not User.objects.filter(id=user_id).update(**changes):
        raise IdentityRefused("user_unknown", user_id=str(user_id))


def readable_name(text: str, field: str, longest: int = LONGEST_DISPLAY_NAME) -> str:
    """Return a name as it is kept: composed, on one line, without needless spaces.

    Raises: InvalidProfile `name_empty`, `name_too_long`, `name_unreadable`.
    """
    name = " ".join(unicodedata.normalize("NFC", text).split())
    if not name:
        raise InvalidProfile("name_empty", field=field)
    if len(name) > longest:
        raise InvalidProfile("name_too_long", field=field, longest=longest)
    _assert_readable(name, field)
    return name


def _assert_readable(text: str, field: str) -> None:
    # Control and direction characters could make a name look like another one, or end a line of a mail. Two of them
    # belong to spelling, in Persian and in scripts of India.
    unreadable = ("Cc", "Cf", "Cs", "Co", "Zl", "Zp")
    if any(unicodedata.category(one) in unreadable for one in text if one not in _JOINERS):
        raise InvalidProfile("name_unreadable", field=field)
