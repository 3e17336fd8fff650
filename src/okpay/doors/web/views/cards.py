"""The cards of whoever is signed in: see them, add one on the acquirer's page, remove one."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from allauth.core import ratelimit
from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_safe

from okpay.base import clock
from okpay.base.errors import InvalidInput
from okpay.base.ids import parse_uuid
from okpay.doors.web.card_words import said
from okpay.doors.web.views.preferences import own_address
from okpay.doors.web.views.transfers import customer_of
from okpay.doors.web.views.wallet import signed_in
from okpay.funding import actions, queries
from okpay.funding.errors import CardRefused
from okpay.funding.records import CARD_PAGE_LASTS, AcquirerPage
from okpay.regions import queries as regions

_OPEN = "okpay_card_page"
_NEXT = "okpay_card_next"
_LEFT = CARD_PAGE_LASTS / 2
"""A page that was opened is shown again while this much of its time is left: reloading opens no new one."""


@require_safe
@signed_in
def methods(request: HttpRequest) -> HttpResponse:
    """List the cards, with a way to add and to remove one."""
    customer = customer_of(request)
    today = clock.now().astimezone(regions.country(customer.country).limits_zone).date()
    rows = [{"card": card, "has_expired": card.has_expired(today)} for card in queries.cards(customer.id)]
    context = {"rows": rows, "takes_cards": queries.takes_cards()}
    return render(request, "web/account/methods.html", context)


@require_safe
@signed_in
def add(request: HttpRequest) -> HttpResponse:
    """Show the acquirer's form for a card in a frame, and lead to it as a page of its own."""
    customer = customer_of(request)
    if "next" in request.GET:
        request.session[_NEXT] = own_address(request.GET["next"])
    now, language = clock.now(), get_language() or "en"
    page = _opened(request, language, now)
    if page is None:
        refused = ratelimit.consume_or_429(request, action="card_page", limit_get=True)
        if refused:
            return refused
        try:
            page = actions.go_to_page(
                customer_id=customer.id,
                currency=regions.country(customer.country).limit_currency,
                language=language,
                return_url=_return_url,
                cancel_url=settings.ORIGIN + reverse("payment_methods"),
                now=now,
            )
        except CardRefused as error:
            status = 503 if error.code == "acquirer_unavailable" else 409
            context = {"problem": said(error.code, error.data)}
            return render(request, "web/account/card.html", context, status=status)
        request.session[_OPEN] = {
            **asdict(page),
            "id": str(page.id),
            "opened_at": now.isoformat(),
            "language": language,
        }
    answer = render(request, "web/account/card.html", {"page": page})
    if page.frame_origin:
        answer._csp_update = {"frame-src": [page.frame_origin]}  # type: ignore[attr-defined]
    return answer


@require_safe
@signed_in
def back(request: HttpRequest) -> HttpResponse:
    """Take the card that was typed on the acquirer's page, once, and only from whom the page was opened for."""
    customer = customer_of(request)
    try:
        page_id = parse_uuid(request.GET.get("page", ""), field="page")
    except InvalidInput:
        raise Http404 from None
    try:
        card = actions.fetch_card(
            customer_id=customer.id,
            page_id=page_id,
            session_id=request.GET.get("session", ""),
            now=clock.now(),
        )
    except CardRefused as error:
        if error.code == "card_page_unknown":
            raise Http404 from None
        if error.code == "acquirer_unavailable":
            context = {"problem": said(error.code, error.data), "again": request.get_full_path()}
            return render(request, "web/account/card.html", context, status=503)
        messages.error(request, said(error.code, error.data))
        if error.code == "card_page_unfinished":
            return HttpResponseRedirect(reverse("add_card"))
    else:
        messages.success(request, _("%(card)s was added.") % {"card": card.name})
    request.session.pop(_OPEN, None)
    return HttpResponseRedirect(request.session.pop(_NEXT, "") or reverse("payment_methods"))


@require_http_methods(["GET", "POST"])
@signed_in
def remove(request: HttpRequest, card_id: UUID) -> HttpResponse:
    """Ask whether a card is to be removed, and remove it."""
    customer = customer_of(request)
    card = queries.card(customer.id, card_id)
    if card is None:
        raise Http404
    if request.method == "POST":
        try:
            actions.drop_card(customer_id=customer.id, card_id=card_id, now=clock.now())
        except CardRefused:
            # Two presses of the button: it has gone already.
            return HttpResponseRedirect(reverse("payment_methods"))
        messages.success(request, _("%(card)s was removed.") % {"card": card.name})
        return HttpResponseRedirect(reverse("payment_methods"))
    return render(request, "web/account/card_remove.html", {"card": card})


def _return_url(page_id: UUID) -> str:
    return f"{settings.ORIGIN}{reverse('card_return')}?{urlencode({'page': page_id})}"


def _opened(request: HttpRequest, language: str, now: datetime) -> AcquirerPage | None:
    """Return the page that was opened for this browser a moment ago, unless it was used."""
    kept: dict[str, Any] | None = request.session.get(_OPEN)
    if kept is None or kept["language"] != language:
        return None
    values = {name: value for name, value in kept.items() if name != "language"}
    page = AcquirerPage(
        **{**values, "id": UUID(kept["id"]), "opened_at": datetime.fromisoformat(kept["opened_at"])}
    )
    customer = customer_of(request)
    is_fresh = now < page.opened_at + _LEFT
    return page if is_fresh and queries.page_session(customer.id, page.id) == page.session_id else None
