"""The pages of messages: everybody, one person, a mail as it was designed."""

from __future__ import annotations

from http import HTTPStatus

from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from okpay_sandbox.inbox.store import Inbox
from okpay_sandbox.web.frame import Frame, here, own_address, read_form
from okpay_sandbox.web.icons import icon
from okpay_sandbox.web.language import COOKIE, Language, language_of
from okpay_sandbox.web.markup import Html, fill, join, render
from okpay_sandbox.web.parts import empty, letter, people_rows
from okpay_sandbox.web.words import LANGUAGES

ONE_YEAR_SECONDS = 365 * 24 * 60 * 60
LONGEST_SEARCH = 200
MOST_SHOWN = 200
DESIGNED_POLICY = (
    "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:; form-action 'none'; base-uri 'none'; "
    "frame-ancestors 'self'"
)
"""A mail's own HTML: it may look as it likes, and do nothing. No script, no form, nothing from elsewhere."""


class Pages:
    """What people read."""

    def __init__(self, inbox: Inbox, frame: Frame) -> None:
        self._inbox = inbox
        self._frame = frame

    def routes(self) -> list[Route]:
        """Return the addresses of these pages."""
        return [
            Route("/", self.start, methods=["GET"]),
            Route("/people/{person:path}", self.person, methods=["GET"]),
            Route("/messages/{key}/html", self.designed, methods=["GET"]),
            Route("/clear", self.clear, methods=["POST"]),
            Route("/language", self.language, methods=["POST"]),
        ]

    async def start(self, request: Request) -> Response:
        """Show everybody who received something."""
        language = language_of(request)
        content = self._desk(
            request,
            letters=empty(language.say("choose_title"), language.say("choose"), "choose-title"),
            heading="h1",
            kind=" desk-start",
            lead=fill('<p class="note">{lead}</p>', lead=language.say("people_lead")),
            letters_title="choose-title",
        )
        return self._frame.page(request, language.say("messages"), content, place="messages")

    async def person(self, request: Request) -> Response:
        """Show what a person received, and take the unread marks away."""
        language = language_of(request)
        person = request.path_params["person"]
        content = self._letters(person, language)
        is_look = request.method == "GET" and "sandbox-peek" not in request.headers
        if is_look:
            self._inbox.mark_read(person)
        desk = self._desk(
            request,
            letters=content,
            heading="h2",
            kind=" desk-person",
            lead=Html(),
            letters_title="letters-title",
            here_person=person,
        )
        return self._frame.page(request, person, desk, place="messages")

    async def designed(self, request: Request) -> Response:
        """Show the HTML of a mail, which can do nothing at all."""
        message = self._inbox.message(request.path_params["key"])
        if message is None or not message.html:
            return self._frame.sentence(request, "error", HTTPStatus.NOT_FOUND)
        return HTMLResponse(message.html, headers={"Content-Security-Policy": DESIGNED_POLICY})

    async def clear(self, request: Request) -> Response:
        """Forget everything."""
        self._inbox.clear()
        return RedirectResponse("/", HTTPStatus.SEE_OTHER)

    async def language(self, request: Request) -> Response:
        """Keep the chosen language in a cookie, and go back to the page it was chosen on."""
        form = await read_form(request)
        answer = RedirectResponse(own_address(form.get("next", "")), HTTPStatus.SEE_OTHER)
        if form.get("language") in LANGUAGES:
            answer.set_cookie(
                COOKIE, form["language"], max_age=ONE_YEAR_SECONDS, samesite="lax", httponly=True
            )
        return answer

    def _letters(self, person: str, language: Language) -> Html:
        messages = self._inbox.messages(person)[:MOST_SHOWN]
        if messages:
            cards = join(
                letter(message, language, is_new=self._inbox.is_unread(message)) for message in messages
            )
            shown = fill('<ol class="letter-list">{cards}</ol>', cards=cards)
        else:
            shown = empty(language.say("nothing_left_title"), language.say("nothing_left", person=person))
        name = next((message.name for message in messages if message.name), "")
        return render(
            "letters",
            arrow=icon("back"),
            back=language.say("back"),
            person=person,
            name=fill("<p><bdi>{name}</bdi></p>", name=name) if name else "",
            list=shown,
        )

    def _desk(
        self,
        request: Request,
        *,
        letters: Html,
        heading: str,
        kind: str,
        lead: Html,
        letters_title: str,
        here_person: str = "",
    ) -> Html:
        language = language_of(request)
        search = request.query_params.get("q", "").strip()[:LONGEST_SEARCH]
        everybody = self._inbox.people()
        found = self._inbox.people(search) if search else everybody
        clear = render(
            "clear", **{name: language.say(name) for name in ("clear", "clear_note", "clear_sure")}
        )
        return render(
            "desk",
            **{name: language.say(name) for name in ("people", "refresh", "live", "search", "search_do")},
            kind=kind,
            heading=heading,
            here=here(request),
            lead=lead,
            wanted=search,
            rows=people_rows(found, language, search, here_person),
            clear=clear if everybody else "",
            letters=letters,
            letters_title=letters_title,
        )
