"""An SMS gateway over HTTP, as gateways are: a key, a reference that makes asking again safe, a status to ask for."""

from __future__ import annotations

import asyncio
import hmac
from datetime import UTC, datetime
from http import HTTPStatus

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from okpay_sandbox.inbox.records import Channel, Incident, Message, Mode
from okpay_sandbox.inbox.store import Inbox
from okpay_sandbox.inbox.texts import clean
from okpay_sandbox.switches import Switches
from okpay_sandbox.wire.connections import hang_up
from okpay_sandbox.wire.http import Refused, answer, decode, read_body
from okpay_sandbox.wire.receipts import Order, Receipt, Receipts


class Gateway:
    """Takes text messages for anybody, or fails as the switch says."""

    def __init__(self, key: str, inbox: Inbox, switches: Switches, receipts: Receipts) -> None:
        self._key = key
        self._inbox = inbox
        self._switches = switches
        self._receipts = receipts

    def routes(self) -> list[Route]:
        """Return the addresses of the gateway."""
        return [
            Route("/sms/v1/messages", self.send, methods=["POST"]),
            Route("/sms/v1/messages", self.find, methods=["GET"]),
            Route("/sms/v1/messages/{key}", self.status, methods=["GET"]),
        ]

    async def send(self, request: Request) -> Response:
        """Accept a message: 202, and the same again for the same reference."""
        self._authorize(request)
        order = decode(await read_body(request), Order)
        switch = self._switches.of(Channel.SMS)
        if switch.mode is Mode.REFUSES:
            self._note(switch.mode, order.to)
            raise Refused(HTTPStatus.SERVICE_UNAVAILABLE, "unavailable", "A failure switch says so.")
        await asyncio.sleep(switch.delay)
        # From here to the receipt nothing waits, so that two requests with one reference send one message.
        receipt = self._receipts.by_reference(order.reference)
        if receipt is not None and receipt.digest != order.digest:
            raise Refused(
                HTTPStatus.CONFLICT, "reference_reused", "This reference stands for another message."
            )
        if receipt is None:
            receipt = self._take(order, switch.mode)
        if switch.mode is Mode.ANSWER_LOST:
            self._note(switch.mode, order.to)
            await hang_up(request.scope)
        return answer({"id": receipt.id, "status": "accepted"}, HTTPStatus.ACCEPTED)

    async def status(self, request: Request) -> Response:
        """Tell what became of a message: `accepted`, or `delivered` when it arrived."""
        self._authorize(request)
        return _told(self._receipts.by_id(request.path_params["key"]))

    async def find(self, request: Request) -> Response:
        """Tell what became of a message by the client's own reference, for whom the answer was lost."""
        self._authorize(request)
        reference = request.query_params.get("reference", "")
        if not reference:
            raise Refused(HTTPStatus.UNPROCESSABLE_ENTITY, "malformed", "Name a reference.")
        return _told(self._receipts.by_reference(reference))

    def _authorize(self, request: Request) -> None:
        given = request.headers.get("authorization", "")
        if not hmac.compare_digest(given.encode(), f"Bearer {self._key}".encode()):
            raise Refused(HTTPStatus.UNAUTHORIZED, "unauthorized", "The key is missing or not ours.")

    def _take(self, order: Order, mode: Mode) -> Receipt:
        is_lost = mode is Mode.LOSES
        receipt = self._receipts.add(order, "accepted" if is_lost else "delivered")
        if is_lost:
            self._note(mode, order.to)
            return receipt
        message = Message(receipt.id, Channel.SMS, datetime.now(UTC), order.to, clean(order.text))
        self._inbox.add([message])
        return receipt

    def _note(self, mode: Mode, person: str) -> None:
        self._inbox.note(Incident(datetime.now(UTC), Channel.SMS, mode, person))


def _told(receipt: Receipt | None) -> Response:
    if receipt is None:
        raise Refused(HTTPStatus.NOT_FOUND, "not_found", "There is no such message.")
    return answer({"id": receipt.id, "reference": receipt.reference, "status": receipt.status})
