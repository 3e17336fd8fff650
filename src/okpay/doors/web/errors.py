"""Error pages: what happened, what became of the money, and where to go from here."""

from __future__ import annotations

import sys
from dataclasses import dataclass

from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.views.decorators.csrf import requires_csrf_token

from okpay.base.retrying import lost_connection


@dataclass(frozen=True)
class ErrorWords:
    """The words of one error page."""

    heading: Promise
    what: Promise
    money: Promise
    retry: bool = False


_UNTOUCHED = _("No money was moved.")
BAD_REQUEST = ErrorWords(
    _("This request cannot be read"),
    _("Something in it is malformed, or there is too much of it."),
    _UNTOUCHED,
)
FORBIDDEN = ErrorWords(
    _("This page is not for you"),
    _("You may not see it, or may not do what you asked for."),
    _UNTOUCHED,
)
FORM_TOO_OLD = ErrorWords(
    _("The form could not be trusted"),
    _(
        "It was open too long, came from another site, or your browser refuses cookies. Reload the page and try again."
    ),
    _UNTOUCHED,
)
NOT_FOUND = ErrorWords(
    _("There is no such page"),
    _("The address may be mistyped, or the page has moved."),
    _UNTOUCHED,
)
CONFLICT = ErrorWords(
    _("This cannot be done now"),
    _("Something has changed since the page was opened. Look at it again before you repeat anything."),
    _UNTOUCHED,
)
SERVER_ERROR = ErrorWords(
    _("Something broke on our side"),
    _("The error was recorded. Look at the page again in a moment before you repeat anything."),
    _("The book writes an entry whole or not at all: nothing was half done."),
    retry=True,
)
UNAVAILABLE = ErrorWords(
    _("Back in a moment"),
    _("The wallet is busy or under maintenance. The page will answer again shortly."),
    _("Your money is untouched, and what was confirmed stays confirmed."),
    retry=True,
)
_MOMENTS = 2
"""After how many seconds to ask again where the database does not answer."""
WORDS = {400: BAD_REQUEST, 403: FORBIDDEN, 404: NOT_FOUND, 409: CONFLICT, 500: SERVER_ERROR, 503: UNAVAILABLE}


def error_page(request: HttpRequest, status: int, words: ErrorWords | None = None) -> HttpResponse:
    """Render the page of an error, with its status."""
    words = words or WORDS[status]
    if status >= 500:
        # The page must also stand without a database, which would be asked who is signed in.
        request.user = AnonymousUser()
    context = {
        "status": status,
        "heading": words.heading,
        "what": words.what,
        "money_line": words.money,
        "retry": words.retry and request.method in ("GET", "HEAD"),
    }
    return render(request, "design/layouts/error.html", context, status=status)


@requires_csrf_token
def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """Answer 400."""
    return error_page(request, 400)


@requires_csrf_token
def conflict(request: HttpRequest) -> HttpResponse:
    """Answer 409."""
    return error_page(request, 409)


@requires_csrf_token
def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """Answer 403."""
    return error_page(request, 403)


@requires_csrf_token
def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Answer 403 to a form without a valid token."""
    return error_page(request, 403, FORM_TOO_OLD)


@requires_csrf_token
def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """Answer 404."""
    return error_page(request, 404)


@requires_csrf_token
def server_error(request: HttpRequest) -> HttpResponse:
    """Answer 500; nothing of the cause is shown. Where only the database is away, it is a matter of moments: 503."""
    error = sys.exc_info()[1]
    if error is not None and lost_connection(error):
        return unavailable(request, _MOMENTS)
    return error_page(request, 500)


@requires_csrf_token
def unavailable(request: HttpRequest, retry_after_seconds: int) -> HttpResponse:
    """Answer 503, and say after how many seconds to come back."""
    answer = error_page(request, 503)
    answer["Retry-After"] = str(retry_after_seconds)
    return answer
