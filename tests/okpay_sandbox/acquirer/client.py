"""Somebody who charges cards with Stripe's official library, and somebody who enters them on the page."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

import stripe

from okpay_sandbox.acquirer.cards import SHOWN, code_length
from okpay_sandbox.acquirer.records import Behaviour
from tests.okpay_sandbox.running import ACQUIRER_KEY, Answer, Running

WALLET = "http://localhost:8000"
NUMBERS = dict(SHOWN)


def library(sandbox: Running, *, retries: int = 0, key: str = ACQUIRER_KEY) -> stripe.StripeClient:
    """Return Stripe's client, pointed at the sandbox."""
    return stripe.StripeClient(key, base_addresses={"api": sandbox.url}, max_network_retries=retries)


def open_page(sandbox: Running, **more: Any) -> stripe.checkout.Session:
    """Open a page for a card, as the wallet does."""
    params: Any = {
        "mode": "setup", "currency": "usd", "locale": "en",
        "success_url": f"{WALLET}/cards/done?session={{CHECKOUT_SESSION_ID}}", "cancel_url": f"{WALLET}/cards",
        **more,
    }  # fmt: skip
    return library(sandbox).v1.checkout.sessions.create(params)


def page_of(session: stripe.checkout.Session) -> str:
    """Return the path and query of a session's page."""
    assert session.url
    parts = urlsplit(session.url)
    return f"{parts.path}?{parts.query}"


def enter(
    sandbox: Running,
    page: str,
    number: str,
    *,
    expiry: str = "12 / 34",
    code: str | None = None,
    **headers: str,
) -> Answer:
    """Send the form of a page."""
    code = "1" * code_length(number) if code is None else code
    return sandbox.post_form(page, {"number": number, "expiry": expiry, "code": code}, **headers)


def add_card(sandbox: Running, number: str) -> str:
    """Enter a card, and return the token that it is charged by."""
    session = open_page(sandbox)
    assert enter(sandbox, page_of(session), number).status == 303
    done = library(sandbox).v1.checkout.sessions.retrieve(session.id, {"expand": ["setup_intent"]})
    assert done.status == "complete"
    assert isinstance(done.setup_intent, stripe.SetupIntent)
    assert isinstance(done.setup_intent.payment_method, str)
    return done.setup_intent.payment_method


def movement_of(charged: stripe.PaymentIntent) -> str:
    """Return the movement that a charge was for."""
    return charged.metadata["movement"] if charged.metadata else ""


class Client:
    """Charges the card of a behaviour; a card is entered when it is first needed."""

    def __init__(self, sandbox: Running, cards: dict[Behaviour, str] | None = None) -> None:
        self.sandbox = sandbox
        self.cards: dict[Behaviour, str] = {} if cards is None else cards
        self.v1 = library(sandbox).v1

    def card(self, behaviour: Behaviour) -> str:
        """Return the token of a card with this behaviour."""
        if behaviour not in self.cards:
            self.cards[behaviour] = add_card(self.sandbox, NUMBERS[behaviour])
        return self.cards[behaviour]

    def charge(
        self, behaviour: Behaviour, key: str, amount: int = 1250, *, by: stripe.StripeClient | None = None,
        **more: Any,
    ) -> stripe.PaymentIntent:  # fmt: skip
        """Charge a card, as the wallet does."""
        params: Any = {
            "amount": amount, "currency": "usd", "payment_method": self.card(behaviour), "confirm": True,
            "capture_method": "automatic", "off_session": True, "metadata": {"movement": key}, **more,
        }  # fmt: skip
        v1 = by.v1 if by else self.v1
        return v1.payment_intents.create(params, {"idempotency_key": key})

    def charges_of(self, movement: str) -> list[stripe.PaymentIntent]:
        """Return every charge that a movement caused."""
        every = self.v1.payment_intents.list({"limit": 100}).auto_paging_iter()
        return [one for one in every if movement_of(one) == movement]
