"""Worked examples for the public pages, computed as the program computes, so that they add up."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from okpay.base.money import Money


@dataclass(frozen=True)
class ExampleLeg:
    """One amount that leaves the debited account and arrives on the credited one."""

    debited: Promise
    credited: Promise
    amount: Money


@dataclass(frozen=True)
class ExampleEntry:
    """A journal entry as a page shows it."""

    legs: tuple[ExampleLeg, ...]

    @property
    def postings(self) -> list[dict[str, object]]:
        """Two lines for each leg, the debit first."""
        lines: list[dict[str, object]] = []
        for leg in self.legs:
            lines.append({"account": leg.debited, "debit": leg.amount, "credit": None})
            lines.append({"account": leg.credited, "debit": None, "credit": leg.amount})
        return lines

    @property
    def total(self) -> Money:
        """What either side adds up to."""
        total = self.legs[0].amount
        for leg in self.legs[1:]:
            total += leg.amount
        return total


_PAYER = _("Anna Smith, available")
SHOP_SALE = ExampleEntry(
    legs=(
        ExampleLeg(_PAYER, _("Corner Books, on its way"), Money(9710, "USD")),
        ExampleLeg(_PAYER, _("Fees earned"), Money(290, "USD")),
    )
)
"""A purchase of 100.00 USD, of which 2.90 USD is the merchant's fee."""
