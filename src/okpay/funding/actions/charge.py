"""Charge cards: take what is due, call the acquirer outside of any transaction, record what it said.

Between the call and the record the program may be killed: then the lease runs out, and the same call is made again
under the same key, which is the same charge at the acquirer's.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID, uuid5

from django.db import transaction

from okpay.base.database import execute_prepared
from okpay.base.errors import BrokenInvariant
from okpay.base.money import Money
from okpay.customers import queries as customers
from okpay.funding import models
from okpay.funding.actions.cards import token_of
from okpay.funding.actions.start import AUTHORISED, CLEARING, FEES, hold_id
from okpay.funding.providers.choice import acquirer
from okpay.funding.providers.protocol import Acquirer, ChargeAnswer, ChargeOrder, Outcome
from okpay.funding.records import Order
from okpay.ledger import actions as ledger
from okpay.ledger import queries as book
from okpay.ledger.records import Capture, Leg, Release
from okpay.ledger.records import Outcome as Posted
from okpay.movements import actions as movements
from okpay.movements.records import Movement, NextStep, Reason, State, Step, Turn
from okpay.regions import queries as regions
from okpay.wallets import actions as wallets
from okpay.wallets import queries as owned
from okpay.wallets.records import NewLot

LEASE = timedelta(seconds=60)
"""After this a call is taken to be lost with the process that made it; longer than any call takes."""
KEY_HOLDS = timedelta(hours=23)
"""How long the acquirer knows a key again. Asked later, the same order could become a second charge."""
FIRST_PAUSE, LONGEST_PAUSE = timedelta(seconds=2), timedelta(minutes=10)
OPERATOR_HAS = timedelta(days=7)
"""How long the operator has to find out what the acquirer did not say."""

_TAKE = """
UPDATE funding_top_up SET due_at = %(lease)s, tries = tries + 1, first_called_at = coalesce(first_called_at, %(now)s)
 WHERE movement_id = (SELECT movement_id FROM funding_top_up WHERE due_at <= %(now)s
                       ORDER BY due_at LIMIT 1 FOR UPDATE SKIP LOCKED)
RETURNING movement_id
"""


def charge_once(by: Acquirer | None, *, now: datetime) -> int:
    """Take one top-up that is due, ask the acquirer, and record the answer; return how many were taken: 0 or 1.

    Commits by itself, twice, since it is the whole of a background round. Any number of these may run at once.
    """
    if by is None:
        return 0
    order = _take(now)
    if order is None:
        return 0
    if order.charge_id:
        answer = by.ask(order.charge_id)
    elif order.first_called_at is not None and now - order.first_called_at > KEY_HOLDS:
        answer = ChargeAnswer(Outcome.UNKNOWN, code="key_lapsed")
    else:
        answer = by.charge(
            ChargeOrder(order.movement_id, order.token, order.total, f"Top-up {order.movement_id}")
        )
    with transaction.atomic():
        _record(order, answer, now)
    return 1


def charge_due(*, now: datetime) -> int:
    """Do a round of `charge_once` with this installation's acquirer; without one nothing is charged."""
    return charge_once(acquirer(), now=now)


def wake_top_up(*, movement_id: UUID, now: datetime) -> bool:
    """Have the acquirer asked about a top-up now; tell whether there is one that has not ended."""
    open_ = models.TopUp.objects.filter(movement_id=movement_id, due_at__isnull=False)
    return bool(open_.exclude(charge_id="").update(due_at=now)) or open_.exists()


def _take(now: datetime) -> Order | None:
    with transaction.atomic():
        taken = execute_prepared(_TAKE, {"now": now, "lease": now + LEASE}).fetchone()
    if taken is None:
        return None
    row = models.TopUp.objects.get(movement_id=taken[0])
    card = models.Card.objects.get(id=row.card_id)
    return Order(
        movement_id=row.movement_id,
        customer_id=row.customer_id,
        token=token_of(card),
        total=Money(row.amount_minor + row.fee_minor, row.currency),
        charge_id=row.charge_id,
        tries=row.tries,
        first_called_at=row.first_called_at,
        may_be_charged=row.may_be_charged,
        created_at=row.created_at,
    )


