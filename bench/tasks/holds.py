"""Reserve a list of amounts, then capture them all: two calls for as many transfers as a list is long."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta

from bench.book import ACCOUNTS
from bench.tasks.post import Posting, another_wallet
from okpay.base.ids import new_uuid7
from okpay.ledger.records import Capture, Count, Item, Leg, Reserve


class Holds(Posting):
    """Pairs of a reservation and its capture. A transfer counts when it is captured."""

    def make_list(self) -> list[Item]:
        """Return reservations, followed by their captures."""
        deadline = datetime.now(UTC) + timedelta(days=7)
        pairs = [self._pair(deadline) for _ in range(self.batch)]
        return [*(reserve for reserve, _ in pairs), *(capture for _, capture in pairs)]

    def call(self) -> int | None:
        """Post one list of reservations and then its captures, and return the number of captures."""
        if not self._lists:
            return None
        items = self._lists.pop()
        self.post(items[: self.batch])
        self.post(items[self.batch :])
        return self.batch

    def _pair(self, deadline: datetime) -> tuple[Reserve, Capture]:
        payer, amount = self.random.randint(1, ACCOUNTS), self.random.randint(1, 1000)
        reserve = Reserve(new_uuid7(), "payment", payer, amount, deadline, (Count(payer, amount),))
        legs = (Leg(payer, another_wallet(payer, self.random), amount),)
        return reserve, Capture(new_uuid7(), "payment", reserve.id, legs)


def make(arguments: list[str], random_numbers: random.Random) -> Holds:
    """Return the task for `[batch]`."""
    return Holds(int(arguments[0]), random_numbers)
