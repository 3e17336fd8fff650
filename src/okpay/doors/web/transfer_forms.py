"""The form in which a transfer is written."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext_lazy as _

from okpay.base.amounts import InvalidAmount, parse_amount
from okpay.base.errors import InvalidInput
from okpay.base.money import AmountOutOfRange, Money
from okpay.doors.web.refusal_words import said
from okpay.regions.records import Country
from okpay.transfers import actions as transfers
from okpay.transfers.errors import InvalidTransfer
from okpay.transfers.records import LONGEST_NOTE, Recipient


class TransferForm(forms.Form):
    """To whom, how much, what for, and when."""

    def __init__(self, *args: Any, country: Country, currencies: list[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._country = country
        self.currencies = currencies
        self.fields["recipient"] = forms.CharField(
            label=_("E-mail address or phone number"),
            max_length=254,
            widget=forms.TextInput(attrs={"autocomplete": "off"}),
        )
        self.fields["amount"] = forms.CharField(label=_("Amount"), max_length=32)
        if len(currencies) > 1:
            self.fields["currency"] = forms.ChoiceField(
                label=_("From which wallet"), choices=[(code, code) for code in currencies]
            )
        self.fields["note"] = forms.CharField(
            label=_("Note"), max_length=LONGEST_NOTE, required=False, help_text=_("They can read it.")
        )
        if country.transfers.delays_hours:
            self.fields["delay"] = forms.ChoiceField(
                label=_("When it arrives"),
                required=False,
                choices=[
                    ("0", _("At once")),
                    *((str(hours), _in_hours(hours)) for hours in country.transfers.delays_hours),
                ],
                help_text=_("Until a delayed transfer arrives you can take it back."),
            )

    @property
    def currency(self) -> str:
        """The currency that was chosen, or the only one."""
        chosen = self.cleaned_data.get("currency") if hasattr(self, "cleaned_data") else None
        return str(chosen or self.currencies[0])

    def clean_recipient(self) -> Recipient:
        """Read the address."""
        try:
            return transfers.read_recipient(self.cleaned_data["recipient"], country=self._country.code)
        except InvalidTransfer as error:
            raise forms.ValidationError(said(error.code, error.data, self.currencies[0])) from None

    def clean(self) -> dict[str, Any]:
        """Read the amount, once it is known in which currency."""
        cleaned = super().clean() or {}
        if "amount" in cleaned:
            try:
                cleaned["amount"] = parse_amount(cleaned["amount"], self.currency, get_language() or "en")
            except (InvalidAmount, AmountOutOfRange) as error:
                self.add_error("amount", said(error.code, error.data, self.currency))
        cleaned["delay"] = int(cleaned.get("delay") or 0)
        return cleaned

    def refuse(self, error: InvalidInput) -> None:
        """Say beside its field why something cannot be taken."""
        self.add_error(
            error.field if error.field in self.fields else None, said(error.code, error.data, self.currency)
        )

    @property
    def amount(self) -> Money:
        """The amount that was read."""
        amount: Money = self.cleaned_data["amount"]
        return amount


def _in_hours(hours: int) -> str:
    return ngettext("In %(count)d hour", "In %(count)d hours", hours) % {"count": hours}