def _record(order: Order, answer: ChargeAnswer, now: datetime) -> None:
    locked = movements.lock_many([order.movement_id])
    movement = locked[order.movement_id]
    if movement.state.is_final:
        # Another process had the lease after us, and was quicker.
        return
    if answer.outcome is Outcome.SUCCEEDED:
        _succeed(order, answer, movement, now)
    elif answer.outcome is Outcome.DECLINED:
        _decline(order, answer, movement, Reason(answer.code or Reason.CARD_DECLINED), now)
    elif answer.outcome is Outcome.PROCESSING:
        _ask_again(order, answer, now)
    elif answer.outcome is Outcome.UNKNOWN:
        _note_unknown(order, answer, movement, now)
    elif order.may_be_charged or movement.deadline_at is None or now < movement.deadline_at:
        # It did not get there this time; an earlier call may have.
        _ask_again(order, answer, now)
    else:
        _decline(order, answer, movement, Reason.CARD_ERROR, now)


def _succeed(order: Order, answer: ChargeAnswer, movement: Movement, now: datetime) -> None:
    customer = customers.customer(order.customer_id)
    wallet = owned.wallet(order.customer_id, movement.currency)
    assert customer is not None
    assert wallet is not None
    clearing = book.house_account_id(CLEARING, movement.currency)
    authorised = book.house_account_id(AUTHORISED, movement.currency)
    legs = [
        Leg(clearing, authorised, movement.total.minor),
        Leg(authorised, wallet.maturing_account_id, movement.amount_minor),
    ]
    if movement.fee_minor:
        legs.append(Leg(authorised, book.house_account_id(FEES, movement.currency), movement.fee_minor))
    capture = Capture(uuid5(movement.id, "capture"), "topup.capture", hold_id(movement.id), tuple(legs))
    if not _end(order, answer, Step(movement.id, State.COMPLETED, now), movement, capture):
        # Charged, and not to be booked now: during maintenance, or while the account is frozen. Nothing is lost: the
        # charge is known, and asked for again until it can be.
        _ask_again(order, answer, now)
        return
    days = regions.country(customer.country).card_maturing_days
    wallets.add_maturing(
        [NewLot(wallet.maturing_account_id, movement.amount_minor, now + timedelta(days=days))]
    )


def _decline(order: Order, answer: ChargeAnswer, movement: Movement, reason: Reason, now: datetime) -> None:
    release = Release(uuid5(movement.id, "void"), "topup.void", hold_id(movement.id))
    if not _end(order, answer, Step(movement.id, State.DECLINED, now, reason), movement, release):
        raise BrokenInvariant("what the acquirer has declined could not be released")


def _end(order: Order, answer: ChargeAnswer, step: Step, movement: Movement, item: Capture | Release) -> bool:
    """Bring a top-up to its end and post; tell whether the book took it, or leave everything as it was."""
    try:
        with transaction.atomic():
            movements.advance_many([step], {movement.id: movement})
            kept = models.TopUp.objects.filter(movement_id=order.movement_id)
            kept.update(due_at=None, charge_id=answer.charge_id or order.charge_id)
            (result,) = ledger.post_many([item])
            if not result.accepted:
                raise _NotNow(result.outcome)
    except _NotNow as refused:
        if refused.outcome not in (Posted.MAINTENANCE, Posted.ACCOUNT_FROZEN):
            raise BrokenInvariant(f"the book refused the end of a top-up: {refused.outcome.name}") from None
        return False
    return True


def _note_unknown(order: Order, answer: ChargeAnswer, movement: Movement, now: datetime) -> None:
    late = now >= order.created_at + timedelta(hours=24)
    turn, next_step = (
        (Turn.OPERATOR, NextStep.IS_CHECKED) if late else (Turn.PROVIDER, NextStep.ANSWER_IS_FOUND)
    )
    if movement.state is not State.UNKNOWN or movement.turn is not turn:
        deadline = now + OPERATOR_HAS if late else order.created_at + timedelta(hours=24)
        step = Step(movement.id, State.UNKNOWN, now, Reason.ANSWER_LOST, turn, next_step, deadline)
        movements.advance_many([step], {movement.id: movement})
    _ask_again(order, answer, now, may_be_charged=True)


def _ask_again(order: Order, answer: ChargeAnswer, now: datetime, *, may_be_charged: bool = False) -> None:
    pause = min(FIRST_PAUSE * 2 ** min(order.tries - 1, 16), LONGEST_PAUSE)
    models.TopUp.objects.filter(movement_id=order.movement_id).update(
        due_at=now + pause,
        charge_id=answer.charge_id or order.charge_id,
        may_be_charged=order.may_be_charged or may_be_charged,
    )


class _NotNow(Exception):
    """The book refuses at the moment."""

    def __init__(self, outcome: Posted) -> None:
        super().__init__(outcome.name)
        self.outcome = outcome
