"""The acquirer's page for a card: have one opened, fetch what was typed on it, have a card forgotten.

Each commits before the acquirer is asked and again after it has answered: it is never called inside a transaction.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime
from urllib.parse import urlencode, urlsplit
from uuid import UUID

from django.conf import settings
from django.db import connection, transaction

from okpay.base.errors import BrokenInvariant
from okpay.funding import queries
from okpay.funding.actions.cards import add_card, has_token, note_page, open_page, remove_card
from okpay.funding.errors import CardRefused
from okpay.funding.providers.choice import acquirer
from okpay.funding.providers.protocol import Acquirer, AcquirerUnavailable, PageOrder
from okpay.funding.records import AcquirerPage, Card

_log = logging.getLogger(__name__)


def go_to_page(
    *,
    customer_id: UUID,
    currency: str,
    language: str,
    return_url: Callable[[UUID], str],
    cancel_url: str,
    now: datetime,
) -> AcquirerPage:
    """Have the acquirer open a page for one card of a customer.

    Args:
        customer_id: Whose card it will be.
        currency: What it is meant to be charged in.
        language: `en` or `zh-hans`.
        return_url: Gives the address to which the acquirer leads back, for the id of the page.
        cancel_url: Where it leads to without a card.
        now: The door's time.

    Raises: CardRefused `cards_used_up`, `acquirer_unavailable`.
    """
    service = _service()
    with transaction.atomic():
        page_id = open_page(customer_id=customer_id, now=now)
    address = return_url(page_id)
    mark = "&" if urlsplit(address).query else "?"
    try:
        opened = service.open_page(
            # The acquirer fills in the braces: they must not be quoted.
            PageOrder(
                page_id, f"{address}{mark}session={{CHECKOUT_SESSION_ID}}", cancel_url, currency, language
            )
        )
    except AcquirerUnavailable as error:
        _log.warning("the acquirer opened no page", extra={"code": str(error)})
        raise CardRefused("acquirer_unavailable") from None
    note_page(page_id=page_id, session_id=opened.session_id)
    home = _origin(settings.ACQUIRER_URL)
    return AcquirerPage(
        page_id,
        opened.session_id,
        opened.url,
        f"{address}{mark}{urlencode({'session': opened.session_id})}",
        # A page on another host than the acquirer's own lets nobody frame it.
        home if _origin(opened.url) == home else "",
        now,
    )


def fetch_card(*, customer_id: UUID, page_id: UUID, session_id: str, now: datetime) -> Card:
    """Ask the acquirer for the card that was typed on a page, and add it.

    Raises: CardRefused `card_page_unknown` for a page that is not the customer's, was used, or belongs to another
        session; `card_page_unfinished`, `acquirer_unavailable`, and what `add_card` raises.
    """
    service = _service()
    kept = queries.page_session(customer_id, page_id)
    if kept is None or kept != session_id:
        raise CardRefused("card_page_unknown")
    try:
        found = service.read_card(kept)
    except AcquirerUnavailable as error:
        _log.warning("the acquirer did not say which card it is", extra={"code": str(error)})
        raise CardRefused("acquirer_unavailable") from None
    if found is None:
        raise CardRefused("card_page_unfinished")
    try:
        with transaction.atomic():
            return add_card(customer_id=customer_id, page_id=page_id, found=found, now=now)
    except CardRefused as refused:
        # What nobody can use here is not left at the acquirer; where the page was used, another return has added it.
        if refused.code != "card_page_unknown" and not has_token(customer_id, found.token):
            _forget(service, found.token)
        raise


def drop_card(*, customer_id: UUID, card_id: UUID, now: datetime) -> None:
    """Remove a card, and have the acquirer forget it. For us it is gone also when the acquirer does not answer.

    Raises: CardRefused `card_unknown`.
    """
    if connection.in_atomic_block:
        raise BrokenInvariant("a provider is never called inside a transaction")
    with transaction.atomic():
        token = remove_card(customer_id=customer_id, card_id=card_id, now=now)
    service = acquirer()
    if service is not None:
        _forget(service, token)


def _forget(service: Acquirer, token: str) -> None:
    try:
        service.forget_card(token)
    except AcquirerUnavailable as error:
        _log.warning("the acquirer was not told to forget a card", extra={"code": str(error)})


def _service() -> Acquirer:
    if connection.in_atomic_block:
        raise BrokenInvariant("a provider is never called inside a transaction")
    service = acquirer()
    if service is None:
        raise CardRefused("acquirer_unavailable")
    return service


def _origin(address: str) -> str:
    parts = urlsplit(address)
    return f"{parts.scheme}://{parts.netloc}"
