"""Add a card by way of the acquirer's page, and remove it."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import IntegrityError, transaction

from okpay.base import audit
from okpay.base.database import require_transaction
from okpay.base.encryption import load_key_ring
from okpay.base.ids import new_uuid7
from okpay.customers import queries as customers
from okpay.funding import models
from okpay.funding.errors import CardRefused
from okpay.funding.providers.protocol import FoundCard
from okpay.funding.queries import card_from
from okpay.funding.records import CARD_PAGE_LASTS, MOST_CARDS, Card
from okpay.regions import queries as regions

_TABLE = models.Card._meta.db_table


def open_page(*, customer_id: UUID, now: datetime) -> UUID:
    """Write down that a customer goes to the acquirer's page, before the acquirer is asked for one; return its id.

    Raises: CardRefused `cards_used_up`. BrokenInvariant outside a transaction.
    """
    require_transaction()
    _check_number(customer_id)
    page = models.CardPage(id=new_uuid7(), customer_id=customer_id, session_id="", opened_at=now)
    page.save(force_insert=True)
    return page.id


def note_page(*, page_id: UUID, session_id: str) -> None:
    """Keep which session of the acquirer's the page is."""
    models.CardPage.objects.filter(id=page_id, used_at=None).update(session_id=session_id)


def add_card(*, customer_id: UUID, page_id: UUID, found: FoundCard, now: datetime) -> Card:
    """Keep the card that was typed on a page, once for each page. The token is sealed.

    Raises: CardRefused `card_page_unknown` for the page of another customer or one that was used, `card_page_lapsed`,
        `card_expired`, `card_added_already`, `cards_used_up`. BrokenInvariant outside a transaction.
    """
    require_transaction()
    page = models.CardPage.objects.select_for_update().filter(id=page_id, customer_id=customer_id).first()
    if page is None or page.used_at is not None:
        raise CardRefused("card_page_unknown")
    if now >= page.opened_at + CARD_PAGE_LASTS:
        raise CardRefused("card_page_lapsed")
    customer = customers.customer(customer_id)
    assert customer is not None
    if found.expires_on < regions.country(customer.country).today(now):
        raise CardRefused("card_expired")
    _check_number(customer_id)
    models.CardPage.objects.filter(id=page_id).update(used_at=now)
    card_id = new_uuid7()
    row = models.Card(
        id=card_id,
        customer_id=customer_id,
        token=load_key_ring().seal(found.token.encode(), table=_TABLE, row=str(card_id), field="token"),
        brand=found.brand,
        last4=found.last4,
        expires_on=found.expires_on,
        fingerprint=found.fingerprint,
        added_at=now,
    )
    try:
        with transaction.atomic():
            row.save(force_insert=True)
    except IntegrityError:
        raise CardRefused("card_added_already") from None
    _note(customer_id, card_id, "card_added", now)
    return card_from(row)


def remove_card(*, customer_id: UUID, card_id: UUID, now: datetime) -> str:
    """Remove a card and return the acquirer's token of it, which the caller has forgotten after the commit.

    Raises: CardRefused `card_unknown`. BrokenInvariant outside a transaction.
    """
    require_transaction()
    row = models.Card.objects.filter(id=card_id, customer_id=customer_id, removed_at=None).first()
    if row is None or not models.Card.objects.filter(id=card_id, removed_at=None).update(removed_at=now):
        raise CardRefused("card_unknown")
    _note(customer_id, card_id, "card_removed", now)
    return token_of(row)


def token_of(row: models.Card) -> str:
    """Return the acquirer's name for a card."""
    return load_key_ring().open(bytes(row.token), table=_TABLE, row=str(row.id), field="token").decode()


def has_token(customer_id: UUID, token: str) -> bool:
    """Tell whether the acquirer's name is that of a card which a customer has."""
    rows = models.Card.objects.filter(customer_id=customer_id, removed_at=None)
    return any(token_of(row) == token for row in rows[:MOST_CARDS])


def _check_number(customer_id: UUID) -> None:
    if models.Card.objects.filter(customer_id=customer_id, removed_at=None).count() >= MOST_CARDS:
        raise CardRefused("cards_used_up", most=MOST_CARDS)


def _note(customer_id: UUID, card_id: UUID, action: str, now: datetime) -> None:
    audit.record(actor=f"customer:{customer_id}", action=action, subject=f"card:{card_id}", now=now)
