"""Whether book, movement, line and intent say the same about a top-up."""

from __future__ import annotations

from uuid import uuid5

from okpay.funding import models
from okpay.funding.actions.start import hold_id
from okpay.ledger import queries as book
from okpay.ledger.records import HoldStatus
from okpay.movements import queries as movements
from okpay.movements.records import Movement, State
from tests.factories.transfers import Holder, movement_of


def check_books(holder: Holder, before: Movement) -> Movement:
    """Make sure that all agree about a top-up, whatever its state, and return its movement as it is now."""
    movement = movement_of(before.id)
    hold, row = book.hold(hold_id(movement.id)), models.TopUp.objects.get(movement_id=movement.id)
    assert hold is not None
    capture = book.entry(uuid5(movement.id, "capture"))
    void = book.entry(uuid5(movement.id, "void"))
    assert (row.due_at is None) is movement.state.is_final
    assert (row.amount_minor, row.fee_minor) == (movement.amount_minor, movement.fee_minor)
    assert hold.amount_minor == movement.total.minor
    if movement.state is State.COMPLETED:
        assert hold.status is HoldStatus.CAPTURED
        assert void is None
        assert capture is not None
        (whole, arrived, *fees) = capture.legs
        assert whole.amount_minor == movement.total.minor
        assert (arrived.credit_account_id, arrived.amount_minor) == (
            holder.wallet.maturing_account_id,
            movement.amount_minor,
        )
        assert sum(leg.amount_minor for leg in fees) == movement.fee_minor
    elif movement.state is State.DECLINED:
        assert hold.status is HoldStatus.RELEASED
        assert capture is None
        assert void is not None
    else:
        assert hold.status is HoldStatus.OPEN
        assert capture is void is None
    (line,) = [
        entry.line for entry in movements.record(holder.customer.id) if entry.movement.id == movement.id
    ]
    assert (line.sign, line.amount_minor) == (1, movement.amount_minor)
    events = movements.timeline(movement.id)
    assert [event.sequence for event in events] == list(range(1, movement.events + 1))
    assert events[-1].state is movement.state
    authorised = book.account_by_code(f"acquirer.authorised:{movement.currency}")
    assert authorised is not None
    assert authorised.balance_minor == 0
    return movement
