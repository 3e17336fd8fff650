"""Begin top-ups: the intent, and the amount reserved, before the acquirer is called."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID, uuid5

from django.db import transaction

from okpay.base.database import require_transaction
from okpay.base.errors import BrokenInvariant, Unavailable
from okpay.base.idempotency import Answer, Claim, hash_of
from okpay.base.ids import new_uuid7
from okpay.base.money import Money
from okpay.customers import queries as customers
from okpay.customers.records import Customer
from okpay.funding import models, queries
from okpay.funding.records import KNOWN_BY, Card, TopUpCommand
from okpay.ledger import actions as ledger
from okpay.ledger import queries as book
from okpay.ledger.records import Count, Reserve, Result
from okpay.movements import actions as movements
from okpay.movements.records import (
    Accepted,
    CommandAnswer,
    Kind,
    Movement,
    NewMovement,
    NextStep,
    Reason,
    Refused,
    State,
    Turn,
    line_of,
)
from okpay.pricing import queries as pricing
from okpay.pricing.errors import FeeRefused
from okpay.pricing.records import FeeKind
from okpay.regions import queries as regions
from okpay.regions.records import Feature, Flow
from okpay.risk import queries as risk
from okpay.risk.records import Decision, Proposal
from okpay.wallets import queries as owned
from okpay.wallets.records import Wallet

OPERATION = "funding.top_up"
HOLD_LASTS = timedelta(days=3650)
"""Later than any answer: it ends by an answer, never by time. A charge can wait long while an account is frozen."""
MOST_PASSES = 4
AUTHORISED, CLEARING, FEES = "acquirer.authorised", "acquirer.clearing", "fees.topup"


class _PlannedWrong(Exception):
    """Some of this pass were refused after they were reserved: all is done again without them."""


@dataclass(slots=True)
class _Order:
    """One command on its way to its answer."""

    command: TopUpCommand
    customer: Customer
    wallet: Wallet
    card: Card | None
    movement_id: UUID
    refused: Refused | None = None
    fee: Money | None = None
    """By the schedule; None where it was refused before it was looked at."""
    made: NewMovement | None = None

    @property
    def total(self) -> Money:
        assert self.fee is not None
        return self.command.amount + self.fee


def hold_id(movement_id: UUID) -> UUID:
    """Return the id of the hold that a top-up has on what the acquirer has authorised."""
    return uuid5(movement_id, "hold.authorised")


def start_top_ups(commands: Sequence[TopUpCommand]) -> list[CommandAnswer]:
    """Begin each top-up once, whole in the caller's transaction; the card is charged after the commit.

    The same key with the same body gets the first answer again, a refusal too. A list function for the batcher.

    Raises: BrokenInvariant outside a transaction, or for somebody who is no customer. django.db.OperationalError with
        SQLSTATE 40001, 40P01 or 55P03: try the whole transaction again.
    """
    require_transaction()
    claims = [
        Claim(command.principal, command.key, OPERATION, hash_of(_body(command))) for command in commands
    ]
    now = max(command.now for command in commands)
    return movements.answer_each(claims, lambda fresh: _decide([commands[index] for index in fresh]), now=now)


def _body(command: TopUpCommand) -> Answer:
    return {
        "card": str(command.card_id),
        "amount": command.amount.minor,
        "currency": command.amount.currency,
        "fee": command.fee.minor if command.fee else None,
    }


def _decide(commands: list[TopUpCommand]) -> list[CommandAnswer]:
    orders = _orders(commands)
    frozen = queries.frozen_among([order.wallet for order in orders])
    verdicts = risk.judge([_proposal(order) for order in orders])
    is_maintenance = book.holds_only()
    for order, verdict in zip(orders, verdicts, strict=True):
        order.refused = _refusal(order, is_maintenance=is_maintenance, is_frozen=order.wallet.id in frozen)
        if order.refused is None and verdict.decision is Decision.REFUSE:
            left = verdict.allowance.minor if verdict.allowance else 0
            order.refused = Refused("top_up_allowance", {"remaining_minor": left})
    for _ in range(MOST_PASSES + len(orders)):
        try:
            with transaction.atomic():
                _attempt(orders)
        except _PlannedWrong:
            continue
        return [_answer(order) for order in orders]
    raise Unavailable("overloaded")


def _answer(order: _Order) -> CommandAnswer:
    if order.refused is not None:
        return order.refused
    assert order.made is not None
    return Accepted.now(order.made)


def _orders(commands: list[TopUpCommand]) -> list[_Order]:
    found = customers.customers({command.customer_id for command in commands})
    purses = owned.wallets_of(found.keys(), {command.amount.currency for command in commands})
    cards = queries.cards_among({command.card_id for command in commands})
    orders = []
    for command in commands:
        customer = found.get(command.customer_id)
        purse = purses.get((command.customer_id, command.amount.currency))
        if customer is None or purse is None:
            raise BrokenInvariant("a door lets only a customer top up, and only a wallet of theirs")
        card = cards.get((customer.id, command.card_id))
        orders.append(_Order(command, customer, purse, card, new_uuid7()))
    return orders


def _proposal(order: _Order) -> Proposal:
    command, customer = order.command, order.customer
    return Proposal(
        Kind.TOP_UP, customer.id, customer.id, command.amount, customer.country, customer.level, command.now
    )


def _refusal(order: _Order, *, is_maintenance: bool, is_frozen: bool) -> Refused | None:
    command, customer = order.command, order.customer
    region = regions.country(customer.country)
    if not region.offers(Feature.CARD_TOP_UPS) or command.amount.currency != region.limit_currency:
        return Refused("top_ups_not_offered")
    if is_maintenance:
        # What the card is charged could not be booked before it ends.
        return Refused("top_up_during_maintenance")
    if is_frozen:
        # Nor while nothing may come in.
        return Refused("wallet_frozen")
    if order.card is None:
        return Refused("card_unknown")
    if order.card.has_expired(region.today(command.now)):
        return Refused("card_expired")
    kind = FeeKind.CARD_TOP_UP
    try:
        order.fee = pricing.quote(
            kind=kind, country=customer.country, level=customer.level, amount=command.amount
        ).fee
    except FeeRefused as error:
        return Refused.of(error)
    if command.fee not in (None, order.fee):
        return Refused("fee_changed", {"fee_minor": order.fee.minor})
    return None


def _attempt(orders: list[_Order]) -> None:
    wanted = [order for order in orders if order.refused is None]
    if not wanted:
        return
    ledger.open_house_accounts(
        [
            (purpose, currency)
            for currency in {order.wallet.currency for order in wanted}
            for purpose in (AUTHORISED, CLEARING, FEES)
        ]
    )
    results = ledger.post_many([_reserve(order) for order in wanted])
    for order, result in zip(wanted, results, strict=True):
        _take(order, result)
    _over_ceiling([order for order in wanted if order.refused is None])
    _write([order for order in wanted if order.refused is None])


def _reserve(order: _Order) -> Reserve:
    count = Count(order.customer.subject_id(Flow.TOP_UP), order.command.amount.minor)
    account = book.house_account_id(AUTHORISED, order.wallet.currency)
    deadline = order.command.now + HOLD_LASTS
    return Reserve(
        hold_id(order.movement_id), "topup.authorise", account, order.total.minor, deadline, (count,)
    )


def _take(order: _Order, result: Result) -> None:
    if result.accepted:
        return
    if not result.outcome.limit_window:
        raise BrokenInvariant(f"a top-up was refused by the book: {result}")
    data = {"window": result.outcome.limit_window, "remaining_minor": result.remaining_minor or 0}
    order.refused = Refused("top_up_limit_reached", data)


def _over_ceiling(orders: list[_Order]) -> None:
    """Refuse what would bring somebody above what they may hold, counting what is being topped up already.

    Read after posting: who tops up somebody's wallet waits for the lock of their limit, which posting has taken.
    """
    if not orders:
        return
    ids = {
        id_
        for order in orders
        for id_ in (order.wallet.available_account_id, order.wallet.maturing_account_id)
    }
    accounts = book.accounts_by_id(list(ids))
    coming = queries.open_minor({order.customer.id for order in orders})
    changed = False
    for order in orders:
        wallet, customer = order.wallet, order.customer
        level = regions.country(customer.country).levels[customer.level]
        held = sum(
            accounts[id_].balance_minor for id_ in (wallet.available_account_id, wallet.maturing_account_id)
        )
        left = level.max_balance.amount_minor - held - coming.get(customer.id, 0)
        if order.command.amount.minor > left:
            order.refused = Refused("top_up_ceiling", {"remaining_minor": max(0, left)})
            changed = True
        else:
            coming[customer.id] = coming.get(customer.id, 0) + order.command.amount.minor
    if changed:
        raise _PlannedWrong


def _write(orders: list[_Order]) -> None:
    for order in orders:
        order.made = _movement(order)
    movements.open_many([order.made for order in orders if order.made])
    models.TopUp.objects.bulk_create(
        models.TopUp(
            movement_id=order.movement_id,
            customer_id=order.customer.id,
            card_id=order.command.card_id,
            currency=order.wallet.currency,
            amount_minor=order.command.amount.minor,
            fee_minor=order.total.minor - order.command.amount.minor,
            created_at=order.command.now,
            due_at=order.command.now,
        )
        for order in orders
    )


def _movement(order: _Order) -> NewMovement:
    command, customer = order.command, order.customer
    assert order.card is not None
    movement = Movement(
        id=order.movement_id,
        kind=Kind.TOP_UP,
        state=State.PROCESSING,
        reason=Reason.NONE,
        turn=Turn.PROVIDER,
        next_step=NextStep.CARD_IS_CHARGED,
        deadline_at=command.now + KNOWN_BY,
        currency=command.amount.currency,
        amount_minor=command.amount.minor,
        fee_minor=order.total.minor - command.amount.minor,
        payer_id=None,
        payee_id=customer.id,
        payee_key=customer.id,
        note="",
        events=1,
        created_at=command.now,
        changed_at=command.now,
    )
    line = line_of(movement, customer.id, counterparty=order.card.name, at=command.now)
    return NewMovement(movement, (line,))
