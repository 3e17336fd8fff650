"""The book, open to read: accounts, postings, entries, the trial balance and the seals. In trials only."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from okpay.doors.design.trial import trial_only


@trial_only
@require_safe
def accounts(request: HttpRequest) -> HttpResponse:
    """List the accounts of the book."""
    return render(request, "web/book/accounts.html", {})
