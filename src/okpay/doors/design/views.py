"""The design system shown with data that strains it; in trials only."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from okpay.doors.design import samples
from okpay.doors.design.icons import ICONS
from okpay.doors.design.trial import trial_only


@trial_only
@require_safe
def elements(request: HttpRequest) -> HttpResponse:
    """Show every element in every state."""
    context = {
        "icons": ICONS,
        "amounts": samples.AMOUNTS,
        "movements": samples.MOVEMENTS,
        "tabs": samples.tabs(request.GET.get("tab", "")),
        "postings": samples.POSTINGS,
        "countries": samples.COUNTRIES,
        "checks": samples.CHECKS,
        "blocked_until": samples.BLOCKED_UNTIL,
        "zero": samples.ZERO,
        "fee": samples.FEE,
        "total": samples.TOTAL,
    }
    return render(request, "design/pages/elements.html", context)


@trial_only
@require_safe
def wallet(request: HttpRequest) -> HttpResponse:
    """Show the frame of the signed-in wallet with a sample home page inside."""
    context = {
        "places": samples.places(),
        "movements": samples.MOVEMENTS[:5],
        "balance": samples.BALANCE,
        "maturing": samples.MATURING,
        "held": samples.HELD,
    }
    return render(request, "design/pages/wallet.html", context)
