"""What can stop any page: what was sent is malformed or refused, the database is away, the account is locked."""

import time
from collections.abc import Callable

from allauth.core.exceptions import RateLimited
from allauth.core.ratelimit import respond_429
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib.auth import logout
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse

from okpay.base.errors import InvalidInput, Refusal, Unavailable
from okpay.doors.web import errors

SEEN_EVERY_SECONDS = 5 * 60
_SEEN = "okpay_seen_at"
DATABASE_AWAY_SECONDS = 5
"""After how long a page asks to be tried again when the database did not answer."""


class Excused:
    """Turn what a page raised into the page that says so: malformed, refused, or later, with `Retry-After`."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """Answer for an exception that is no fault of ours; others go on to be one."""
        if isinstance(exception, RateLimited):
            return respond_429(request)
        if isinstance(exception, InvalidInput):
            return errors.bad_request(request)
        if isinstance(exception, Refusal):
            return errors.conflict(request)
        if isinstance(exception, Unavailable):
            return errors.unavailable(request, exception.retry_after_seconds)
        if isinstance(exception, OperationalError | InterfaceError):
            return errors.unavailable(request, DATABASE_AWAY_SECONDS)
        return None


class NoteActivity:
    """Note when a session was last seen, every few minutes and not with every page: it costs a write."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if settings.SESSION_COOKIE_NAME in request.COOKIES and request.user.is_authenticated:
            now = time.time()
            if now - request.session.get(_SEEN, 0) > SEEN_EVERY_SECONDS:
                request.session[_SEEN] = now
                UserSession.objects.create_from_request(request)
        return self.get_response(request)


class EndLockedSessions:
    """End the session of whoever locked their account, at its next request."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        # Only a session that exists has somebody behind it: public pages ask the database nothing.
        if settings.SESSION_COOKIE_NAME in request.COOKIES and getattr(request.user, "locked_at", None):
            logout(request)
            return HttpResponseRedirect(reverse("locked"))
        return self.get_response(request)
