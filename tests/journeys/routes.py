"""Every page there is, by the name of its route, with addresses that show it full and empty."""

from __future__ import annotations

from collections.abc import Iterator

from django.urls import URLPattern, URLResolver, get_resolver

from okpay.doors.web.errors import WORDS
from tests.journeys.book import sample_book

NOT_PAGES = {"preferences", "robots", "book_slash"}
"""Routes that answer with no page of their own."""


def addresses() -> dict[str, list[str]]:
    """Return the addresses to open for each route."""
    book = sample_book()
    pages = {name: [f"/{name}"] for name in ("fees", "help", "security", "terms", "privacy", "complaints")}
    return pages | {
        "home": ["/"],
        "countries": ["/countries"],
        "country": ["/countries/ID"],  # the longest amounts, and limits with a source
        "book": ["/book", f"/book?after={2**63 - 1}"],
        "book_account": [
            f"/book/accounts/{book.wallet_id}",
            f"/book/accounts/{book.busy_id}?before={book.busy_before}",
            f"/book/accounts/{book.unused_id}",
        ],
        "book_entry": [f"/book/entries/{book.purchase_id}", f"/book/entries/{book.hold_id}"],
        "book_trial_balance": ["/book/trial-balance"],
        "book_seals": ["/book/seals"],
        "design": ["/design"],
        "design_wallet": ["/design/wallet"],
        "design_error": [f"/design/errors/{status}" for status in WORDS],
    }


NAMES = (
    "home", "fees", "countries", "country", "help", "security", "terms", "privacy", "complaints", "book",
    "book_account", "book_entry", "book_trial_balance", "book_seals", "design", "design_wallet", "design_error",
)  # fmt: skip
"""The routes that have pages: known before the book exists, so that each is a test of its own."""


def every_route(patterns: list[URLPattern | URLResolver] | None = None) -> Iterator[str]:
    """Yield the name of every route, or its pattern where it has no name."""
    for pattern in get_resolver().url_patterns if patterns is None else patterns:
        if isinstance(pattern, URLResolver):
            yield from every_route(pattern.url_patterns)
        else:
            yield pattern.name or str(pattern.pattern)
