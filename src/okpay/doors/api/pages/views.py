"""What a program's author reads: nothing here asks the database."""

from __future__ import annotations

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from okpay.doors.api.openapi import codes_of
from okpay.doors.api.operations import OPERATIONS
from okpay.doors.api.pages import curl
from okpay.doors.api.pages.reference import EVERYWHERE, groups, shapes
from okpay.doors.api.problem_words import WORDS, by_status


@require_safe
def first_steps(request: HttpRequest) -> HttpResponse:
    """Say what the API is, and lead to a first transfer."""
    return render(request, "developers/first_steps.html", {"curl": curl.first_steps(settings.ORIGIN)})


@require_safe
def reference(request: HttpRequest) -> HttpResponse:
    """Show every operation and every shape."""
    context = {
        "groups": groups(settings.ORIGIN),
        "shapes": shapes(settings.ORIGIN),
        "everywhere": EVERYWHERE,
    }
    return render(request, "developers/reference.html", context)


@require_safe
def errors(request: HttpRequest) -> HttpResponse:
    """List every code by its status."""
    return render(request, "developers/errors.html", {"statuses": by_status(WORDS)})


@require_safe
def error(request: HttpRequest, code: str) -> HttpResponse:
    """Say what a code means: where the `type` of every problem leads."""
    words = WORDS.get(code)
    if words is None:
        raise Http404
    met = [operation for operation in OPERATIONS if code in codes_of(operation)]
    is_everywhere = len(met) > len(OPERATIONS) // 2
    context = {
        "code": code,
        "words": words,
        "operations": [] if is_everywhere else met,
        "is_everywhere": is_everywhere,
        "is_anywhere": code == "method_not_allowed",
        "has_wait": words.status in (429, 503),
    }
    return render(request, "developers/error.html", context)
