"""Hold the acquirer's own list of charges against our top-ups.

What it charged and we do not know of yet is asked about anew. What cannot be brought together is named, and nothing is
booked for it: that is for people to decide.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from datetime import datetime
from itertools import islice
from uuid import UUID

from django.db import connection

from okpay.base.errors import BrokenInvariant
from okpay.base.money import Money
from okpay.funding import models
from okpay.funding.actions.cards import token_of
from okpay.funding.actions.charge import wake_top_up
from okpay.funding.errors import CardRefused
from okpay.funding.providers.choice import acquirer
from okpay.funding.providers.protocol import Acquirer, AcquirerUnavailable, Charge, ChargeOrder, Outcome
from okpay.funding.records import Difference, Reconciled, Totals
from okpay.movements import queries as movements
from okpay.movements.records import Kind, Movement, State

AT_A_TIME = 500


def reconcile(
    *,
    since: datetime,
    now: datetime,
    by: Acquirer | None = None,
    progress: Callable[[int], None] = lambda seen: None,
) -> Reconciled:
    """Compare the charges that the acquirer lists since an instant with our top-ups, both ways.

    Takes as long as the list is. `progress` is told how many charges were seen. Without `by` it is the acquirer of this
    installation.

    Raises: CardRefused `acquirer_unavailable`. BrokenInvariant inside a transaction.
    """
    if connection.in_atomic_block:
        raise BrokenInvariant("a provider is never called inside a transaction")
    service = by or acquirer()
    if service is None:
        raise CardRefused("acquirer_unavailable")
    result = Reconciled(since)
    charged: Counter[UUID] = Counter()
    totals: dict[str, list[int]] = {}
    try:
        listed = service.charges(since=since)
        while page := list(islice(listed, AT_A_TIME)):
            result.charges += len(page)
            _compare(page, charged, totals, result, now)
            progress(result.charges)
        for row in _completed(since, now):
            totals.setdefault(row.currency, [0, 0])[1] += row.amount_minor + row.fee_minor
            if not charged[row.movement_id] and not _is_charged(service, row):
                what = f"top-up {row.movement_id} is completed, and the acquirer has no charge for it"
                result.differences.append(Difference("completed without a charge", what))
    except AcquirerUnavailable:
        raise CardRefused("acquirer_unavailable") from None
    result.totals = [Totals(currency, *both) for currency, both in sorted(totals.items())]
    return result


def _compare(
    page: list[Charge],
    charged: Counter[UUID],
    totals: dict[str, list[int]],
    result: Reconciled,
    now: datetime,
) -> None:
    # Read after the acquirer has told its page: what we know is never older than what it says.
    found = movements.movements([charge.order_id for charge in page if charge.order_id is not None])
    for charge in page:
        if charge.order_id is None:
            result.foreign += 1
            continue
        movement = found.get(charge.order_id)
        if charge.outcome is Outcome.SUCCEEDED:
            totals.setdefault(charge.amount.currency, [0, 0])[0] += charge.amount.minor
            charged[charge.order_id] += 1
        difference = _difference(charge, movement, charged[charge.order_id])
        if difference is not None:
            result.differences.append(difference)
        elif movement is not None and not movement.state.is_final:
            wake_top_up(movement_id=movement.id, charge_id=charge.charge_id, now=now)
            result.woken += 1


def _difference(charge: Charge, movement: Movement | None, times: int) -> Difference | None:
    """Return what a charge has that its top-up has not; None where they agree, or may still come to."""
    name = f"charge {charge.charge_id} over {charge.amount.minor} {charge.amount.currency}"
    succeeded = charge.outcome is Outcome.SUCCEEDED
    if movement is None or movement.kind is not Kind.TOP_UP:
        if not succeeded:
            return None
        return Difference("charge without a top-up", f"{name} is for {charge.order_id}, which is no top-up")
    if charge.amount != movement.total:
        what = f"{name} is for top-up {movement.id} over {movement.total.minor} {movement.currency}"
        return Difference("other amount", what)
    if succeeded and times > 1:
        return Difference("charged twice", f"{name} is charge number {times} for top-up {movement.id}")
    if succeeded and movement.state is State.DECLINED:
        return Difference("charged and declined", f"{name} succeeded, and top-up {movement.id} was declined")
    return None


def _completed(since: datetime, now: datetime) -> Iterator[models.TopUp]:
    """Yield our completed top-ups that were begun in the span that the acquirer listed."""
    rows = models.TopUp.objects.filter(created_at__gte=since, created_at__lt=now, due_at__isnull=True)
    after = UUID(int=0)
    while page := list(rows.filter(movement_id__gt=after).order_by("movement_id")[:AT_A_TIME]):
        after = page[-1].movement_id
        found = movements.movements([row.movement_id for row in page])
        for row in page:
            if found[row.movement_id].state is State.COMPLETED:
                yield row


def _is_charged(service: Acquirer, row: models.TopUp) -> bool:
    """Ask about a charge that the list did not have: the acquirer's clock may differ from ours."""
    if not row.charge_id:
        return False
    total = Money(row.amount_minor + row.fee_minor, row.currency)
    token = token_of(models.Card.objects.get(id=row.card_id))
    answer = service.ask(row.charge_id, ChargeOrder(row.movement_id, token, total, ""))
    if answer.outcome is Outcome.UNKNOWN and answer.code == "answer_lost":
        raise AcquirerUnavailable(answer.code)
    return answer.outcome is Outcome.SUCCEEDED
