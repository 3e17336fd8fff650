"""Something to fill every message with."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from okpay.base.ids import new_uuid7
from okpay.base.money import Money
from okpay.notifications.providers.protocol import Outgoing
from okpay.notifications.rendering import render
from okpay.notifications.values import Keys, Kind, packed

AT = datetime(2026, 11, 25, 8, 5, tzinfo=UTC)
LINK = "https://wallet.example.com/go/7fK2?a=1&b=2"
TEXTS = {
    "device": "Firefox · Linux",
    "address": "203.0.113.7",
    "new_masked": "a***@example.com",
    "sender": "Ben",
    "recipient": "c***@example.com",
    "reference": "7H3K-Q2MP-XR40",
    "note": "Ramen",
    "key_name": "Night shift",
    "hint": "okp_test_AbC123",
}
TERMS = {"change": "app_added", "reason": "card_declined", "scopes": "read_send_top_up"}
MONEY = Money(20_00, "USD")


def sample(keys: Keys, *, text: str = "", count: int = 30) -> dict[str, Any]:
    """Return a value for each key; `text` stands for every text, if it is given."""
    return {name: _value(name, kind, text, count) for name, kind in keys.items()}


def _value(name: str, kind: Kind, text: str, count: int) -> Any:
    match kind:
        case Kind.TEXT | Kind.NAME | Kind.QUOTE:
            return text or TEXTS[name]
        case Kind.MONEY:
            return MONEY
        case Kind.TERM:
            return TERMS[name]
        case Kind.LINK:
            return LINK
        case Kind.COUNT:
            return count
        case Kind.CODE:
            return "480215"
        case Kind.INSTANT:
            return AT


def packed_sample(keys: Keys, *, text: str = "", count: int = 30) -> dict[str, Any]:
    """Return the same as it is kept."""
    return packed(sample(keys, text=text, count=count), keys, of="sample")


def outgoing(channel: str) -> Outgoing:
    """Return a message to hand to a provider, a new one each time."""
    if channel == "mail":
        at = {"at": AT.isoformat(), "lock_link": LINK}
        return Outgoing(
            new_uuid7(),
            f"anna.{uuid4().hex[:6]}@example.com",
            AT,
            render("password_changed", language="en", data=at),
        )
    words = render("phone_code", language="zh-Hans", data={"code": "480215", "minutes": 10})
    return Outgoing(new_uuid7(), "+12025550123", AT, words)
