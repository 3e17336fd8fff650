"""The addresses of the API."""

from __future__ import annotations

from collections.abc import Iterable
from http import HTTPStatus
from typing import TypeVar

from starlette.routing import Route

from okpay_sandbox.acquirer.acquiring import Acquirer, Order, events_of
from okpay_sandbox.acquirer.records import Intent, Refund
from okpay_sandbox.acquirer.refusals import Invalid, missing
from okpay_sandbox.wire.acquirer.calls import Call, Calls, Outcome
from okpay_sandbox.wire.acquirer.objects import Object, Objects
from okpay_sandbox.wire.acquirer.parameters import (
    Asked,
    Cancellation,
    NewIntent,
    NewRefund,
    NewSession,
    Page,
    read,
)

T = TypeVar("T", Intent, Refund)

CARD_PAGE = "/card"
MOST_LISTED = 100


class Api:
    """Sessions, cards, charges, refunds."""

    def __init__(self, acquirer: Acquirer, calls: Calls) -> None:
        self._acquirer = acquirer
        self._calls = calls
        self._objects = Objects(acquirer)

    def routes(self) -> list[Route]:
        """Return the addresses."""
        reads, writes = self._calls.reads, self._calls.writes
        addresses = (
            ("POST", "/v1/checkout/sessions", writes(self.open_session)),
            ("GET", "/v1/checkout/sessions/{id}", reads(self.session)),
            ("GET", "/v1/payment_methods/{id}", reads(self.method)),
            ("POST", "/v1/payment_methods/{id}/detach", writes(self.detach)),
            ("POST", "/v1/payment_intents", writes(self.charge, moves_money=True)),
            ("GET", "/v1/payment_intents", reads(self.intents)),
            ("GET", "/v1/payment_intents/{id}", reads(self.intent)),
            ("POST", "/v1/payment_intents/{id}/cancel", writes(self.cancel, moves_money=True)),
            ("POST", "/v1/refunds", writes(self.refund, moves_money=True)),
            ("GET", "/v1/refunds", reads(self.refunds)),
            ("GET", "/v1/refunds/{id}", reads(self.one_refund)),
        )
        return [Route(path, address, methods=[method]) for method, path, address in addresses]

    def open_session(self, call: Call) -> Outcome:
        """Open a page on which a card is entered."""
        asked = read(call.given, NewSession)
        session = self._acquirer.open_session(
            now=call.now, currency=asked.currency, success_url=asked.success_url, cancel_url=asked.cancel_url,
            reference=asked.client_reference_id, metadata=asked.metadata, locale=asked.locale,
        )  # fmt: skip
        body = self._objects.session(
            session, now=call.now, page_url=_page_url(call), expand=asked.expand.values()
        )
        return Outcome(body, (session,))

    def session(self, call: Call) -> Object:
        """Tell what became of a page."""
        asked, key = read(call.given, Asked), call.request.path_params["id"]
        session = self._acquirer.store.sessions.get(key)
        if session is None:
            raise missing("checkout.session", key)
        return self._objects.session(
            session, now=call.now, page_url=_page_url(call), expand=asked.expand.values()
        )

    def method(self, call: Call) -> Object:
        """Tell what is known of a card."""
        read(call.given, Asked)
        return self._objects.method(self._acquirer.method(call.request.path_params["id"]))

    def detach(self, call: Call) -> Outcome:
        """Let a card go."""
        read(call.given, Asked)
        detached = self._acquirer.detach(self._acquirer.method(call.request.path_params["id"]))
        return Outcome(self._objects.method(detached), (detached,))

    def charge(self, call: Call) -> Outcome:
        """Charge a card; a decline is an answer of its own."""
        asked = read(call.given, NewIntent)
        order = Order(
            int(asked.amount), asked.currency, asked.payment_method, asked.description, asked.metadata
        )
        intent, decision = self._acquirer.charge(order, now=call.now)
        shown = self._objects.intent(intent, asked.expand.values())
        events = events_of(intent, now=call.now, key=call.key, request=call.id)
        body, status = shown, HTTPStatus.OK
        if intent.decline is not None:
            body = {"error": {**self._objects.decline(intent), "payment_intent": shown}}
            status = HTTPStatus.PAYMENT_REQUIRED
        return Outcome(
            body, (intent, *events), status, intent,
            decision.answers_in, decision.loses_answer, decision.doubles_answer,
        )  # fmt: skip

    def intent(self, call: Call) -> Object:
        """Tell what became of a charge."""
        asked = read(call.given, Asked)
        return self._objects.intent(
            self._acquirer.intent(call.request.path_params["id"]), asked.expand.values()
        )

    def intents(self, call: Call) -> Object:
        """List charges."""
        page = read(call.given, Page)
        found, has_more = _listed(self._acquirer.store.intents, page)
        shown = [self._objects.intent(intent) for intent in found]
        return {"object": "list", "data": shown, "has_more": has_more, "url": "/v1/payment_intents"}

    def cancel(self, call: Call) -> Outcome:
        """Cancel a charge that was declined."""
        asked = read(call.given, Cancellation)
        self._acquirer.settle(call.now)
        intent = self._acquirer.intent(call.request.path_params["id"])
        canceled = self._acquirer.cancel(intent, now=call.now, reason=asked.cancellation_reason)
        events = events_of(canceled, now=call.now, key=call.key, request=call.id)
        return Outcome(
            self._objects.intent(canceled, asked.expand.values()), (canceled, *events), about=canceled
        )

    def refund(self, call: Call) -> Outcome:
        """Give money of a charge back."""
        asked = read(call.given, NewRefund)
        self._acquirer.settle(call.now)
        refund, intent = self._acquirer.refund(
            self._acquirer.intent(asked.payment_intent, "payment_intent"), now=call.now,
            amount=None if asked.amount is None else int(asked.amount), reason=asked.reason,
            metadata=asked.metadata,
        )  # fmt: skip
        return Outcome(self._objects.refund(refund, asked.expand.values()), (refund, intent), about=intent)

    def one_refund(self, call: Call) -> Object:
        """Tell about a refund."""
        read(call.given, Asked)
        key = call.request.path_params["id"]
        refund = self._acquirer.store.refunds.get(key)
        if refund is None:
            raise missing("refund", key)
        return self._objects.refund(refund)

    def refunds(self, call: Call) -> Object:
        """List refunds."""
        page = read(call.given, Page)
        of = {
            key: refund
            for key, refund in self._acquirer.store.refunds.items()
            if page.payment_intent in ("", refund.intent)
        }
        found, has_more = _listed(of, page)
        shown = [self._objects.refund(refund) for refund in found]
        return {"object": "list", "data": shown, "has_more": has_more, "url": "/v1/refunds"}


