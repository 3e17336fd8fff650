"""A running acquirer, and browsers that are signed in."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from html import unescape
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.test import Client
from pytest_django.fixtures import Settings

from okpay.base import clock
from okpay.customers import queries as customers
from okpay.customers.records import Customer
from okpay.funding import actions, queries
from okpay.funding.models import TopUp
from okpay.funding.providers.choice import acquirer
from okpay.funding.records import Card
from okpay.wallets import queries as wallets
from tests.factories.ledger import FAR
from tests.factories.people import open_person, session_of
from tests.okpay_sandbox.running import ACQUIRER_KEY, WEBHOOK_SECRET, Running, running

WALLET = "http://localhost:8000"
SECRET = WEBHOOK_SECRET


@pytest.fixture(scope="package")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """One sandbox for these tests."""
    with running(tmp_path_factory.mktemp("outside")) as found:
        yield found


@pytest.fixture
def outside(sandbox: Running, settings: Settings) -> Iterator[Running]:
    """The sandbox as the acquirer of this installation; nothing is due from other tests."""
    settings.ACQUIRER_URL, settings.ACQUIRER_KEY = sandbox.url, ACQUIRER_KEY
    settings.ACQUIRER_WEBHOOK_SECRET, settings.ORIGIN = SECRET, WALLET
    TopUp.objects.filter(due_at__isnull=False).update(due_at=FAR)
    yield sandbox
    sandbox.set_switches(cards={"mode": "works"})


@dataclass
class Visitor:
    """Somebody who is signed in."""

    client: Client
    customer: Customer

    def get(self, address: str, status: int = 200) -> str:
        """Open a page."""
        answer = self.client.get(address)
        assert answer.status_code == status, (answer.status_code, answer.content[:500])
        return unescape(answer.content.decode())

    def card_page(self) -> tuple[str, str]:
        """Open the form for a card; return the acquirer's address of it, and where it comes back to."""
        page = self.get("/account/methods/card")
        form, back = re.search(r'data-card-frame="([^"]+)"', page), re.search(r'data-return="([^"]+)"', page)
        assert form
        assert back
        return form[1].removesuffix("&frame=1"), back[1].removeprefix(WALLET)

    def add_card(self, outside: Running, number: str = "4242424242424242") -> Card:
        """Type a card on the acquirer's page, come back, and return it."""
        form, back = self.card_page()
        type_number(outside, form, number)
        answer = self.client.get(back)
        assert answer.status_code == 302, answer.content
        return queries.cards(self.customer.id)[0]

    def draft(self, card: Card, amount: str) -> str:
        """Write a top-up, and return the address on which it is confirmed."""
        answer = self.client.post("/topup", {"card": str(card.id), "amount": amount})
        assert answer.status_code == 302, answer.content
        return str(answer["Location"])

    def fee(self, address: str) -> str:
        """Return the fee that the confirming page shows, as its form sends it."""
        found = re.search(r'name="fee" value="(\d+)"', self.get(address))
        assert found
        return found[1]

    @property
    def maturing(self) -> int:
        """What card money there is, in minor units."""
        return sum(balance.maturing.minor for balance in wallets.balances(self.customer.id))


def type_number(outside: Running, form: str, number: str) -> None:
    """Type a card into the acquirer's form."""
    parts = urlsplit(form)
    fields = {"number": number, "expiry": "12 / 34", "code": "123"}
    assert outside.post_form(f"{parts.path}?{parts.query}", fields).status == 303


def visitor(level: int = 1, **person: Any) -> Visitor:
    """Sign somebody new in."""
    from django.db import transaction

    from okpay.customers import actions as opening

    user = open_person(**person)
    client = Client(headers={"host": "localhost", "accept-language": "en", "user-agent": "Test Browser/1.0"})
    client.cookies["okpay_session"] = session_of(user)
    customer = customers.customer_of_user(user.pk)
    assert customer is not None
    if level:
        with transaction.atomic():
            customer = opening.set_level(customer_id=customer.id, level=level, now=clock.now())
    return Visitor(client, customer)


def charge() -> int:
    """Charge what is due, as the background loop does."""
    count = 0
    while actions.charge_once(acquirer()):
        count += 1
    return count
