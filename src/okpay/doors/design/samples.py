"""Made-up data that strains the elements: long names, nothing, very much, less than nothing, other scripts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from okpay.base.money import Money

ZERO = Money(0, "USD")
TOTAL = Money(12000, "USD")
FEE = Money(150, "USD")
BALANCE = Money(248630, "USD")
MATURING = Money(12000, "USD")
HELD = Money(4550, "USD")

AMOUNTS = (
    Money(123450, "USD"),
    ZERO,
    Money(-123456789, "EUR"),
    Money(9223372036854775807, "USD"),
    Money(-9223372036854775807, "KWD"),
    Money(5, "USD"),
    Money(1234567, "JPY"),
    Money(1, "KWD"),
    Money(880000, "CNY"),
)
CHECKS = (
    ("read", _("Read"), _("See balances, movements, receipts, cards and limits.")),
    ("send", _("Send money"), ""),
)
BLOCKED_UNTIL = datetime(2026, 11, 23, 10, 32, tzinfo=UTC)
COUNTRIES = (("US", "United States"), ("CN", "中国"), ("DE", "Deutschland"), ("JP", "日本"))


@dataclass(frozen=True)
class Movement:
    """A row of a record."""

    icon: str
    who: str
    what: Promise
    amount: Money
    state: str
    state_words: Promise
    muted: bool = False


MOVEMENTS = (
    Movement("send", "王小明", _("Transfer · today 10:02"), Money(-12000, "USD"), "waiting", _("Pending")),
    Movement(
        "receive", "Anna Smith", _("Transfer · yesterday 18:40"), Money(4550, "USD"), "done", _("Completed")
    ),
    Movement("shop", "Corner Books", _("Payment · 21 November"), Money(-1999, "USD"), "done", _("Completed")),
    Movement(
        "top-up",
        "Example Bank …6789",
        _("Top-up · 20 November"),
        Money(50000, "USD"),
        "done",
        _("Completed"),
    ),
    Movement(
        "bill",
        "City Waterworks",
        _("Bill · 19 November"),
        Money(-8800, "JPY"),
        "failed",
        _("Failed"),
        muted=True,
    ),
    Movement(
        "convert",
        "Bartholomäus Wolfeschlegelsteinhausenbergerdorff-Papadimitrakopoulou",
        _("Transfer · 18 November"),
        Money(922337203685477580, "KWD"),
        "frozen",
        _("Frozen"),
    ),
)


@dataclass(frozen=True)
class Posting:
    """A line of an account."""

    booked: str
    what: Promise
    amount: Money
    balance: Money


POSTINGS = (
    Posting("2026-11-23 10:02", _("Transfer"), Money(-12000, "USD"), Money(248630, "USD")),
    Posting("2026-11-22 18:40", _("Transfer"), Money(4550, "USD"), Money(260630, "USD")),
    Posting("2026-11-21 12:15", _("Payment"), Money(-1999, "USD"), Money(256080, "USD")),
)


def tabs(chosen: str) -> list[dict[str, object]]:
    """Return the tabs of a record; a tab is a link, so the chosen one is part of the address."""
    labels = {"": _("All"), "in": _("Income"), "out": _("Spending"), "transfers": _("Transfers")}
    return [
        {"href": f"?tab={key}#tabs", "label": label, "is_current": key == chosen}
        for key, label in labels.items()
    ]


def places() -> list[dict[str, object]]:
    """Return the five places of the wallet, home first."""
    labels = (
        ("wallet", _("Wallet")),
        ("record", _("Record")),
        ("scan", _("Scan")),
        ("bill", _("Bills")),
        ("account", _("Me")),
    )
    return [
        {"icon": icon, "label": label, "href": "#content", "is_current": icon == "wallet"}
        for icon, label in labels
    ]
