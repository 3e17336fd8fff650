"""A record for the pages to show: every state, long names and notes, no amount and the largest."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from typing import Any
from uuid import UUID

from okpay.base import clock
from okpay.base.ids import new_uuid7
from okpay.base.money import LARGEST_MINOR, Money
from okpay.customers import queries as customers
from okpay.movements.records import NextStep, Reason, State, Turn
from tests.factories.movements import advance, top_up, transfer
from tests.factories.people import open_person, session_of

LONG_NAME = "Wilhelmina Featherstonehaugh-Cholmondeley of Nether Wallop"
ROWS = 40
"""More than one page of them."""


@dataclass(frozen=True)
class SampleRecord:
    """Whose record it is, and movements to look at."""

    session: str
    movements: tuple[UUID, ...]


@cache
def sample_record() -> SampleRecord:
    """Write the sample once in a process."""
    person: Any = open_person(legal_name=LONG_NAME)
    session = session_of(person)
    customer = customers.customer_of_user(person.pk)
    assert customer is not None
    me, now = customer.id, clock.now()
    unknown = top_up(me, state=State.PROCESSING, amount=Money(20_000, "USD"), at=now - timedelta(minutes=3))
    unknown = advance(
        unknown,
        State.UNKNOWN,
        reason=Reason.ANSWER_LOST,
        turn=Turn.PROVIDER,
        next_step=NextStep.ANSWER_IS_FOUND,
    )
    declined = top_up(me, state=State.PROCESSING, at=now - timedelta(hours=5))
    declined = advance(declined, State.DECLINED, reason=Reason.CARD_INSUFFICIENT_FUNDS)
    cancelled = transfer(
        payer=me, waits=Reason.ADDRESS_NOT_PROVEN, note="Sorry, wrong one", at=now - timedelta(days=1)
    )
    cancelled = advance(cancelled, State.CANCELLED)
    shown = [
        transfer(payer=me, waits=Reason.ADDRESS_NOT_REGISTERED, fee=Money(25, "USD"), note="Dinner", at=now),
        unknown,
        transfer(
            payer=new_uuid7(), payee=me, by="王小明", note="十二月房租，谢谢！", amount=Money(88_800, "USD")
        ),
        declined,
        cancelled,
        transfer(
            payer=me,
            to="W" * 120,
            note="n" * 140,
            amount=Money(LARGEST_MINOR - 1, "USD"),
            fee=Money(1, "USD"),
            at=now - timedelta(days=1, hours=2),
        ),
        top_up(me, at=now - timedelta(days=3)),
    ]
    for number in range(ROWS):
        transfer(payer=me, to=f"Shop {number}", at=now - timedelta(days=10, hours=number))
    return SampleRecord(session, tuple(movement.id for movement in shown))
