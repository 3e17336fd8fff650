"""The page on which a card is entered: on its own, or in a frame of the wallet. It works without JavaScript."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from http import HTTPStatus
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from okpay_sandbox.acquirer.acquiring import Acquirer
from okpay_sandbox.acquirer.cards import SHOWN, code_length
from okpay_sandbox.acquirer.records import Session
from okpay_sandbox.web.card_names import card_name, grouped
from okpay_sandbox.web.entry import Entry, read_entry
from okpay_sandbox.web.frame import read_form
from okpay_sandbox.web.language import Language, language_of
from okpay_sandbox.web.markup import Html, fill, join, render
from okpay_sandbox.wire.acquirer.routes import CARD_PAGE

FIELDS = ("number", "expiry", "code")
WORDS = (
    "card_lead", "card_test", "card_test_note", "card_number", "card_expiry", "card_expiry_hint", "card_code",
    "card_code_hint", "card_add", "card_numbers", "card_numbers_note",
)  # fmt: skip
LANGUAGE_OF_LOCALE = {"en": "en", "zh": "zh-hans"}


class CardPage:
    """Takes a card for a session, once."""

    def __init__(self, acquirer: Acquirer) -> None:
        self._acquirer = acquirer

    def routes(self) -> list[Route]:
        """Return the addresses of this page."""
        return [
            Route(CARD_PAGE, self.show, methods=["GET"]),
            Route(CARD_PAGE, self.enter, methods=["POST"]),
        ]

    async def show(self, request: Request) -> Response:
        """Show the form, or what became of it."""
        session = self._session(request)
        if session is None:
            return _unknown(request)
        status = session.status(int(time.time()))
        if status == "complete":
            return self._done(request, session)
        return _gone(request, session) if status == "expired" else _form(request, session, Entry())

    async def enter(self, request: Request) -> Response:
        """Take the card, or say what is wrong with it."""
        session = self._session(request)
        form = await read_form(request)
        now = time.time()
        if session is None or session.status(int(now)) == "expired":
            return await self.show(request)
        if not session.method:
            entry = read_entry(form, datetime.fromtimestamp(now, UTC))
            if entry.faults:
                return _form(request, session, entry)
            self._acquirer.enter_card(
                session, now=int(now), number=entry.digits, month=entry.month, year=entry.year
            )
        # Sent twice it ends here, too: the first card counts.
        where = f"{CARD_PAGE}?session={session.id}&frame=1" if _is_framed(request) else _way_back(session)
        return RedirectResponse(where, HTTPStatus.SEE_OTHER, headers=_policy(request, session))

    def _session(self, request: Request) -> Session | None:
        return self._acquirer.store.sessions.get(request.query_params.get("session", ""))

    def _done(self, request: Request, session: Session) -> Response:
        language = _language(request, session)
        method = self._acquirer.method(session.method)
        told = language.say("card_done", card=card_name(method, language))
        return _sentence(request, session, "card_done", told, _way_back(session))


def _form(request: Request, session: Session, entry: Entry) -> Response:
    language = _language(request, session)
    fields = {f"{name}_fault": _fault(name, entry, language) for name in FIELDS}
    wrong = next((name for name in FIELDS if name in entry.faults), "")
    content = render(
        "card_form",
        **{name: language.say(name) for name in WORDS},
        **fields,
        **{f"{name}_state": _state(name, entry, is_first=name == wrong) for name in FIELDS},
        card_title=language.say("card_title"),
        action=f"{CARD_PAGE}?session={session.id}" + ("&frame=1" if _is_framed(request) else ""),
        number=entry.number,
        expiry=entry.expiry,
        cancel=_cancel(request, session, language),
        numbers=join(
            render(
                "card_number",
                number=grouped(number),
                plain=number,
                what=language.say(f"behaviour_{behaviour.value}"),
                use=language.say("card_use"),
                use_label=language.say("card_use_label", number=grouped(number)),
            )
            for behaviour, number in SHOWN
        ),
    )
    title = language.say("card_title")
    shown = language.say("card_error", title=title) if wrong else title
    status = HTTPStatus.UNPROCESSABLE_ENTITY if wrong else HTTPStatus.OK
    return _page(request, session, language, shown, content, status)


def _fault(name: str, entry: Entry, language: Language) -> Html:
    if name not in entry.faults:
        return Html()
    # Of the words that say a count there is one, and it is the length of the code.
    told = language.say(entry.faults[name], count=code_length(entry.digits))
    return fill('<p class="fault" id="{name}-fault">{told}</p>', name=name, told=told)


def _state(name: str, entry: Entry, *, is_first: bool) -> Html:
    """Return what a field says of itself to those who do not see the page."""
    hint = "" if name == "number" else f"{name}-hint"
    if name not in entry.faults:
        return fill(' aria-describedby="{hint}"', hint=hint) if hint else Html()
    described = f"{name}-fault {hint}".strip()
    focus = Html(" autofocus" if is_first else "")
    return fill(' aria-invalid="true" aria-describedby="{ids}"{focus}', ids=described, focus=focus)


def _cancel(request: Request, session: Session, language: Language) -> Html:
    if _is_framed(request) or not session.cancel_url:
        return Html()
    words = language.say("card_cancel")
    return fill('<a class="button" href="{url}">{words}</a>', url=session.cancel_url, words=words)


def _gone(request: Request, session: Session) -> Response:
    told = _language(request, session).say("card_gone")
    return _sentence(request, session, "card_gone", told, session.cancel_url, HTTPStatus.GONE)


def _unknown(request: Request) -> Response:
    told = language_of(request).say("card_unknown")
    return _sentence(request, None, "card_unknown", told, "", HTTPStatus.NOT_FOUND)


def _sentence(
    request: Request, session: Session | None, name: str, told: str, back: str, status: int = HTTPStatus.OK
) -> Response:
    language = _language(request, session)
    title = language.say(f"{name}_title")
    link: Html | str = ""
    if back and not _is_framed(request):
        words = language.say("card_back")
        link = fill('<p><a class="button button-main" href="{url}">{words}</a></p>', url=back, words=words)
    content = render("card_sentence", title=title, told=told, link=link)
    return _page(request, session, language, title, content, status)


def _page(
    request: Request, session: Session | None, language: Language, title: str, content: Html, status: int
) -> Response:
    is_done = session is not None and bool(session.method)
    markup = render(
        "card",
        tag=language.say("tag"),
        title=f"{title} · {language.say('title')}",
        place="framed" if _is_framed(request) else "alone",
        session=session.id if session else "",
        done="1" if is_done else "",
        origin=_origin(session.success_url) if session and _is_framed(request) else "",
        content=content,
    )
    answer = HTMLResponse(markup, status, headers=_policy(request, session))
    answer.headers["Content-Language"] = language.say("tag")
    return answer


def _policy(request: Request, session: Session | None) -> dict[str, str]:
    """Return headers that let the wallet of a session frame its page, and nobody else.

    The wallet is where the session returns to: whoever opened it showed the secret key.
    """
    wallet = _origin(session.success_url) if session else ""
    framed_by = wallet if wallet and _is_framed(request) else "'none'"
    policy = (
        f"default-src 'self'; base-uri 'none'; object-src 'none'; form-action 'self' {wallet}; "
        f"frame-ancestors {framed_by}"
    )
    headers = {"Content-Security-Policy": policy}
    if wallet and _is_framed(request):
        headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    return headers


def _origin(address: str) -> str:
    """Return the origin of an address, and nothing of one that cannot stand in a header."""
    parts = urlsplit(address)
    if any(sign in parts.netloc for sign in ";, '\"\\@"):
        return ""
    return f"{parts.scheme}://{parts.netloc}"


def _way_back(session: Session) -> str:
    return session.success_url.replace("{CHECKOUT_SESSION_ID}", session.id)


def _is_framed(request: Request) -> bool:
    return request.query_params.get("frame") == "1"


def _language(request: Request, session: Session | None) -> Language:
    code = LANGUAGE_OF_LOCALE.get(session.locale) if session else None
    return Language(code) if code else language_of(request)
