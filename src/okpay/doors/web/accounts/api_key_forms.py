"""The form of a new API key."""

from __future__ import annotations

import re
import unicodedata
from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from okpay.base.errors import InvalidInput, Refusal
from okpay.doors.web.accounts.payment_forms import PaymentPasswordField
from okpay.doors.web.accounts.payment_passwords import FAULT_WORDS, words_of_wrong
from okpay.doors.web.api_key_words import SCOPES, said
from okpay.identity import actions as identity
from okpay.identity.records import (
    LONGEST_API_KEY_NAME,
    ConfirmationFault,
    PaymentConfirmation,
    PaymentPasswordState,
    Scope,
)

_LONGEST_NETWORKS = 2000
_BETWEEN = re.compile(r"[\s,;、]+")
_LIVES = (
    ("30", _("30 days after it is made")),
    ("90", _("90 days after it is made")),
    ("365", _("A year after it is made")),
    ("never", _("Never")),
)


class ApiKeyForm(forms.Form):
    """What a key is called, what it may do, from where and until when; and the payment password, if it moves money."""

    name = forms.CharField(
        label=_("Name"),
        max_length=LONGEST_API_KEY_NAME,
        help_text=_("Such as the name of the program that gets it."),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    scopes = forms.MultipleChoiceField(
        label=_("What it may do"),
        choices=[(scope.value, words) for scope, (words, _sentence) in SCOPES.items()],
        error_messages={"required": _("Choose what the key may do.")},
    )
    networks = forms.CharField(
        label=_("Where it may be used from"),
        required=False,
        max_length=_LONGEST_NETWORKS,
        help_text=_(
            "Addresses or networks, one per line, such as 203.0.113.7 or 2001:db8::/32. Empty: from anywhere."
        ),
    )
    expires = forms.ChoiceField(label=_("When it expires"), choices=_LIVES, initial="90")

    def __init__(self, *args: Any, state: PaymentPasswordState, now: datetime, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._state, self._now = state, now
        self.digits = PaymentPasswordField(
            required=False, help_text=_("Because the key then moves money without asking for it.")
        )
        self.digits.stands(state)
        self.fields["digits"] = self.digits

    @property
    def granted(self) -> list[Scope]:
        """What was chosen that the key may do."""
        return [Scope(value) for value in self.cleaned_data["scopes"]]

    @property
    def moves_money(self) -> bool:
        """Whether the payment password is needed."""
        return any(scope.moves_money for scope in self.granted)

    def clean_networks(self) -> list[str]:
        """Return one text for each network; the wide characters of Chinese keyboards are read as the narrow ones."""
        written = unicodedata.normalize("NFKC", self.cleaned_data["networks"])
        return [text for text in _BETWEEN.split(written) if text]

    def clean_expires(self) -> datetime | None:
        """Return when the key expires."""
        days = self.cleaned_data["expires"]
        return None if days == "never" else self._now + timedelta(days=int(days))

    def clean(self) -> dict[str, Any]:
        """Refuse what cannot be a key, before the payment password is looked at."""
        cleaned: dict[str, Any] = super().clean() or {}
        if self.errors:
            return cleaned
        try:
            identity.check_api_key(**self.terms, now=self._now)
        except InvalidInput as error:
            self.refuse(error)
        if self.moves_money and not self._state.is_set:
            self.add_error("scopes", _("For this you need a payment password first."))
        elif self.moves_money and not cleaned["digits"]:
            self.add_error("digits", str(FAULT_WORDS[ConfirmationFault.UNKNOWN]))
        return cleaned

    @property
    def terms(self) -> dict[str, Any]:
        """What the key is to be, as the room takes it."""
        return {
            "name": self.cleaned_data["name"],
            "scopes": self.granted,
            "networks": self.cleaned_data["networks"],
            "expires_at": self.cleaned_data["expires"],
        }

    def refuse(self, error: InvalidInput | Refusal) -> None:
        """Say why the key cannot be made, beside the field if it is one."""
        field = {"expires_at": "expires"}.get(getattr(error, "field", ""), getattr(error, "field", ""))
        self.add_error(field or None, said(error.code, error.data))

    def refuse_digits(self, attempt: PaymentConfirmation | ConfirmationFault) -> None:
        """Say beside the payment password why it did not confirm, and what is left."""
        if isinstance(attempt, PaymentConfirmation):
            self.add_error("digits", words_of_wrong(attempt))
            self.digits.tries_left, self.digits.blocked_until = attempt.tries_left, attempt.blocked_until
        else:
            self.add_error("digits", str(FAULT_WORDS[attempt]))
