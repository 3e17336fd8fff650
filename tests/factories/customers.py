"""Customers for tests, each a user of their own."""

from __future__ import annotations

from uuid import UUID

from django.db import transaction

from okpay.base import clock
from okpay.base.ids import new_uuid7
from okpay.customers import actions
from okpay.customers.records import Customer


def new_customer(country: str = "US", *, user_id: UUID | None = None, level: int = 0) -> Customer:
    """Open a customer in a transaction of its own, and raise them to a level."""
    with transaction.atomic():
        customer = actions.open_customer(
            user_id=new_uuid7() if user_id is None else user_id, country=country, now=clock.now()
        )
        if level:
            customer = actions.set_level(customer_id=customer.id, level=level, now=clock.now())
    return customer
