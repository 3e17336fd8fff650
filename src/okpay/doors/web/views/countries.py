"""The countries page: what the installation's country packs say."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from okpay.base.money import Money
from okpay.doors.web.country_words import DISCLOSURES, DOCUMENTS, FEATURES, FLOWS, WINDOWS
from okpay.regions import queries as regions
from okpay.regions.errors import CountryNotSupported
from okpay.regions.records import Country, Feature


@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """List the countries that have a pack."""
    language = request.LANGUAGE_CODE
    rows = [
        {"country": country, "name": country.name(language), "currencies": _(", ").join(country.currencies)}
        for country in regions.countries()
    ]
    return render(request, "web/countries.html", {"rows": rows})


@require_safe
def one(request: HttpRequest, code: str) -> HttpResponse:
    """Show what one country's pack allows at each verification level."""
    try:
        country = regions.country(code)
    except CountryNotSupported:
        raise Http404 from None
    context = {
        "country": country,
        "name": country.name(request.LANGUAGE_CODE),
        "features": [{"label": FEATURES[feature], "on": country.offers(feature)} for feature in Feature],
        "levels": _levels(country),
        "limits": _limits(country),
        "disclosures": [DISCLOSURES[code] for code in country.disclosures],
    }
    return render(request, "web/country.html", context)


def _levels(country: Country) -> list[dict[str, object]]:
    return [
        {
            "number": level.number,
            "identity": [DOCUMENTS[document] for document in level.identity_documents],
            "address": [DOCUMENTS[document] for document in level.address_documents],
        }
        for level in country.levels
    ]


def _limits(country: Country) -> list[dict[str, object]]:
    rows: list[dict[str, object]] = []
    for row in country.limit_rows():
        amounts = [Money(limit.amount_minor, country.limit_currency) for limit in row.by_level]
        rows.append(
            {
                "flow": FLOWS[row.flow],
                "window": WINDOWS[row.window] if row.window else None,
                "is_first": row.window in (None, next(iter(WINDOWS))),
                "amounts": [amount if amount.minor else None for amount in amounts],
            }
        )
    return rows
