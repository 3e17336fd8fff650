"""Where services outside tell us by themselves that something has news."""

from __future__ import annotations

import time

from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from okpay.base import clock
from okpay.funding import actions as funding
from okpay.funding.errors import EventRefused

_STATUSES = {"event_too_large": 413, "event_unknown": 404, "event_malformed": 422}


@csrf_exempt
@require_POST
def acquirer(request: HttpRequest) -> HttpResponse:
    """Take an event of the card acquirer: its signature says who sends it, and no session does."""
    try:
        funding.hear_event(
            body=request.body,
            signature=request.headers.get("Stripe-Signature", ""),
            # The acquirer's own clock is the real one, also while a test shifts ours.
            at=int(time.time()),
            now=clock.now(),
        )
    except EventRefused as refused:
        return HttpResponse(refused.code, status=_STATUSES.get(refused.code, 400), content_type="text/plain")
    return HttpResponse("heard", content_type="text/plain")
