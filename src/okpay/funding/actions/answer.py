"""Record what the acquirer said of a top-up: it is booked, or released, or goes on being asked for."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta
from typing import NamedTuple
from uuid import uuid5

from django.db import transaction

from okpay.base.database import require_transaction
from okpay.base.errors import BrokenInvariant
from okpay.customers import queries as customers
from okpay.funding import models
from okpay.funding.actions.start import AUTHORISED, CLEARING, FEES, hold_id
from okpay.funding.providers.protocol import NO_SUCH_CHARGE, ChargeAnswer, Outcome
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

FIRST_PAUSE, LONGEST_PAUSE = timedelta(seconds=2), timedelta(minutes=10)
BOOK_AGAIN = timedelta(seconds=10)
"""How soon it is tried again to book what was charged."""
OPERATOR_HAS = timedelta(days=7)
"""How long the operator has to find out what the acquirer did not say, or to let in what was charged."""


class _Standing(NamedTuple):
    """Where a top-up stands that has not ended."""

    state: State
    reason: Reason
    turn: Turn
    next_step: NextStep


_PROCESSING = _Standing(State.PROCESSING, Reason.NONE, Turn.PROVIDER, NextStep.CARD_IS_CHARGED)
_UNKNOWN = _Standing(State.UNKNOWN, Reason.ANSWER_LOST, Turn.PROVIDER, NextStep.ANSWER_IS_FOUND)
_OVERDUE = _Standing(State.UNKNOWN, Reason.ANSWER_LOST, Turn.OPERATOR, NextStep.IS_CHECKED)
_MAINTENANCE = _Standing(State.PROCESSING, Reason.MAINTENANCE, Turn.OPERATOR, NextStep.MAINTENANCE_ENDS)
_CHECKED = _Standing(State.PROCESSING, Reason.RECIPIENT_FROZEN, Turn.OPERATOR, NextStep.IS_CHECKED)
_NOT_NOW = {
    Posted.MAINTENANCE: _MAINTENANCE,
    Posted.ACCOUNT_FROZEN: _CHECKED,
    Posted.ACCOUNT_CLOSED: _CHECKED,
    Posted.BALANCE_OUT_OF_RANGE: _CHECKED,
}
"""Why the book may not take what was charged."""
_log = logging.getLogger(__name__)


def record_answer(order: Order, answer: ChargeAnswer, *, now: datetime) -> None:
    """Record an answer, whole in the caller's transaction.

    An answer that comes when another process has taken the top-up since says nothing any more, except that the card
    was charged.
    """
    require_transaction()
    movement = movements.lock_many([order.movement_id])[order.movement_id]
    if movement.state.is_final:
        return
    tries = models.TopUp.objects.values_list("tries", flat=True).get(movement_id=order.movement_id)
    if tries != order.tries and answer.outcome is not Outcome.SUCCEEDED:
        _log.warning("an answer came after another process took over", extra={"top_up": str(movement.id)})
        return
    if answer.outcome is Outcome.SUCCEEDED:
        _succeed(order, answer, movement, now)
    elif answer.outcome is Outcome.DECLINED or (
        # An earlier call may have got through, to the same acquirer under another key of ours.
        answer.outcome is Outcome.HOPELESS and not order.may_be_charged
    ):
        _decline(order, answer, movement, now)
    elif answer.outcome is Outcome.PROCESSING:
        _go_on(order, answer, movement, _PROCESSING, now)
    elif answer.outcome is Outcome.UNKNOWN or order.may_be_charged:
        # Where the call did not get there this time, an earlier one may have.
        _go_on(order, answer, movement, _UNKNOWN, now)
    else:
        _ask_again(order, answer, now, may_be_charged=False)


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
    refused = _end(order, answer, Step(movement.id, State.COMPLETED, now), movement, capture)
    if refused is not None:
        # Charged, and not to be booked now. Nothing is lost: the charge is known, and asked for until it can be.
        _go_on(order, answer, movement, _NOT_NOW[refused], now)
        return
    days = regions.country(customer.country).card_maturing_days
    lot = NewLot(wallet.maturing_account_id, movement.amount_minor, now + timedelta(days=days))
    wallets.add_maturing([lot])


def _decline(order: Order, answer: ChargeAnswer, movement: Movement, now: datetime) -> None:
    release = Release(uuid5(movement.id, "void"), "topup.void", hold_id(movement.id))
    step = Step(movement.id, State.DECLINED, now, Reason(answer.code or Reason.CARD_DECLINED))
    if _end(order, answer, step, movement, release) is not None:
        raise BrokenInvariant("what the acquirer has declined could not be released")


def _end(
    order: Order, answer: ChargeAnswer, step: Step, movement: Movement, item: Capture | Release
) -> Posted | None:
    """Bring a top-up to its end and post. Where the book does not take it now, leave all as it was and return why."""
    try:
        with transaction.atomic():
            movements.advance_many([step], {movement.id: movement})
            kept = models.TopUp.objects.filter(movement_id=order.movement_id)
            kept.update(due_at=None, is_called=False, charge_id=answer.charge_id or order.charge_id)
            (result,) = ledger.post_many([item])
            if not result.accepted:
                raise _NotNow(result.outcome)
    except _NotNow as refused:
        if refused.outcome not in _NOT_NOW:
            raise BrokenInvariant(f"the book refused the end of a top-up: {refused.outcome.name}") from None
        return refused.outcome
    return None


def _go_on(order: Order, answer: ChargeAnswer, movement: Movement, stands: _Standing, now: datetime) -> None:
    """Say where a top-up stands that has not ended, if that is new, and have it asked for again.

    When the acquirer has had its time it is the operator's turn, and again each time when that deadline has passed.
    """
    if stands.turn is Turn.PROVIDER and now >= order.known_by:
        stands = _OVERDUE
    before = _Standing(movement.state, movement.reason, movement.turn, movement.next_step)
    if before != stands or (movement.deadline_at is not None and now >= movement.deadline_at):
        deadline = order.known_by if stands.turn is Turn.PROVIDER else now + OPERATOR_HAS
        step = Step(movement.id, stands.state, now, stands.reason, stands.turn, stands.next_step, deadline)
        movements.advance_many([step], {movement.id: movement})
    _ask_again(order, answer, now, may_be_charged=True)


def _ask_again(order: Order, answer: ChargeAnswer, now: datetime, *, may_be_charged: bool) -> None:
    if answer.outcome is Outcome.MISCONFIGURED:
        extra = {"top_up": str(order.movement_id), "code": answer.code}
        _log.error("the acquirer turns our calls away: see docs/operate/cards.md", extra=extra)
    pause = min(FIRST_PAUSE * 2 ** min(order.tries - 1, 16), LONGEST_PAUSE)
    if answer.outcome is Outcome.SUCCEEDED:
        pause = BOOK_AGAIN
    models.TopUp.objects.filter(movement_id=order.movement_id).update(
        due_at=now + pause,
        is_called=False,
        # Without a name it is asked for under its key again, as long as that holds.
        charge_id="" if answer.code == NO_SUCH_CHARGE else answer.charge_id or order.charge_id,
        may_be_charged=order.may_be_charged or may_be_charged,
    )


class _NotNow(Exception):
    """The book refuses at the moment."""

    def __init__(self, outcome: Posted) -> None:
        super().__init__(outcome.name)
        self.outcome = outcome
