"""The forms of the payment password: set it, change it, set it anew after it was forgotten."""

from __future__ import annotations

import unicodedata
from datetime import datetime
from typing import Any, ClassVar
from uuid import UUID

from allauth.account.adapter import get_adapter
from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from okpay.base.errors import InvalidInput
from okpay.doors.web.accounts.forms import Password
from okpay.doors.web.accounts.payment_passwords import RULE_WORDS, words_of_wrong
from okpay.identity import actions as identity
from okpay.identity.records import (
    LONGEST_PAYMENT_PASSWORD,
    MOST_WRONG_PAYMENT_PASSWORDS,
    SHORTEST_PAYMENT_PASSWORD,
    PaymentPasswordAttempt,
    PaymentPasswordState,
)


class PaymentPasswordField(forms.CharField):
    """Digits, shown by the design system's own element; what is typed never comes back in the page."""

    is_payment_password: ClassVar[bool] = True
    tries_left: int | None = None
    """Shown when there are fewer than at first."""
    blocked_until: datetime | None = None
    forgotten = ""
    """The address of the way out for whoever has forgotten it."""

    def __init__(self, *, autocomplete: str = "off", **kwargs: Any) -> None:
        kwargs.setdefault("label", _("Payment password"))
        widget = forms.PasswordInput(attrs={"autocomplete": autocomplete, "inputmode": "numeric"})
        super().__init__(max_length=LONGEST_PAYMENT_PASSWORD, widget=widget, **kwargs)

    def clean(self, value: Any) -> str:
        """Return six to twelve ASCII digits, or nothing where that is allowed; wide ones of Chinese keyboards count."""
        written = "".join(unicodedata.normalize("NFKC", super().clean(value)).split())
        if not written and not self.required:
            return ""
        is_read = written.isascii() and written.isdigit()
        if not (is_read and SHORTEST_PAYMENT_PASSWORD <= len(written) <= LONGEST_PAYMENT_PASSWORD):
            code = "payment_password_malformed"
            raise ValidationError(str(RULE_WORDS[code]), code=code)
        return written

    def stands(self, state: PaymentPasswordState | PaymentPasswordAttempt) -> None:
        """Take over what to show beside the field: how many tries are left, or that it is blocked."""
        self.tries_left = state.tries_left if state.tries_left < MOST_WRONG_PAYMENT_PASSWORDS else None
        self.blocked_until = state.blocked_until


class _NewDigits(forms.Form):
    """New digits, twice."""

    def __init__(self, *args: Any, user: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user = user
        self.fields["digits"] = PaymentPasswordField(
            label=_("New payment password"),
            help_text=_(
                "Six to twelve digits that nobody guesses: no sequences, no repetitions, no birthday or other date."
            ),
        )
        self.fields["digits_again"] = PaymentPasswordField(label=_("New payment password again"))

    def clean_digits(self) -> str:
        """Refuse digits that are guessed first."""
        try:
            return identity.acceptable_payment_password(
                user_id=UUID(str(self.user.pk)), digits=self.cleaned_data["digits"]
            )
        except InvalidInput as error:
            raise ValidationError(str(RULE_WORDS[error.code]), code=error.code) from None

    def clean(self) -> dict[str, Any]:
        """Refuse two that differ."""
        cleaned: dict[str, Any] = super().clean() or {}
        given, again = cleaned.get("digits"), cleaned.get("digits_again")
        if given and again and given != again:
            self.add_error("digits_again", _("These are not the same digits as above."))
        return cleaned


class SetPaymentPasswordForm(_NewDigits):
    """The password that one signs in with, and new digits twice."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["password"] = Password(
            label=_("Password that you sign in with"),
            help_text=_("So that nobody else can do this on your device."),
        )
        self.order_fields(["password", "digits", "digits_again"])

    def clean_password(self) -> str:
        """Refuse a password that is not the user's; attempts are counted as those of signing in."""
        password: str = self.cleaned_data["password"]
        adapter = get_adapter()
        if not adapter.reauthenticate(self.user, password):
            raise adapter.validation_error("incorrect_password")
        return password

    def clean(self) -> dict[str, Any]:
        """Refuse to have one for both: who learns one would have the other."""
        cleaned = super().clean()
        if cleaned.get("digits") and cleaned.get("digits") == cleaned.get("password"):
            self.add_error("digits", _("You sign in with these digits. Choose others to confirm with."))
        return cleaned


class ChangePaymentPasswordForm(_NewDigits):
    """The present payment password, and new digits twice."""

    def __init__(self, *args: Any, state: PaymentPasswordState, forgotten: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.present = PaymentPasswordField(label=_("Present payment password"))
        self.present.forgotten = forgotten
        self.present.stands(state)
        self.fields["old_digits"] = self.present
        self.order_fields(["old_digits", "digits", "digits_again"])

    def refuse(self, attempt: PaymentPasswordAttempt) -> None:
        """Show beside the field that the present one is not right, and what is left."""
        self.add_error("old_digits", words_of_wrong(attempt))
        self.present.stands(attempt)
