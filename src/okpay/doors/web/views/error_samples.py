"""The error pages as they look when they are needed, so that they can be looked at before; in trials only."""

from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from okpay.doors.design.trial import trial_only
from okpay.doors.web.errors import WORDS, error_page


@trial_only
@require_safe
def error_sample(request: HttpRequest, status: int) -> HttpResponse:
    """Answer with an error page and its status."""
    if status not in WORDS:
        raise Http404
    return error_page(request, status)
