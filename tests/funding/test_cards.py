"""Cards: added once by the acquirer's page, sealed, removed, and nobody else's."""

from __future__ import annotations

from datetime import date, timedelta
from uuid import UUID

import pytest
from django.db import transaction

from okpay.base import clock
from okpay.base.ids import new_uuid7
from okpay.funding import actions, models, queries
from okpay.funding.errors import CardRefused
from okpay.funding.providers.protocol import FoundCard
from okpay.funding.records import MOST_CARDS, Card
from tests.factories.funding import LATE, new_card
from tests.factories.transfers import Holder, new_holder
from tests.laws.crew import Crew


def found(mark: str = "pm_1", expires_on: date = LATE) -> FoundCard:
    """Return what the acquirer says of a card."""
    return FoundCard(mark, "mastercard", "4444", expires_on, f"fp_{mark}")


def page_of(holder: Holder, **earlier: float) -> UUID:
    """Open a page."""
    with transaction.atomic():
        return actions.open_page(customer_id=holder.customer.id, now=clock.now() - timedelta(**earlier))


def add(holder: Holder, page_id: UUID, card: FoundCard) -> Card:
    """Add a card in a transaction of its own."""
    with transaction.atomic():
        return actions.add_card(
            customer_id=holder.customer.id,
            page_id=page_id,
            found=card,
            now=clock.now(),
        )


def test_a_card_is_kept_without_its_number_and_its_token_is_sealed() -> None:
    anna = new_holder()
    card = add(anna, page_of(anna), found("pm_secret"))
    assert (card.name, card.expires_on) == ("Mastercard •••• 4444", LATE)
    assert queries.cards(anna.customer.id) == [card]
    assert b"pm_secret" not in bytes(models.Card.objects.get(id=card.id).token)
    assert queries.card(new_holder().customer.id, card.id) is None


def test_a_page_adds_one_card_for_one_customer() -> None:
    anna, ben = new_holder(), new_holder()
    page = page_of(anna)
    for holder, code in ((ben, "card_page_unknown"), (anna, ""), (anna, "card_page_unknown")):
        if code:
            with pytest.raises(CardRefused, match=code):
                add(holder, page, found("pm_other"))
        else:
            add(holder, page, found())
    with pytest.raises(CardRefused, match="card_page_lapsed"):
        add(anna, page_of(anna, minutes=30), found("pm_3"))
    with pytest.raises(CardRefused, match="card_page_unknown"):
        add(anna, new_uuid7(), found("pm_3"))
    assert len(queries.cards(anna.customer.id)) == 1


def test_two_returns_at_once_add_one() -> None:
    anna = new_holder()
    page = page_of(anna)

    def come_back() -> str:
        try:
            add(anna, page, found())
        except CardRefused as error:
            return error.code
        return "added"

    with Crew(3) as crew:
        assert sorted(crew.at_once([come_back] * 3)) == ["added", "card_page_unknown", "card_page_unknown"]


def test_the_same_card_is_not_added_twice_but_again_after_it_was_removed() -> None:
    anna, ben = new_holder(), new_holder()
    card = add(anna, page_of(anna), found())
    with pytest.raises(CardRefused, match="card_added_already"):
        add(anna, page_of(anna), found())
    add(ben, page_of(ben), found())
    with transaction.atomic():
        assert actions.remove_card(customer_id=anna.customer.id, card_id=card.id, now=clock.now()) == "pm_1"
    assert queries.cards(anna.customer.id) == []
    add(anna, page_of(anna), found())


def test_what_cannot_be_added_or_removed() -> None:
    anna, ben = new_holder(), new_holder()
    with pytest.raises(CardRefused, match="card_expired"):
        add(anna, page_of(anna), found(expires_on=date(2020, 1, 31)))
    card = new_card(anna)
    for holder, card_id in ((ben, card.id), (anna, new_uuid7())):
        with pytest.raises(CardRefused, match="card_unknown"), transaction.atomic():
            actions.remove_card(customer_id=holder.customer.id, card_id=card_id, now=clock.now())
    page = page_of(anna)
    for _ in range(MOST_CARDS - 1):
        new_card(anna)
    with pytest.raises(CardRefused, match="cards_used_up"):
        page_of(anna)
    with pytest.raises(CardRefused, match="cards_used_up"):
        add(anna, page, found("pm_eleven"))


def test_old_pages_and_drafts_go() -> None:
    anna = new_holder()
    page_of(anna, days=3)
    actions.clear_old(now=clock.now())
    assert not models.CardPage.objects.filter(customer_id=anna.customer.id).exists()
