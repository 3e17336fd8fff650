"""The page of the charges, which changes by itself as they come."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import islice

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from okpay_sandbox.acquirer.acquiring import Acquirer, exponent_of
from okpay_sandbox.acquirer.records import Intent, Status
from okpay_sandbox.web.card_names import card_name
from okpay_sandbox.web.frame import Frame
from okpay_sandbox.web.icons import icon
from okpay_sandbox.web.language import Language, amount, language_of
from okpay_sandbox.web.markup import Html, fill, join, render
from okpay_sandbox.web.parts import empty

MOST_SHOWN = 200
KINDS = {Status.SUCCEEDED: "good", Status.PROCESSING: "wait", Status.DECLINED: "bad", Status.CANCELED: "over"}


class Charges:
    """What people read of the acquirer."""

    def __init__(self, acquirer: Acquirer, frame: Frame) -> None:
        self._acquirer = acquirer
        self._frame = frame

    def routes(self) -> list[Route]:
        """Return the addresses of this page."""
        return [Route("/charges", self.show, methods=["GET"])]

    async def show(self, request: Request) -> Response:
        """Show the charges, newest first."""
        language = language_of(request)
        newest = islice(reversed(self._acquirer.store.intents.values()), MOST_SHOWN)
        rows = [self._row(intent, language) for intent in newest]
        nothing = empty(language.say("no_charges_title"), language.say("no_charges"), picture="cards")
        content = render(
            "charges",
            **{name: language.say(name) for name in ("charges", "charges_lead", "refresh", "live")},
            rows=fill('<ul class="rows">{rows}</ul>', rows=join(rows)) if rows else nothing,
        )
        return self._frame.page(request, language.say("charges"), content, place="cards")

    def _row(self, intent: Intent, language: Language) -> Html:
        method = self._acquirer.store.methods.get(intent.method)
        card = card_name(method, language) if method else ""
        movement = intent.metadata.get("movement", "")
        at = datetime.fromtimestamp(intent.at, UTC)
        exponent = exponent_of(intent.currency)
        details = [card]
        if intent.decline:
            details.append(language.say(f"decline_{intent.decline.decline_code}"))
        if intent.refunded:
            returned = amount(intent.refunded, intent.currency, exponent, language)
            details.append(language.say("refunded", amount=returned))
        return render(
            "charge",
            key=intent.id,
            icon=icon("cards"),
            amount=amount(intent.amount, intent.currency, exponent, language),
            details=" · ".join(detail for detail in details if detail),
            ids=join(_ids(intent, movement, language)),
            instant=at.isoformat(),
            time=language.time(at),
            kind=KINDS[intent.status],
            status=language.say(f"status_{intent.status.value}"),
        )


def _ids(intent: Intent, movement: str, language: Language) -> list[Html]:
    shown = [language.say("movement", movement=movement)] if movement else []
    return [fill('<span class="row-detail row-id">{id}</span>', id=told) for told in [intent.id, *shown]]
