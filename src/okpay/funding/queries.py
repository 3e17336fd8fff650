"""Read cards, drafts, what will happen to them, and what is asked of the acquirer."""

from __future__ import annotations

from collections.abc import Callable, Collection
from datetime import datetime, timedelta
from uuid import UUID

from okpay.base.money import Money
from okpay.customers import queries as customers
from okpay.customers.records import Customer
from okpay.funding import models
from okpay.funding.errors import CardRefused, TopUpRefused
from okpay.funding.providers.choice import acquirer
from okpay.funding.records import MOST_CARDS, Card, Draft, Preview
from okpay.ledger import queries as book
from okpay.ledger.records import AccountStatus, Report
from okpay.movements.records import Kind
from okpay.pricing import queries as pricing
from okpay.pricing.records import FeeKind
from okpay.regions import queries as regions
from okpay.regions.records import Feature, Flow
from okpay.risk import queries as risk
from okpay.risk.records import Decision, Proposal
from okpay.wallets import queries as wallets
from okpay.wallets.records import Wallet


def takes_cards() -> bool:
    """Return whether this installation has an acquirer."""
    return acquirer() is not None


def cards(customer_id: UUID) -> list[Card]:
    """Return the cards of a customer, the one added last in front."""
    rows = models.Card.objects.filter(customer_id=customer_id, removed_at=None).order_by("-added_at")
    return [card_from(row) for row in rows[:MOST_CARDS]]


def cards_among(card_ids: Collection[UUID]) -> dict[tuple[UUID, UUID], Card]:
    """Return those of these cards that were not removed, by customer and card, from one query."""
    rows = models.Card.objects.filter(id__in=card_ids, removed_at=None)
    return {(row.customer_id, row.id): card_from(row) for row in rows}


def card(customer_id: UUID, card_id: UUID) -> Card | None:
    """Return a card of a customer, or None: also where it is somebody else's or was removed."""
    row = models.Card.objects.filter(id=card_id, customer_id=customer_id, removed_at=None).first()
    return None if row is None else card_from(row)


def page_session(customer_id: UUID, page_id: UUID) -> str | None:
    """Return the acquirer's session of a page that a customer opened and has not used, or None."""
    found = models.CardPage.objects.filter(id=page_id, customer_id=customer_id, used_at=None)
    return found.values_list("session_id", flat=True).first() or None


def draft(customer_id: UUID, draft_id: UUID) -> Draft | None:
    """Return a draft of a customer, or None: also where it is somebody else's. Its card may have been removed."""
    row = models.Draft.objects.filter(id=draft_id, customer_id=customer_id).first()
    if row is None:
        return None
    with_card = models.Card.objects.get(id=row.card_id)
    amount = Money(row.amount_minor, row.currency)
    return Draft(row.id, customer_id, card_from(with_card), amount, row.created_at)


def preview(written: Draft, *, now: datetime) -> Preview:
    """Return what will happen when a draft is confirmed now, as far as can be told before.

    Raises: TopUpRefused, CardRefused and FeeRefused, for what would be refused now.
    """
    if now >= written.lapses_at:
        raise TopUpRefused("top_up_lapsed")
    if card(written.customer_id, written.card.id) is None:
        raise CardRefused("card_unknown")
    customer = customers.customer(written.customer_id)
    assert customer is not None
    region = regions.country(customer.country)
    if not region.offers(Feature.CARD_TOP_UPS) or written.amount.currency != region.limit_currency:
        raise TopUpRefused("top_ups_not_offered")
    if book.holds_only():
        raise TopUpRefused("top_up_during_maintenance")
    wallet = wallets.wallet(customer.id, written.amount.currency)
    if wallet is None or frozen_among([wallet]):
        raise TopUpRefused("wallet_frozen")
    if written.card.has_expired(region.today(now)):
        raise CardRefused("card_expired")
    _check_amount(customer, written.amount, now)
    quote = pricing.quote(
        kind=FeeKind.CARD_TOP_UP, country=customer.country, level=customer.level, amount=written.amount
    )
    return Preview(
        written, quote.fee, quote.total, region.today(now) + timedelta(days=region.card_maturing_days)
    )


def _check_amount(customer: Customer, amount: Money, now: datetime) -> None:
    proposal = Proposal(Kind.TOP_UP, customer.id, customer.id, amount, customer.country, customer.level, now)
    (verdict,) = risk.judge([proposal])
    if verdict.decision is Decision.REFUSE:
        allowance = verdict.allowance.minor if verdict.allowance else 0
        raise TopUpRefused("top_up_allowance", remaining_minor=allowance)
    for state in customers.limits(customer.id, now=now):
        if state.flow is Flow.TOP_UP and amount > state.left:
            raise TopUpRefused(
                "top_up_limit_reached", window=state.window.value, remaining_minor=state.left.minor
            )
    room = _below_ceiling(customer.id)
    if amount > room:
        raise TopUpRefused("top_up_ceiling", remaining_minor=room.minor)


def left_to_top_up(customer_id: UUID, *, now: datetime) -> Money:
    """Return how much a customer may top up at once now: the tightest of all windows, and what more they may hold."""
    lefts = [state.left for state in customers.limits(customer_id, now=now) if state.flow is Flow.TOP_UP]
    return min([*lefts, _below_ceiling(customer_id)], key=lambda left: left.minor)


def _below_ceiling(customer_id: UUID) -> Money:
    ceiling = customers.balance_ceiling(customer_id)
    coming = open_minor([customer_id]).get(customer_id, 0)
    held = sum(
        balance.balance.minor
        for balance in wallets.balances(customer_id)
        if balance.currency == ceiling.currency
    )
    return Money(max(0, ceiling.minor - held - coming), ceiling.currency)


def frozen_among(owned: Collection[Wallet]) -> set[UUID]:
    """Return the ids of the wallets among these that card money may not come into."""
    accounts = book.accounts_by_id([wallet.maturing_account_id for wallet in owned])
    closed = (AccountStatus.FROZEN, AccountStatus.CLOSED)
    return {wallet.id for wallet in owned if accounts[wallet.maturing_account_id].status in closed}


def open_minor(customer_ids: Collection[UUID]) -> dict[UUID, int]:
    """Return for each customer how much is being topped up now, in minor units of their currency."""
    found: dict[UUID, int] = {}
    rows = models.TopUp.objects.filter(customer_id__in=customer_ids, due_at__isnull=False)
    for customer_id, minor in rows.values_list("customer_id", "amount_minor"):
        found[customer_id] = found.get(customer_id, 0) + minor
    return found


def card_of_top_up(movement_id: UUID) -> Card | None:
    """Return the card of a top-up, also when it was removed since; None where the movement is none."""
    row = models.TopUp.objects.filter(movement_id=movement_id).first()
    return None if row is None else card_from(models.Card.objects.get(id=row.card_id))


def card_from(row: models.Card) -> Card:
    """Return the record of a row."""
    return Card(row.id, row.customer_id, row.brand, row.last4, row.expires_on, row.added_at)


def verify(progress: Callable[[str, int, int], None] = lambda check, done, total: None) -> Report:
    """Verify every top-up against the book; see verification.py. Reads only."""
    # That module asks the actions for the names of holds and accounts, and they ask these queries.
    from okpay.funding import verification

    return verification.verify(progress)
