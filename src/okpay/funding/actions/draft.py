"""Write down how much somebody wants to top up, before they confirm it."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from okpay.base.database import require_transaction
from okpay.base.ids import new_uuid7
from okpay.base.money import Money
from okpay.funding import models, queries
from okpay.funding.errors import CardRefused
from okpay.funding.records import CARD_PAGE_LASTS, DRAFT_LASTS, Draft

KEPT = timedelta(days=1)
"""How long a draft and a page are kept: whoever comes back is shown what became of them."""


def draft_top_up(*, customer_id: UUID, card_id: UUID, amount: Money, now: datetime) -> Draft:
    """Write a draft. Raises: CardRefused `card_unknown`. BrokenInvariant outside a transaction."""
    require_transaction()
    card = queries.card(customer_id, card_id)
    if card is None:
        raise CardRefused("card_unknown")
    row = models.Draft(
        id=new_uuid7(),
        customer_id=customer_id,
        card_id=card_id,
        currency=amount.currency,
        amount_minor=amount.minor,
        created_at=now,
    )
    row.save(force_insert=True)
    return Draft(row.id, customer_id, card, amount, now)


def clear_old(*, now: datetime) -> int:
    """Delete drafts and pages that nobody comes back to; return how many."""
    drafts = models.Draft.objects.filter(created_at__lt=now - DRAFT_LASTS - KEPT).delete()[0]
    return drafts + models.CardPage.objects.filter(opened_at__lt=now - CARD_PAGE_LASTS - KEPT).delete()[0]
