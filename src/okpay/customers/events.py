"""Facts about customers. The subject of each is the customer."""

from __future__ import annotations

from datetime import datetime

from okpay.base.outbox import Event
from okpay.customers.records import Customer

CUSTOMER_OPENED = "customer_opened"
"""Data: `user_id`, `kind` (`person`), `country`, `level`."""
CUSTOMER_LEVEL_CHANGED = "customer_level_changed"
"""Data: `user_id`, `country`, `level`, `previous_level`."""


def customer_opened(customer: Customer) -> Event:
    """Return the fact that somebody became a customer."""
    data = {
        "user_id": str(customer.user_id),
        "kind": customer.kind.name.lower(),
        "country": customer.country,
        "level": customer.level,
    }
    return Event(CUSTOMER_OPENED, customer.opened_at, customer.id, data)


def customer_level_changed(customer: Customer, *, previous_level: int, now: datetime) -> Event:
    """Return the fact that a customer's verification level is another one now."""
    data = {
        "user_id": str(customer.user_id),
        "country": customer.country,
        "level": customer.level,
        "previous_level": previous_level,
    }
    return Event(CUSTOMER_LEVEL_CHANGED, now, customer.id, data)
