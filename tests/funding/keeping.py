"""An acquirer that keeps charges by their key, as a real one does, and answers as a test tells it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID, uuid4

from okpay.funding.providers.protocol import (
    NO_SUCH_CHARGE,
    AcquirerUnavailable,
    Charge,
    ChargeAnswer,
    ChargeOrder,
    FoundCard,
    OpenPage,
    Outcome,
    PageOrder,
)


@dataclass
class Keeping:
    """The outside world of a test.

    `behave` decides about each call: what it returns is the answer, what it raises goes to the caller. Where it says
    UNKNOWN, the charge was made before its answer was lost.
    """

    behave: Callable[[ChargeOrder], Outcome] = lambda order: Outcome.SUCCEEDED
    made: dict[UUID, tuple[str, Outcome, ChargeOrder]] = field(default_factory=dict)
    calls: list[UUID] = field(default_factory=list)

    def charge(self, order: ChargeOrder) -> ChargeAnswer:
        """Charge once for each order, and answer."""
        self.calls.append(order.id)
        wanted = self.behave(order)
        if wanted in (Outcome.NOT_SENT, Outcome.MISCONFIGURED, Outcome.HOPELESS):
            return ChargeAnswer(wanted, code="card_removed" if wanted is Outcome.HOPELESS else "unreachable")
        charge_id, outcome, _ = self.made.setdefault(
            order.id,
            (f"pi_{uuid4().hex}", Outcome.SUCCEEDED if wanted is Outcome.UNKNOWN else wanted, order),
        )
        if wanted is Outcome.UNKNOWN:
            return ChargeAnswer(Outcome.UNKNOWN, code="answer_lost")
        return ChargeAnswer(outcome, charge_id, "card_declined" if outcome is Outcome.DECLINED else "")

    def ask(self, charge_id: str, order: ChargeOrder) -> ChargeAnswer:
        """Tell what became of a charge."""
        self.calls.append(order.id)
        wanted = self.behave(order)
        for known, outcome, made_for in self.made.values():
            if known == charge_id and made_for.id == order.id:
                if wanted is Outcome.SUCCEEDED and outcome is Outcome.PROCESSING:
                    outcome = Outcome.SUCCEEDED
                return ChargeAnswer(outcome, charge_id)
        return ChargeAnswer(Outcome.UNKNOWN, code=NO_SUCH_CHARGE)

    def charges(self, *, since: datetime) -> Iterator[Charge]:
        """Yield what was charged."""
        for charge_id, outcome, order in self.made.values():
            yield Charge(charge_id, order.id, outcome, order.amount)

    def open_page(self, order: PageOrder) -> OpenPage:
        """Have no pages."""
        raise AcquirerUnavailable("unreachable")

    def read_card(self, session_id: str) -> FoundCard | None:
        """Have no pages."""
        raise AcquirerUnavailable("unreachable")

    def forget_card(self, token: str) -> None:
        """Forget nothing."""
