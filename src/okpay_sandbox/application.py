"""The one HTTP application: the gateway, the control, and the pages."""

from __future__ import annotations

from http import HTTPStatus

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from okpay_sandbox.acquirer.acquiring import Acquirer
from okpay_sandbox.inbox.store import Inbox
from okpay_sandbox.switches import Switches
from okpay_sandbox.web.card import CardPage
from okpay_sandbox.web.charges import Charges
from okpay_sandbox.web.failures import Failures
from okpay_sandbox.web.frame import Frame
from okpay_sandbox.web.guard import Guard
from okpay_sandbox.web.live import Live
from okpay_sandbox.web.pages import Pages
from okpay_sandbox.wire.acquirer.calls import Calls
from okpay_sandbox.wire.acquirer.rates import Dice
from okpay_sandbox.wire.acquirer.routes import Api
from okpay_sandbox.wire.control import Control
from okpay_sandbox.wire.http import Refused, answer, refusal
from okpay_sandbox.wire.receipts import Receipts
from okpay_sandbox.wire.sms import Gateway

PROGRAMS = ("/sms/", "/control/", "/v1/")


def create_application(
    *,
    inbox: Inbox,
    switches: Switches,
    receipts: Receipts,
    acquirer: Acquirer,
    sms_key: str,
    acquirer_key: str,
    wallet_url: str,
) -> Starlette:
    """Return the application.

    Args:
        inbox: Where messages arrive.
        switches: What makes them fail.
        receipts: What the gateway remembers.
        acquirer: What takes and charges cards.
        sms_key: The bearer key that the gateway asks for.
        acquirer_key: The bearer key that the acquirer asks for.
        wallet_url: Where the link to the wallet leads.
    """
    dice = Dice()
    calls = Calls(acquirer_key, acquirer, inbox, switches, dice)
    frame = Frame(inbox, switches, wallet_url)

    async def missing(request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)
        if request.url.path.startswith(PROGRAMS):
            # What Stripe's API calls a kind of error; harmless in the others.
            kind = "invalid_request_error"
            told = {"error": {"type": kind, "code": "not_found", "message": error.detail}}
            return answer(told, error.status_code)
        return frame.sentence(request, "error", error.status_code)

    async def live(_: Request) -> Response:
        return PlainTextResponse("ok\n", HTTPStatus.OK)

    return Starlette(
        routes=[
            Route("/health/live", live),
            Route("/events", Live(inbox.changes).events),
            Mount("/static", StaticFiles(packages=[("okpay_sandbox.web", "static")])),
            *Gateway(sms_key, inbox, switches, receipts).routes(),
            *Api(acquirer, calls).routes(),
            *Control(inbox, switches, dice).routes(),
            *Pages(inbox, frame).routes(),
            *Charges(acquirer, frame).routes(),
            *CardPage(acquirer).routes(),
            *Failures(inbox, switches, frame).routes(),
        ],
        middleware=[Middleware(Guard)],
        exception_handlers={Refused: refusal, HTTPException: missing},
    )
