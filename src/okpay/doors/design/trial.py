"""Pages that only a trial installation has."""

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse

P = ParamSpec("P")
View = Callable[Concatenate[HttpRequest, P], HttpResponse]


def trial_only(view: View[P]) -> View[P]:
    """Answer 404 in production, as if the page did not exist."""

    @wraps(view)
    def guarded(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        if not settings.TRIAL:
            raise Http404
        return view(request, *args, **kwargs)

    return guarded
