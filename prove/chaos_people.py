"""The people of the proof of chaos: opened as the operator opens people, with a card by the acquirer's own page."""

from __future__ import annotations

import urllib.error
import urllib.parse
import urllib.request
from importlib import import_module
from uuid import UUID

from prove.chaos_clients import Person

DIGITS = "739152"
PASSWORD = "seven quiet herons at noon"  # noqa: S105 - of people who do not exist
GOOD_CARD = "4242424242424242"
LEVEL = 3


def open_person(number: int) -> Person:
    """Open somebody with everything they need, and return them."""
    from django.conf import settings
    from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
    from django.db import transaction

    from okpay.base import clock
    from okpay.customers import actions as customers
    from okpay.identity import actions as identity

    name, now = f"person{number:03}", clock.now()
    email, phone = f"{name}@example.com", f"+1202555{number:04}"
    with transaction.atomic():
        user = identity.open_user(
            email=email, legal_name=f"Person {number}", display_name=f"Person {number}", country="US",
            language="en", password=PASSWORD, now=now,
        )  # fmt: skip
        identity.prove_email(user_id=user.pk, email=email, now=now)
        identity.prove_phone(user_id=user.pk, number=phone, now=now)
        customer = customers.open_customer(user_id=user.pk, country="US", now=now)
    with transaction.atomic():
        customers.set_level(customer_id=customer.id, level=LEVEL, now=now)
        identity.set_payment_password(user_id=user.pk, digits=DIGITS, now=now)
    session = import_module(settings.SESSION_ENGINE).SessionStore()
    session[SESSION_KEY] = str(user.pk)
    session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
    session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    session.save()
    assert session.session_key is not None
    card_id = add_card(customer.id, GOOD_CARD)
    return Person(name, customer.id, email, phone, session.session_key, DIGITS, card_id)


def add_card(customer_id: UUID, number: str) -> UUID:
    """Type a card on the acquirer's page, as a browser without scripts does, and add it."""
    from django.db import transaction

    from okpay.base import clock
    from okpay.funding import actions as funding
    from okpay.funding.providers.choice import acquirer
    from okpay.funding.providers.protocol import PageOrder

    found = acquirer()
    assert found is not None
    with transaction.atomic():
        page_id = funding.open_page(customer_id=customer_id, now=clock.now())
    back = "http://localhost:1/back?session={CHECKOUT_SESSION_ID}"
    page = found.open_page(PageOrder(page_id, back, "http://localhost:1/cancel", "USD", "en"))
    funding.note_page(page_id=page_id, session_id=page.session_id)
    _type_card(page.url, number)
    card = found.read_card(page.session_id)
    assert card is not None, "the acquirer's page has not kept the card"
    with transaction.atomic():
        return funding.add_card(customer_id=customer_id, page_id=page_id, found=card, now=clock.now()).id


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *arguments: object) -> None:
        """Stay: the way back leads to nowhere here."""


def _type_card(url: str, number: str) -> None:
    opener = urllib.request.build_opener(_NoRedirect)
    body = urllib.parse.urlencode({"number": number, "expiry": "12/34", "code": "123"}).encode()
    try:
        with opener.open(url, body, timeout=10) as answer:
            status = answer.status
    except urllib.error.HTTPError as redirect:
        status = redirect.code
    if status not in (302, 303):
        raise AssertionError(f"the acquirer's page was answered with {status}")
