"""The frame that every page stands in, and forms."""

from __future__ import annotations

from http import HTTPStatus
from urllib.parse import parse_qsl

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from okpay_sandbox.inbox.store import Inbox
from okpay_sandbox.switches import Switches
from okpay_sandbox.web.icons import icon
from okpay_sandbox.web.language import language_of
from okpay_sandbox.web.markup import Html, render
from okpay_sandbox.web.parts import notices
from okpay_sandbox.web.words import LANGUAGES
from okpay_sandbox.wire.http import read_body

PLAIN = (
    "copied", "skip", "of_the_trial", "main", "messages", "cards", "failures", "wallet", "footer_head", "footer",
    "other_name",
)  # fmt: skip
LONGEST_ADDRESS = 2000


class Frame:
    """Puts content into a page."""

    def __init__(self, inbox: Inbox, switches: Switches, wallet_url: str) -> None:
        self._inbox = inbox
        self._switches = switches
        self._wallet_url = wallet_url

    def page(
        self, request: Request, title: str, content: Html, *, status: int = HTTPStatus.OK, place: str = ""
    ) -> Response:
        """Return a page.

        Args:
            request: What was asked, for the language and the way back.
            title: The words of the browser's tab; how much is unread is put before them.
            content: What stands in the middle.
            status: The status of the answer.
            place: The part of the masthead that we are in: `messages`, `cards` or `failures`.
        """
        language = language_of(request)
        words = {name: language.say(name) for name in PLAIN}
        current = Html(' aria-current="page"')
        markup = render(
            "base",
            **words,
            tag=language.say("tag"),
            name=language.say("title"),
            title=f"{title} · {language.say('title')}" if title else language.say("title"),
            badge=f"({self._inbox.unread}) " if self._inbox.unread else "",
            arrived=language.say("arrived", person="%"),
            envelope=icon("mail"),
            globe=icon("globe"),
            wallet_url=self._wallet_url,
            messages_here=current if place == "messages" else "",
            cards_here=current if place == "cards" else "",
            failures_here=current if place == "failures" else "",
            here=here(request),
            other_code=language.other,
            other_tag=LANGUAGES[language.other]["tag"],
            notices=notices(self._switches, language, is_there=place == "failures"),
            content=content,
        )
        answer = HTMLResponse(markup, status)
        answer.headers["Content-Language"] = language.say("tag")
        answer.headers["Vary"] = "Accept-Language, Cookie"
        return answer

    def sentence(self, request: Request, name: str, status: int) -> Response:
        """Return a page that says one sentence."""
        language = language_of(request)
        title = language.say(f"{name}_title")
        content = render(
            "sentence", title=title, sentence=language.say(name), messages=language.say("messages")
        )
        return self.page(request, title, content, status=status)


def here(request: Request) -> str:
    """Return the address of the present page; what was sent by a form cannot be visited."""
    if request.method not in ("GET", "HEAD"):
        return "/"
    path = request.scope["raw_path"].decode("latin-1")
    query = request.scope["query_string"].decode("latin-1")
    return f"{path}?{query}" if query else path


def own_address(address: str) -> str:
    """Return an address of these pages unchanged, and the first page for anything else."""
    is_own = (
        address[:1] == "/"
        and (len(address) == 1 or address[1] == "?" or address[1].isalnum())
        and len(address) <= LONGEST_ADDRESS
        and address.isascii()
        and address.isprintable()
        and "\\" not in address
        and "//" not in address.partition("?")[0]
    )
    return address if is_own else "/"


async def read_form(request: Request) -> dict[str, str]:
    """Return the fields of a form; of one that comes twice, the last.

    Raises:
        Refused: It is too large.
    """
    body = await read_body(request)
    return dict(parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True))
