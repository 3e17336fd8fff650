"""Cards, top-ups from them, and an acquirer that says what a test tells it to."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from okpay.base import clock
from okpay.base.ids import new_uuid7
from okpay.base.money import Money
from okpay.funding import actions
from okpay.funding.providers.protocol import (
    Charge,
    ChargeAnswer,
    ChargeOrder,
    FoundCard,
    OpenPage,
    Outcome,
    PageOrder,
)
from okpay.funding.records import Card, TopUpCommand
from okpay.movements.records import Accepted, CommandAnswer, Movement
from okpay.pricing import queries as pricing
from okpay.pricing.records import FeeKind
from tests.factories.transfers import Holder, movement_of

LATE = date(2099, 12, 31)
Script = Callable[[ChargeOrder], ChargeAnswer]


def succeed(order: ChargeOrder) -> ChargeAnswer:
    """Charge it."""
    return ChargeAnswer(Outcome.SUCCEEDED, charge_id_of(order.id))


def lose(order: ChargeOrder) -> ChargeAnswer:
    """Have the answer lost."""
    return ChargeAnswer(Outcome.UNKNOWN, code="answer_lost")


def unreachable(order: ChargeOrder) -> ChargeAnswer:
    """Not be there."""
    return ChargeAnswer(Outcome.NOT_SENT, code="unreachable")


def process(order: ChargeOrder) -> ChargeAnswer:
    """Need time."""
    return ChargeAnswer(Outcome.PROCESSING, charge_id_of(order.id))


def decline(code: str = "card_declined") -> Script:
    """Return a script that declines."""
    return lambda order: ChargeAnswer(Outcome.DECLINED, charge_id_of(order.id), code)


def charge_id_of(order_id: UUID) -> str:
    """Return the id that the acquirer gives the charge for an order."""
    return f"pi_{order_id.hex}"


class ScriptedAcquirer:
    """An acquirer that answers call after call as it is told; the last script goes on for ever."""

    def __init__(self, *scripts: Script) -> None:
        self._scripts = list(scripts or [succeed])
        self._lock = threading.Lock()
        self.charged: list[ChargeOrder] = []
        self.asked: list[str] = []
        self.listed: list[Charge] = []

    def open_page(self, order: PageOrder) -> OpenPage:
        """Open a page."""
        return OpenPage(f"cs_{order.id.hex}", "http://acquirer.example/page")

    def read_card(self, session_id: str) -> FoundCard | None:
        """Return no card."""
        return None

    def forget_card(self, token: str) -> None:
        """Do nothing."""

    def charge(self, order: ChargeOrder) -> ChargeAnswer:
        """Charge as the next script says."""
        with self._lock:
            self.charged.append(order)
            script = self._next()
        return script(order)

    def ask(self, charge_id: str, order: ChargeOrder) -> ChargeAnswer:
        """Answer as the next script says."""
        with self._lock:
            self.asked.append(charge_id)
            script = self._next()
        return script(order)

    def charges(self, *, since: datetime) -> Iterator[Charge]:
        """Yield what the test has listed."""
        yield from self.listed

    def _next(self) -> Script:
        return self._scripts.pop(0) if len(self._scripts) > 1 else self._scripts[0]


def new_card(holder: Holder, *, token: str = "", expires_on: date = LATE, last4: str = "4242") -> Card:
    """Add a card by way of a page."""
    now = clock.now()
    mark = token or f"pm_{new_uuid7().hex}"
    found = FoundCard(mark, "visa", last4, expires_on, f"fp_{mark}")
    with transaction.atomic():
        page_id = actions.open_page(customer_id=holder.customer.id, now=now)
    actions.note_page(page_id=page_id, session_id="cs_1")
    with transaction.atomic():
        return actions.add_card(customer_id=holder.customer.id, page_id=page_id, found=found, now=now)


def top_up_command(holder: Holder, card: Card, minor: int, **changes: Any) -> TopUpCommand:
    """Return a command as a page would hand it in."""
    amount = Money(minor, holder.wallet.currency)
    customer = holder.customer
    fee = pricing.quote(
        kind=FeeKind.CARD_TOP_UP, country=customer.country, level=customer.level, amount=amount
    ).fee
    values: dict[str, Any] = {
        "customer_id": customer.id,
        "principal": customer.id,
        "key": str(new_uuid7()),
        "card_id": card.id,
        "amount": amount,
        "fee": fee,
        "now": clock.now(),
    }
    return TopUpCommand(**{**values, **changes})


def start(*commands: TopUpCommand) -> list[CommandAnswer]:
    """Begin top-ups in one transaction."""
    with transaction.atomic():
        return actions.start_top_ups(list(commands))


def started(holder: Holder, card: Card, minor: int, **changes: Any) -> Movement:
    """Begin one, and return its movement."""
    (answer,) = start(top_up_command(holder, card, minor, **changes))
    assert isinstance(answer, Accepted), answer
    return movement_of(answer.movement_id)


def charge(acquirer: ScriptedAcquirer, now: datetime | None = None) -> int:
    """Charge until nothing is due; return how often the acquirer was asked."""
    count = 0
    while actions.charge_once(acquirer, clock=(lambda: now) if now else clock.now):
        count += 1
    return count
