"""Charge cards: take what is due, call the acquirer outside of any transaction, have the answer recorded.

Between the call and the record the program may be killed: then the lease runs out, and the same call is made again
under the same key, which is the same charge at the acquirer's.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from uuid import UUID

from django.db import InterfaceError, OperationalError, connection, transaction

from okpay.base import clock as base_clock
from okpay.base.database import execute_prepared
from okpay.base.encryption import load_key_ring
from okpay.base.errors import BrokenInvariant
from okpay.base.money import Money
from okpay.base.retrying import TRIES, is_retriable, pause_before, renew_connection
from okpay.funding import models
from okpay.funding.actions.answer import record_answer
from okpay.funding.actions.cards import token_of
from okpay.funding.providers.choice import acquirer
from okpay.funding.providers.protocol import Acquirer, ChargeAnswer, ChargeOrder, Outcome
from okpay.funding.records import Order
from okpay.ledger import queries as book
from okpay.movements.records import Reason

_log = logging.getLogger(__name__)

LEASE = timedelta(seconds=60)
"""After this a call is taken to be lost with the process that made it; longer than any call takes."""
KEY_HOLDS = timedelta(hours=23)
"""How long the acquirer knows a key again. Asked later, the same order could become a second charge."""

# A call that is under way when its lease is over was lost, and may have got there. What was never sent waits while
# the book takes no postings.
_TAKE = """
UPDATE funding_top_up t
   SET due_at = %(lease)s, tries = t.tries + 1, is_called = true, may_be_charged = t.may_be_charged OR t.is_called,
       first_called_at = CASE WHEN t.may_be_charged OR t.is_called THEN t.first_called_at ELSE %(now)s END
 WHERE t.movement_id = (SELECT movement_id FROM funding_top_up
                         WHERE due_at <= %(now)s
                           AND (charge_id <> '' OR may_be_charged OR is_called OR NOT %(holds_only)s)
                         ORDER BY due_at LIMIT 1 FOR UPDATE SKIP LOCKED)
RETURNING t.movement_id
"""


def charge_once(by: Acquirer | None, *, clock: Callable[[], datetime] = base_clock.now) -> int:
    """Take one top-up that is due, ask the acquirer, and record the answer; return how many were taken: 0 or 1.

    Commits by itself, twice, and reads the clock, since it is the whole of a background round and time passes within
    it. Any number of these may run at once.

    Raises: BrokenInvariant inside a transaction; EncryptionError when there is no key ring.
    """
    if connection.in_atomic_block:
        raise BrokenInvariant("a provider is never called inside a transaction")
    if by is None:
        return 0
    # Before anything is taken: without its keys an installation must not look as if it had called.
    load_key_ring()
    order = _take(clock())
    if order is None:
        return 0
    answer = _ask(by, order, clock())
    _record(order, answer, clock())
    return 1


def charge_due() -> int:
    """Do a round of `charge_once` with this installation's acquirer; without one nothing is charged."""
    return charge_once(acquirer())


def wake_top_up(*, movement_id: UUID, now: datetime, charge_id: str = "") -> bool:
    """Have the acquirer asked about a top-up now; tell whether there is such a top-up, ended or not.

    Not while a call is under way: its answer says all. `charge_id` is what the acquirer calls the charge, where it told
    us by itself, for an answer that was lost left us without. What it says of the charge counts, not that it told us.
    """
    known = models.TopUp.objects.filter(movement_id=movement_id)
    idle = known.filter(due_at__isnull=False, is_called=False)
    if charge_id:
        idle.filter(charge_id="", may_be_charged=True).update(charge_id=charge_id)
    idle.update(due_at=now)
    return known.exists()


def _take(now: datetime) -> Order | None:
    with transaction.atomic():
        values = {"now": now, "lease": now + LEASE, "holds_only": book.holds_only()}
        taken = execute_prepared(_TAKE, values).fetchone()
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
        card_is_removed=card.removed_at is not None,
        created_at=row.created_at,
    )


def _ask(by: Acquirer, order: Order, now: datetime) -> ChargeAnswer:
    try:
        return _answer(by, order, now)
    except Exception as error:
        # A fault of ours in the middle of a call: nobody knows, and the other top-ups go on.
        _log.error("the acquirer's module failed", exc_info=error)
        return ChargeAnswer(Outcome.UNKNOWN, code="provider_failed")


def _answer(by: Acquirer, order: Order, now: datetime) -> ChargeAnswer:
    wanted = ChargeOrder(order.movement_id, order.token, order.total, f"Top-up {order.movement_id}")
    if order.charge_id:
        return by.ask(order.charge_id, wanted)
    if not order.may_be_charged:
        # No call has got there so far, so it can still end without one.
        if order.card_is_removed:
            return ChargeAnswer(Outcome.DECLINED, code=Reason.CARD_REMOVED)
        if now >= order.known_by:
            return ChargeAnswer(Outcome.DECLINED, code=Reason.CARD_ERROR)
    elif order.first_called_at is None or now - order.first_called_at > KEY_HOLDS:
        return ChargeAnswer(Outcome.UNKNOWN, code="key_lapsed")
    return by.charge(wanted)


def _record(order: Order, answer: ChargeAnswer, now: datetime) -> None:
    for attempt in range(1, TRIES + 1):
        try:
            with transaction.atomic():
                record_answer(order, answer, now=now)
        except (OperationalError, InterfaceError) as error:
            # Given up, it is asked for again when the lease is over.
            if attempt == TRIES or not is_retriable(error):
                raise
            pause_before(attempt)
            renew_connection()
        else:
            return
