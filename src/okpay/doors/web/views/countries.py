"""The countries page: what the installation's country packs say."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from okpay.base.money import Money
from okpay.doors.web.country_words import DISCLOSURES, DOCUMENTS, FEATURES, FLOWS, WINDOWS, by_name
from okpay.regions import queries as regions
from okpay.regions.errors import CountryNotSupported
from okpay.regions.records import Country, Feature


@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """List the countries that have a pack."""
    language = request.LANGUAGE_CODE
    rows = [
        {"country": country, "name": country.name(language), "currencies": _(", ").join(country.currencies)}
        for country in by_name(regions.countries(), language)
    ]
    return render(request, "web/countries.html", {"rows": rows})


@require_safe
def one(request: HttpRequest, code: str) -> HttpResponse:
    """Show what one country's pack allows at each verification level."""
    try:
        country = regions.country(code)
    except CountryNotSupported:
        raise Http404 from None
    limits, sources = _limits(country)
    context = {
        "country": country,
        "name": country.name(request.LANGUAGE_CODE),
        "features": [{"label": FEATURES[feature], "on": country.offers(feature)} for feature in Feature],
        "levels": _levels(country),
        "limits": limits,
        "sources": sources,
        "terms_sources": [
            source for key in ("maturing", "transfers") if (source := country.sources[key]) != "example"
        ],
        "disclosures": _disclosures(country),
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


def _limits(country: Country) -> tuple[list[dict[str, object]], list[str]]:
    """Return the rows of the table, and the sources that the marks in it count from 1."""
    rows: list[dict[str, object]] = []
    sources: list[str] = []
    for row in country.limit_rows():
        sources += [limit.source for limit in row.by_level if not limit.is_example]
        sources = list(dict.fromkeys(sources))
        rows.append(
            {
                "flow": FLOWS[row.flow],
                "window": WINDOWS[row.window] if row.window else None,
                "is_first": row.window in (None, next(iter(WINDOWS))),
                "cells": [
                    {
                        "amount": Money(limit.amount_minor, country.limit_currency)
                        if limit.is_allowed
                        else None,
                        "mark": None if limit.is_example else sources.index(limit.source) + 1,
                    }
                    for limit in row.by_level
                ],
            }
        )
    return rows, sources


def _disclosures(country: Country) -> list[dict[str, object]]:
    sources = [country.sources[f"disclosures.{code}"] for code in country.disclosures]
    return [
        {"words": DISCLOSURES[code], "source": None if source == "example" else source}
        for code, source in zip(country.disclosures, sources, strict=True)
    ]