def _listed(records: dict[str, T], page: Page) -> tuple[list[T], bool]:
    """Return a page, newest first, and whether there is more in its direction."""
    limit = int(page.limit)
    if not 0 < limit <= MOST_LISTED:
        raise Invalid(f"Limit must be between 1 and {MOST_LISTED}.", param="limit")
    for name, key in (("starting_after", page.starting_after), ("ending_before", page.ending_before)):
        if key and key not in records:
            raise missing("object", key, name)
    newest_first: Iterable[T] = reversed(records.values())
    inside = [record for record in newest_first if page.created.holds(record.at)]
    if page.starting_after:
        after = _place(inside, records[page.starting_after])
        rest = inside[after:]
        return rest[:limit], len(rest) > limit
    if page.ending_before:
        before = _place(inside, records[page.ending_before], include=False)
        rest = inside[:before]
        return rest[-limit:], len(rest) > limit
    return inside[:limit], len(inside) > limit


def _place(inside: list[T], mark: T, *, include: bool = True) -> int:
    """Return where the records after a mark begin."""
    for place, record in enumerate(inside):
        if record.id == mark.id:
            return place + include
    return len([record for record in inside if record.at > mark.at])


def _page_url(call: Call) -> str:
    # Of this machine, whatever name it was asked by: the pages answer on no other.
    host, port = call.request.scope["server"]
    return f"http://{host}:{port}{CARD_PAGE}"
