"""What can stop any page: the database is away, or too much is asked at once."""

from collections.abc import Callable

from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse

from okpay.base.errors import Unavailable
from okpay.doors.web import errors

DATABASE_AWAY_SECONDS = 5
"""After how long a page asks to be tried again when the database did not answer."""


class Unavailable503:
    """Answer 503 with `Retry-After` where a page could not be made now but may be later."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """Turn the exceptions that mean "later" into the page that says so."""
        if isinstance(exception, Unavailable):
            return errors.unavailable(request, exception.retry_after_seconds)
        if isinstance(exception, OperationalError | InterfaceError):
            return errors.unavailable(request, DATABASE_AWAY_SECONDS)
        return None
