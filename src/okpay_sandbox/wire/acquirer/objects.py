"""The objects of the API in JSON, in the shape of Stripe's."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from okpay_sandbox.acquirer.acquiring import Acquirer
from okpay_sandbox.acquirer.records import Event, Intent, Method, Refund, Session, Status
from okpay_sandbox.acquirer.refusals import Invalid

API_VERSION = "2025-09-30.clover"

Object = dict[str, Any]


class Objects:
    """Makes objects, with what was asked for expanded in them."""

    def __init__(self, acquirer: Acquirer) -> None:
        self._acquirer = acquirer

    def session(self, session: Session, *, now: int, page_url: str, expand: Iterable[str]) -> Object:
        """Return a session; an open one has the address of its page."""
        expands = _checked(expand, ("setup_intent", "setup_intent.payment_method"))
        status = session.status(now)
        return {
            "id": session.id,
            "object": "checkout.session",
            "cancel_url": session.cancel_url or None,
            "client_reference_id": session.reference or None,
            "created": session.at,
            "currency": session.currency,
            "expires_at": session.expires,
            "livemode": False,
            "locale": session.locale,
            "metadata": session.metadata,
            "mode": "setup",
            "payment_method_types": ["card"],
            "payment_status": "no_payment_required",
            "setup_intent": self._setup(session, expands) if expands else session.setup,
            "status": status,
            "success_url": session.success_url,
            "url": f"{page_url}?session={session.id}" if status == "open" else None,
        }

    def _setup(self, session: Session, expands: set[str]) -> Object:
        method: str | Object | None = session.method or None
        if session.method and "setup_intent.payment_method" in expands:
            method = self.method(self._acquirer.method(session.method))
        return {
            "id": session.setup,
            "object": "setup_intent",
            "created": session.at,
            "livemode": False,
            "metadata": session.metadata,
            "payment_method": method,
            "payment_method_types": ["card"],
            "status": "succeeded" if session.method else "requires_payment_method",
            "usage": "off_session",
        }

    def method(self, method: Method) -> Object:
        """Return a card."""
        return {
            "id": method.id,
            "object": "payment_method",
            "card": {
                "brand": method.brand,
                "exp_month": method.month,
                "exp_year": method.year,
                "fingerprint": method.fingerprint,
                "funding": "credit",
                "last4": method.last4,
            },
            "created": method.at,
            "customer": None,
            "livemode": False,
            "metadata": {},
            "type": "card",
        }

    def intent(self, intent: Intent, expand: Iterable[str] = ()) -> Object:
        """Return a charge."""
        expands = _checked(expand, ("payment_method",))
        method = self._acquirer.method(intent.method) if "payment_method" in expands else None
        is_over = intent.status in (Status.DECLINED, Status.CANCELED)
        return {
            "id": intent.id,
            "object": "payment_intent",
            "amount": intent.amount,
            "amount_capturable": 0,
            "amount_received": intent.amount if intent.status is Status.SUCCEEDED else 0,
            "canceled_at": intent.canceled or None,
            "cancellation_reason": intent.reason or None,
            "capture_method": "automatic",
            "client_secret": None,
            "confirmation_method": "automatic",
            "created": intent.at,
            "currency": intent.currency,
            "customer": None,
            "description": intent.description or None,
            "last_payment_error": self.decline(intent) if intent.decline else None,
            "latest_charge": intent.charge,
            "livemode": False,
            "metadata": intent.metadata,
            "next_action": None,
            "payment_method": None if is_over else self.method(method) if method else intent.method,
            "payment_method_types": ["card"],
            "status": intent.status,
        }

    def decline(self, intent: Intent) -> Object:
        """Return why a charge was declined."""
        assert intent.decline is not None
        method = self._acquirer.store.methods.get(intent.method)
        return {
            "charge": intent.charge,
            "code": intent.decline.code,
            "decline_code": intent.decline.decline_code,
            "message": intent.decline.message,
            "payment_method": self.method(method) if method else None,
            "type": "card_error",
        }

    def refund(self, refund: Refund, expand: Iterable[str] = ()) -> Object:
        """Return a refund."""
        _checked(expand, ())
        return {
            "id": refund.id,
            "object": "refund",
            "amount": refund.amount,
            "charge": refund.charge,
            "created": refund.at,
            "currency": refund.currency,
            "metadata": refund.metadata,
            "payment_intent": refund.intent,
            "reason": refund.reason or None,
            "status": "succeeded",
        }

    def event(self, event: Event) -> Object:
        """Return an event, with the charge as it was then."""
        return {
            "id": event.id,
            "object": "event",
            "api_version": API_VERSION,
            "created": event.at,
            "data": {"object": self.intent(event.intent)},
            "livemode": False,
            "pending_webhooks": 1,
            "request": {"id": event.request or None, "idempotency_key": event.key or None},
            "type": event.kind,
        }

    def refusal(self, invalid: Invalid) -> Object:
        """Return the body of an error."""
        told: Object = {"type": invalid.kind, "message": invalid.message}
        if invalid.code:
            told["code"] = invalid.code
        if invalid.param:
            told["param"] = invalid.param
        if invalid.intent is not None:
            told["payment_intent"] = self.intent(invalid.intent)
        return {"error": told}


def _checked(expand: Iterable[str], known: tuple[str, ...]) -> set[str]:
    wanted = set(expand)
    for name in sorted(wanted - set(known)):
        raise Invalid(f"This property cannot be expanded ({name[:80]}).", param="expand")
    return wanted
