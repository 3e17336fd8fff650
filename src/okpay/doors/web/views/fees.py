"""The fees page: an example of the table that an operator will publish."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from okpay.base.money import Money, Rounding, percent_of

BASIS = Money(10000, "USD")
"""The amount that every example is worked out for."""


@dataclass(frozen=True)
class Fee:
    """One line of the table: a share of the amount plus a fixed part, and who bears it."""

    what: Promise
    payer: Promise
    share: Decimal
    fixed: Money

    @property
    def is_free(self) -> bool:
        """Tell whether nothing is taken."""
        return not self.share and not self.fixed.minor

    @property
    def percent(self) -> str:
        """The share in per cent, without needless zeros."""
        return f"{(self.share * 100).normalize():f}"

    @property
    def taken(self) -> Money:
        """The fee on `BASIS`."""
        return percent_of(BASIS, self.share, Rounding.HALF_UP) + self.fixed

    @property
    def left(self) -> Money:
        """What is left of `BASIS` after the fee."""
        return BASIS - self.taken


_NONE = Money(0, "USD")
EXAMPLE = (
    Fee(_("Transfer to a person, same currency"), _("nobody"), Decimal(0), _NONE),
    Fee(_("Top-up from a bank account"), _("nobody"), Decimal(0), _NONE),
    Fee(_("Top-up from a credit card"), _("wallet holder"), Decimal("0.019"), _NONE),
    Fee(_("Withdrawal to a bank account"), _("wallet holder"), Decimal(0), Money(50, "USD")),
    Fee(_("Payment to a merchant"), _("merchant"), Decimal("0.024"), Money(20, "USD")),
    Fee(_("Conversion between currencies"), _("wallet holder"), Decimal("0.006"), _NONE),
)


@require_safe
def fees(request: HttpRequest) -> HttpResponse:
    """Show the example table, worked out for one amount."""
    return render(request, "web/fees.html", {"fees": EXAMPLE, "basis": BASIS})
