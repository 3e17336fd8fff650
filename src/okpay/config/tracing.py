"""The request that is being answered: an id that all of its log lines carry, and its address without what is secret.

It lies in a context variable, which the threads of the pages inherit from the application that hands them the request.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

from okpay.base.ids import new_uuid7
from okpay.config.redaction import redact_path

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

HEADER = b"x-request-id"

_PATH_BYTES = 200
_current: ContextVar[Trace | None] = ContextVar("okpay_request", default=None)


@dataclass
class Trace:
    """One request, from its first byte to the end of its answer."""

    id: str
    path: str
    route: str = ""
    """The pattern that the address matched, as soon as it has."""

    @property
    def shown_path(self) -> str:
        """Return the address for a log: the pattern, or what was typed if it matches none, redacted."""
        return self.route or redact_path(self.path)[:_PATH_BYTES]


@contextmanager
def traced(path: str) -> Iterator[Trace]:
    """Give what happens in the body a request to belong to.

    The id is always our own: one from outside could make two requests look like one.
    """
    trace = Trace(str(new_uuid7()), path)
    token = _current.set(trace)
    try:
        yield trace
    finally:
        _current.reset(token)


def current() -> Trace | None:
    """Return the request that is being answered here, or None."""
    return _current.get()


def route_of(request: HttpRequest) -> str:
    """Return the pattern that the address of a request matched, such as `/countries/<str:code>`; empty if none."""
    return _readable(request.resolver_match.route) if request.resolver_match else ""


class NoteRoute:
    """Note which pattern the address matched: what stands in the place of its variables may be a secret."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: Callable[..., HttpResponse], args: list[Any], kwargs: dict[str, Any]
    ) -> None:
        """Keep the pattern; Django has just found it."""
        trace = current()
        if trace is not None:
            trace.route = route_of(request)


@cache
def _readable(route: str) -> str:
    """Return a route without what only a regular expression needs."""
    # Here: Django's settings name this module for its logs, before the rest of Django can be imported.
    from django.contrib.admindocs.utils import replace_named_groups, replace_unnamed_groups

    if "(" in route:
        route = replace_unnamed_groups(replace_named_groups(route))
    return "/" + re.sub(r"\\(.)", r"\1", route.replace("^", "").replace("$", ""))
