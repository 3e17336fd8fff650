"""People for tests: each with an address and a number of their own."""

from __future__ import annotations

import itertools
import uuid
from typing import Any

from okpay.base import clock
from okpay.identity import actions as identity

PASSWORD = "seven quiet herons at noon"
_phones = itertools.count(uuid.uuid4().int)
DIGITS = "480257"
"""A payment password that is good enough."""


def unique_email(name: str = "anna") -> str:
    """Return an address that nobody else has."""
    return f"{name}.{uuid.uuid4().hex[:12]}@example.com"


def unique_phone() -> str:
    """Return a possible number that nobody else has; the fictional ranges are too small for a whole test run."""
    return f"+1202{next(_phones) % 10**7:07}"


def open_person(*, email: str = "", proven: bool = True, **changes: Any) -> Any:
    """Open a user, by default with both addresses proven, and return it."""
    from allauth.account.models import EmailAddress

    email = email or unique_email()
    user = identity.open_user(
        **{
            "email": email,
            "legal_name": "Anna Maria Smith",
            "display_name": "Anna",
            "country": "US",
            "language": "en",
            "password": PASSWORD,
            "now": clock.now(),
            **changes,
        }
    )
    if not proven:
        EmailAddress.objects.create(user=user, email=email, primary=True)
    else:
        identity.prove_email(user_id=user.pk, email=email, now=clock.now())
        identity.prove_phone(user_id=user.pk, number=unique_phone(), now=clock.now())
    return user


def set_payment_password(user: Any, digits: str = DIGITS) -> None:
    """Give a person a payment password."""
    from django.db import transaction

    with transaction.atomic():
        identity.set_payment_password(user_id=user.pk, digits=digits, now=clock.now())


def session_of(user: Any) -> str:
    """Open what a person has, sign them in, and return the value of the session's cookie."""
    from django.conf import settings
    from django.db import transaction
    from django.test import Client

    from okpay.customers import actions as customers
    from okpay.notifications import actions as notifications

    now = clock.now()
    with transaction.atomic():
        customers.open_customer(user_id=user.pk, country=user.country, now=now)
        identity.remember_device(
            user_id=user.pk,
            token=uuid.uuid4().hex,
            user_agent="Mozilla/5.0 (Windows NT 10.0; Win64; x64) Firefox/140.0",
            address="192.0.2.1",
            now=now,
        )
        data = {"device": "Firefox, Windows", "address": "192.0.2.1", "at": now}
        for _ in range(2):
            notifications.post_notice(user_id=user.pk, code="new_device", data=data, now=now)
    client = Client(headers={"host": "localhost", "user-agent": "Test Browser/1.0"})
    client.force_login(user)
    return str(client.cookies[settings.SESSION_COOKIE_NAME].value)
