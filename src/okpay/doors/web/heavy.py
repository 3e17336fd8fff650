"""A small gate before the pages that read a lot, so that they never take every connection from payments."""

from __future__ import annotations

import threading
from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec

from django.http import HttpRequest, HttpResponse

from okpay.base.errors import Unavailable

P = ParamSpec("P")
View = Callable[Concatenate[HttpRequest, P], HttpResponse]

AT_ONCE = 2
"""How many heavy pages one process makes at a time."""
COME_BACK_SECONDS = 2
gate = threading.BoundedSemaphore(AT_ONCE)


def heavy(view: View[P]) -> View[P]:
    """Let few of these pages run at once; one too many is told to come back, and does not wait in line.

    Raises: Unavailable `overloaded`.
    """

    @wraps(view)
    def gated(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        if not gate.acquire(blocking=False):
            raise Unavailable("overloaded", retry_after_seconds=COME_BACK_SECONDS)
        try:
            return view(request, *args, **kwargs)
        finally:
            gate.release()

    return gated
