"""The control for tests: the failure switches, the rates of the acquirer's failures, and the inbox, in JSON."""

from __future__ import annotations

from http import HTTPStatus

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from okpay_sandbox.inbox.records import Message
from okpay_sandbox.inbox.store import Inbox
from okpay_sandbox.inbox.texts import codes, links
from okpay_sandbox.switches import Setting, Switches
from okpay_sandbox.wire.acquirer.rates import Dice, Rates
from okpay_sandbox.wire.http import answer, decode, read_body

MOST_SHOWN = 100


class Control:
    """Everything that the pages can do, for programs."""

    def __init__(self, inbox: Inbox, switches: Switches, dice: Dice) -> None:
        self._inbox = inbox
        self._switches = switches
        self._dice = dice

    def routes(self) -> list[Route]:
        """Return the addresses of the control."""
        return [
            Route("/control/v1/switches", self.switches, methods=["GET"]),
            Route("/control/v1/switches", self.set_switches, methods=["PUT"]),
            Route("/control/v1/rates", self.rates, methods=["GET"]),
            Route("/control/v1/rates", self.set_rates, methods=["PUT"]),
            Route("/control/v1/messages", self.messages, methods=["GET"]),
            Route("/control/v1/messages", self.clear, methods=["DELETE"]),
        ]

    async def switches(self, _: Request) -> Response:
        """Tell what mail, SMS and cards do."""
        return answer(self._switches.shown())

    async def set_switches(self, request: Request) -> Response:
        """Set what mail, SMS and cards do; a channel that is not named stays as it is."""
        self._switches.put(decode(await read_body(request), Setting))
        return answer(self._switches.shown())

    async def rates(self, _: Request) -> Response:
        """Tell which share of the acquirer's answers about money is lost and doubled, and how many were."""
        return answer(self._dice.shown())

    async def set_rates(self, request: Request) -> Response:
        """Set these shares, and count from nought again."""
        self._dice.set(decode(await read_body(request), Rates))
        return answer(self._dice.shown())

    async def messages(self, request: Request) -> Response:
        """Tell what a person received, newest first; it stays unread."""
        person = request.query_params.get("person", "").strip().lower()
        if person.isdigit():
            # In an address a plus sign means a space, unless it is written as %2B.
            person = f"+{person}"
        found = self._inbox.messages(person)[:MOST_SHOWN]
        return answer({"messages": [_shown(message) for message in found]})

    async def clear(self, _: Request) -> Response:
        """Forget every message."""
        self._inbox.clear()
        return Response(status_code=HTTPStatus.NO_CONTENT)


def _shown(message: Message) -> dict[str, object]:
    return {
        "id": message.id,
        "channel": message.channel,
        "at": message.at,
        "person": message.person,
        "sender": message.sender,
        "subject": message.subject,
        "text": message.text,
        "html": message.html,
        "attachments": message.attachments,
        "codes": codes(f"{message.subject}\n{message.text}"),
        "links": links(message.text),
    }
