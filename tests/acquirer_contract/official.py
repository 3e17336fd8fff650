"""Stripe's official library behind our protocol: what our own module is compared with. The program does not use it."""

from __future__ import annotations

import calendar
from collections.abc import Iterator
from datetime import date, datetime
from typing import Any
from uuid import UUID

import stripe
from stripe import params as wanted

from okpay.base.money import Money
from okpay.funding.providers.protocol import (
    AcquirerUnavailable,
    Charge,
    ChargeAnswer,
    ChargeOrder,
    FoundCard,
    OpenPage,
    Outcome,
    PageOrder,
)

REASONS = {
    "insufficient_funds": "card_insufficient_funds",
    "expired_card": "card_expired",
    "incorrect_cvc": "card_code_wrong",
    "processing_error": "card_error",
}
STATES = {
    "succeeded": Outcome.SUCCEEDED,
    "processing": Outcome.PROCESSING,
    "requires_payment_method": Outcome.DECLINED,
    "canceled": Outcome.DECLINED,
}


class OfficialAcquirer:
    """The official library at an address, with a key."""

    def __init__(self, url: str, key: str, *, call_seconds: float = 20.0) -> None:
        self._client = stripe.StripeClient(
            key,
            base_addresses={"api": url},
            max_network_retries=0,
            http_client=stripe.RequestsClient(timeout=call_seconds),
        )

    def open_page(self, order: PageOrder) -> OpenPage:
        """Open a page for one card."""
        asked: wanted.checkout.SessionCreateParams = {
            "mode": "setup",
            "currency": order.currency.lower(),
            "success_url": order.success_url,
            "cancel_url": order.cancel_url,
            "client_reference_id": str(order.id),
            "locale": "zh" if order.language == "zh-hans" else "en",
        }
        try:
            session = self._client.v1.checkout.sessions.create(asked, {"idempotency_key": f"page-{order.id}"})
        except stripe.StripeError as error:
            raise AcquirerUnavailable(str(error.code)) from None
        return OpenPage(session.id, session.url or "")

    def read_card(self, session_id: str) -> FoundCard | None:
        """Return the card typed on a page."""
        try:
            session = self._client.v1.checkout.sessions.retrieve(session_id, {"expand": ["setup_intent"]})
            setup = session.setup_intent
            if session.status != "complete" or not isinstance(setup, stripe.SetupIntent):
                return None
            method = self._client.v1.payment_methods.retrieve(str(setup.payment_method))
        except stripe.StripeError as error:
            raise AcquirerUnavailable(str(error.code)) from None
        card = method.card
        assert card is not None
        last_day = calendar.monthrange(card.exp_year, card.exp_month)[1]
        return FoundCard(
            method.id,
            card.brand,
            card.last4 or "",
            date(card.exp_year, card.exp_month, last_day),
            card.fingerprint or "",
        )

    def forget_card(self, token: str) -> None:
        """Have a card forgotten."""
        try:
            self._client.v1.payment_methods.detach(token)
        except stripe.StripeError as error:
            raise AcquirerUnavailable(str(error.code)) from None

    def charge(self, order: ChargeOrder) -> ChargeAnswer:
        """Charge a card."""
        asked: wanted.PaymentIntentCreateParams = {
            "amount": order.amount.minor,
            "currency": order.amount.currency.lower(),
            "payment_method": order.token,
            "confirm": True,
            "capture_method": "automatic",
            "off_session": True,
            "description": order.description,
            "metadata": {"movement": str(order.id)},
        }
        try:
            intent = self._client.v1.payment_intents.create(asked, {"idempotency_key": str(order.id)})
        except stripe.CardError as error:
            return _declined(error)
        except stripe.RateLimitError:
            return ChargeAnswer(Outcome.NOT_SENT)
        except (stripe.AuthenticationError, stripe.PermissionError):
            return ChargeAnswer(Outcome.MISCONFIGURED)
        except stripe.InvalidRequestError as error:
            gone = error.code in ("resource_missing", "payment_method_unexpected_state")
            return ChargeAnswer(
                Outcome.HOPELESS if gone else Outcome.MISCONFIGURED, code="card_removed" if gone else ""
            )
        except stripe.APIConnectionError as error:
            # The library does not say whether it was connected; what it wraps does.
            refused = "refused" in str(error).lower()
            return ChargeAnswer(Outcome.NOT_SENT if refused else Outcome.UNKNOWN)
        except stripe.StripeError:
            return ChargeAnswer(Outcome.UNKNOWN)
        return _said(intent, order)

    def ask(self, charge_id: str, order: ChargeOrder) -> ChargeAnswer:
        """Ask what became of a charge."""
        try:
            return _said(self._client.v1.payment_intents.retrieve(charge_id), order)
        except stripe.StripeError:
            return ChargeAnswer(Outcome.UNKNOWN)

    def charges(self, *, since: datetime) -> Iterator[Charge]:
        """Yield the acquirer's charges, page by page as the library turns them."""
        found = self._client.v1.payment_intents.list({"limit": 2, "created": {"gte": int(since.timestamp())}})
        for intent in found.auto_paging_iter():
            movement = intent.metadata.to_dict().get("movement") if intent.metadata else None
            yield Charge(
                intent.id,
                UUID(movement) if movement else None,
                STATES.get(intent.status, Outcome.UNKNOWN),
                Money(intent.amount, intent.currency.upper()),
            )


def _declined(error: stripe.CardError) -> ChargeAnswer:
    told = error.error
    said = (getattr(told, "decline_code", None), error.code)
    reason = next((REASONS[code] for code in said if code in REASONS), "card_declined")
    intent: Any = getattr(told, "payment_intent", None)
    return ChargeAnswer(Outcome.DECLINED, intent["id"] if intent else "", reason)


def _said(intent: stripe.PaymentIntent, order: ChargeOrder) -> ChargeAnswer:
    movement = intent.metadata.to_dict().get("movement") if intent.metadata else None
    if (intent.amount, intent.currency, movement) != (
        order.amount.minor,
        order.amount.currency.lower(),
        str(order.id),
    ):
        return ChargeAnswer(Outcome.UNKNOWN)
    outcome, reason = STATES.get(intent.status, Outcome.UNKNOWN), ""
    if outcome is Outcome.DECLINED:
        told: Any = intent.last_payment_error
        said = (getattr(told, "decline_code", None), getattr(told, "code", None))
        reason = next((REASONS[code] for code in said if code in REASONS), "card_declined")
    return ChargeAnswer(outcome, intent.id, reason)
