"""Fields that read addresses and numbers as the rest of the program keeps them."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from okpay.base.email_addresses import InvalidEmail, normalise_email
from okpay.base.phone_numbers import InvalidPhone, normalise_phone


class PhoneField(forms.CharField):
    """A telephone number, returned in E.164. Without a country code it is read as of `country`."""

    widget = forms.TextInput(attrs={"autocomplete": "tel", "inputmode": "tel", "type": "tel"})

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("label", _("Phone number"))
        kwargs.setdefault("max_length", 40)
        super().__init__(**kwargs)
        self.country = "ZZ"

    def clean(self, value: Any) -> str:
        """Return the number in its one form."""
        written = super().clean(value)
        if not written:
            return ""
        try:
            return normalise_phone(written, country=self.country)
        except InvalidPhone:
            raise ValidationError(
                _("This is no phone number. Write it with the country code, such as +1 202 555 0100."),
                code="phone_malformed",
            ) from None


class AddressField(forms.CharField):
    """An e-mail address, returned in small letters."""

    widget = forms.EmailInput(attrs={"autocomplete": "email", "type": "email"})

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("label", _("E-mail address"))
        kwargs.setdefault("max_length", 254)
        super().__init__(**kwargs)

    def clean(self, value: Any) -> str:
        """Return the address in its one form."""
        written = super().clean(value)
        try:
            return normalise_email(written)
        except InvalidEmail:
            raise ValidationError(
                _("This is no e-mail address we can write to. It looks like name@example.com."),
                code="email_malformed",
            ) from None
