"""The pages of somebody who is signed in: the wallet's home, and the inbox."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import get_language
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from okpay.base import clock
from okpay.base.ids import parse_uuid
from okpay.base.money import Money
from okpay.customers import queries as customers
from okpay.doors.web.record_rows import lately
from okpay.movements import queries as movements
from okpay.notifications import actions as notifications
from okpay.notifications import queries as notices
from okpay.wallets import queries as wallets

View = Callable[..., HttpResponse]

RECENT = 5
"""How many of the last movements stand on the wallet's home page."""


def signed_in(view: View) -> View:
    """Show a page to whoever is signed in, and keep it out of every cache."""
    return never_cache(login_required(view))


def user_of(request: HttpRequest) -> UUID:
    """Return the id of whoever is signed in."""
    assert request.user.pk is not None, "only for pages behind `signed_in`"
    return UUID(str(request.user.pk))


@require_safe
@signed_in
def home(request: HttpRequest) -> HttpResponse:
    """Show the balances, what moved lately, and what to do first."""
    user_id = user_of(request)
    customer = customers.customer_of_user(user_id)
    balances = wallets.balances(customer.id) if customer else ()
    coming = movements.on_its_way(customer.id) if customer else {}
    return render(
        request,
        "web/wallet/home.html",
        {
            "balances": [
                (balance, Money(coming.get(balance.currency, 0), balance.currency)) for balance in balances
            ],
            "customer": customer,
            "days": lately(customer, clock.now(), limit=RECENT) if customer else [],
        },
    )


@require_safe
@signed_in
def inbox(request: HttpRequest) -> HttpResponse:
    """Show the notices, the latest first."""
    before = request.GET.get("before", "")
    before_id = parse_uuid(before, field="before") if before else None
    language = get_language() or "en"
    found = notices.inbox(user_of(request), before_id=before_id)
    rows = [{"notice": notice, "words": notices.words(notice, language)} for notice in found]
    return render(request, "web/wallet/inbox.html", {"rows": rows})


@require_POST
@signed_in
def mark_read(request: HttpRequest) -> HttpResponse:
    """Mark what was shown as read."""
    up_to = parse_uuid(request.POST.get("up_to", ""), field="up_to")
    notifications.mark_read(user_id=user_of(request), up_to_id=up_to, now=clock.now())
    return HttpResponseRedirect(reverse("inbox"))
