"""What can be done with cards and charges. Nothing here waits, so each deed is whole.

A deed returns its records instead of keeping them: whoever asked keeps them together with the answer.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import secrets
from dataclasses import dataclass
from pathlib import Path

import msgspec
from iso4217 import Currency

from okpay_sandbox.acquirer.cards import behaviour_of, brand_of
from okpay_sandbox.acquirer.decisions import Decision, decide
from okpay_sandbox.acquirer.records import (
    Delivered,
    Event,
    Intent,
    Method,
    Record,
    Refund,
    Session,
    Status,
    new_id,
)
from okpay_sandbox.acquirer.refusals import Invalid, missing
from okpay_sandbox.acquirer.store import Store

MOST_MINOR = 999_999_999_999
"""Twelve digits, which Stripe takes in the currency with the largest numbers, the rupiah. Here in all of them."""
EVENT_OF = {
    Status.SUCCEEDED: "payment_intent.succeeded",
    Status.PROCESSING: "payment_intent.processing",
    Status.DECLINED: "payment_intent.payment_failed",
    Status.CANCELED: "payment_intent.canceled",
}
KEEP_TRYING_SECONDS = 24 * 60 * 60


@dataclass(frozen=True)
class Order:
    """A charge that is asked for; the amount is in minor units."""

    amount: int
    currency: str
    method: str
    description: str
    metadata: dict[str, str]


class Acquirer:
    """Opens sessions, takes cards, charges them."""

    def __init__(self, store: Store, folder: Path) -> None:
        self.store = store
        self._secret = _kept_secret(folder / "fingerprints.key")

    def open_session(
        self, *, now: int, currency: str, success_url: str, cancel_url: str, reference: str,
        metadata: dict[str, str], locale: str,
    ) -> Session:  # fmt: skip
        """Return a new session.

        Raises:
            Invalid: The currency is none.
        """
        return Session(
            id=new_id("cs_test"), at=now, currency=_currency(currency), success_url=success_url,
            cancel_url=cancel_url, setup=new_id("seti"), reference=reference, metadata=metadata, locale=locale,
        )  # fmt: skip

    def enter_card(self, session: Session, *, now: int, number: str, month: int, year: int) -> Session:
        """Keep what may be kept of a card, and return its session, which is complete.

        Raises:
            Invalid: The session is not open.
        """
        if session.status(now) != "open":
            raise Invalid("This session is not open.", code="checkout_session_not_open")
        mark = hmac.digest(self._secret, number.encode(), hashlib.sha256).hex()[:16]
        method = Method(
            id=new_id("pm"), at=now, brand=brand_of(number), last4=number[-4:], month=month, year=year,
            fingerprint=mark, behaviour=behaviour_of(number),
        )  # fmt: skip
        complete = msgspec.structs.replace(session, method=method.id)
        self.store.put(method, complete)
        return complete

    def method(self, key: str, param: str = "id") -> Method:
        """Return a card.

        Raises:
            Invalid: There is none with this id.
        """
        found = self.store.methods.get(key)
        if found is None:
            raise missing("PaymentMethod", key, param)
        return found

    def intent(self, key: str, param: str = "id") -> Intent:
        """Return a charge.

        Raises:
            Invalid: There is none with this id.
        """
        found = self.store.intents.get(key)
        if found is None:
            raise missing("payment_intent", key, param)
        return found

    def detach(self, method: Method) -> Method:
        """Return a card that cannot be charged any more.

        Raises:
            Invalid: It is detached already.
        """
        if method.is_detached:
            raise Invalid("The payment method you provided is not attached, so detachment is impossible.")
        return msgspec.structs.replace(method, is_detached=True)

    def charge(self, order: Order, *, now: int) -> tuple[Intent, Decision]:
        """Return a charge as its card decides it.

        Raises:
            Invalid: The order cannot be carried out.
        """
        if not 0 < order.amount <= MOST_MINOR:
            raise Invalid(
                f"Amount must be between 1 and {MOST_MINOR} minor units.",
                code="amount_too_small" if order.amount < 1 else "amount_too_large",
                param="amount",
            )
        currency = _currency(order.currency)
        method = self.method(order.method, "payment_method")
        if method.is_detached:
            raise Invalid(
                "The provided PaymentMethod was previously detached and may not be used again.",
                code="payment_method_unexpected_state",
                param="payment_method",
            )
        decision = decide(method.behaviour)
        intent = Intent(
            id=new_id("pi"), at=now, amount=order.amount, currency=currency, method=method.id,
            charge=new_id("ch"), status=decision.status, description=order.description,
            metadata=order.metadata, decline=decision.decline,
            settles=now + decision.settles_in if decision.settles_in else 0,
        )  # fmt: skip
        return intent, decision

    def cancel(self, intent: Intent, *, now: int, reason: str) -> Intent:
        """Return a declined charge as canceled.

        Raises:
            Invalid: It succeeded, is on its way, or was canceled before.
        """
        if intent.status is not Status.DECLINED:
            raise Invalid(
                f"You cannot cancel this PaymentIntent because it has a status of {intent.status}.",
                code="payment_intent_unexpected_state",
                intent=intent,
            )
        return msgspec.structs.replace(intent, status=Status.CANCELED, canceled=now, reason=reason)

    def refund(
        self, intent: Intent, *, now: int, amount: int | None, reason: str, metadata: dict[str, str]
    ) -> tuple[Refund, Intent]:
        """Return a refund and the charge that it is of; without an amount, of all that is left.

        Raises:
            Invalid: There is not so much left, or the charge did not succeed.
        """
        left = intent.amount - intent.refunded
        if intent.status is not Status.SUCCEEDED:
            raise Invalid(
                "This PaymentIntent does not have a successful charge to refund.",
                code="payment_intent_unexpected_state", param="payment_intent",
            )  # fmt: skip
        if left == 0:
            raise Invalid(
                f"Charge {intent.charge} has already been refunded.", code="charge_already_refunded"
            )
        wanted = left if amount is None else amount
        if not 0 < wanted <= left:
            raise Invalid(
                f"Refund amount ({wanted}) is not between 1 and what is left of the charge ({left}).",
                code="amount_too_small" if wanted < 1 else "amount_too_large", param="amount",
            )  # fmt: skip
        refund = Refund(
            id=new_id("re"), at=now, intent=intent.id, charge=intent.charge, amount=wanted,
            currency=intent.currency, reason=reason, metadata=metadata,
        )  # fmt: skip
        return refund, msgspec.structs.replace(intent, refunded=intent.refunded + wanted)

    def settle(self, now: int) -> None:
        """Let every processing charge succeed whose time has come."""
        for key in list(self.store.processing):
            intent = self.store.intents[key]
            if intent.settles <= now:
                settled = msgspec.structs.replace(intent, status=Status.SUCCEEDED, settles=0)
                self.store.put(settled, *events_of(settled, now=now))

    def forget_event(self, event: Event) -> None:
        """Keep that an event needs no delivery any more."""
        record: Record = Delivered(event.id)
        self.store.put(record)


def events_of(intent: Intent, *, now: int, key: str = "", request: str = "") -> list[Event]:
    """Return what the wallet is told about a charge's state, if anything."""
    kind = EVENT_OF.get(intent.status)
    return [Event(new_id("evt"), now, kind, intent, key, request)] if kind else []


def exponent_of(currency: str) -> int:
    """Return how many digits the minor unit of a currency has. Source: ISO 4217."""
    return int(Currency(currency.upper()).exponent or 0)


def _currency(code: str) -> str:
    try:
        Currency(code.upper())
    except ValueError:
        raise Invalid(f"Invalid currency: {code}.", code="parameter_invalid", param="currency") from None
    return code.lower()


def _kept_secret(path: Path) -> bytes:
    """Return the key of the fingerprints, so that a card has the same one after a restart."""
    try:
        kept = path.read_bytes()
    except FileNotFoundError:
        kept = b""
    if len(kept) < 32:
        kept = secrets.token_bytes(32)
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
            file.write(kept)
    return kept
