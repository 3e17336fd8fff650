"""Pages that only tell: the home page, help, and what stands at the foot of every page."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from okpay.doors.web.country_words import by_name
from okpay.doors.web.examples import SHOP_SALE
from okpay.regions import queries as regions


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """Say what OKPay is, show one transfer and one journal entry, and say what works today."""
    language = request.LANGUAGE_CODE
    names = [country.name(language) for country in by_name(regions.countries(), language)]
    return render(request, "web/home.html", {"sale": SHOP_SALE, "country_names": names})


@require_safe
def help_centre(request: HttpRequest) -> HttpResponse:
    """Answer the first questions."""
    return render(request, "web/help.html")


@require_safe
def security(request: HttpRequest) -> HttpResponse:
    """Say what protects the money and the data, and how to report a weakness."""
    return render(request, "web/security.html")


@require_safe
def terms(request: HttpRequest) -> HttpResponse:
    """Say on which terms this installation may be used."""
    return render(request, "web/terms.html")


@require_safe
def privacy(request: HttpRequest) -> HttpResponse:
    """Say what is kept about a visitor."""
    return render(request, "web/privacy.html")


@require_safe
def complaints(request: HttpRequest) -> HttpResponse:
    """Say where a complaint goes."""
    return render(request, "web/complaints.html")


@require_safe
def robots(request: HttpRequest) -> HttpResponse:
    """Keep search engines out of trials, and out of everything but the public pages elsewhere."""
    closed = "/" if settings.TRIAL else reverse("preferences")
    return HttpResponse(f"User-agent: *\nDisallow: {closed}\n", content_type="text/plain; charset=utf-8")
