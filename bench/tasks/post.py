"""Post lists of transfers as the program does: `post_many` in a transaction, with a limit counted for every payer."""

from __future__ import annotations

import random

from django.db import OperationalError, transaction

from bench.book import ACCOUNTS, HOT_ACCOUNT
from bench.tasks import calls_needed
from okpay.base.ids import new_uuid7
from okpay.base.retrying import is_retriable
from okpay.ledger.actions import post_many
from okpay.ledger.records import Count, Item, Leg, Outcome, Post

_TRANSFERS_AT_FIRST = 15_000
_CALLS_AT_FIRST = 1_500
"""A second and worker, while nothing better is known."""


class Posting:
    """Post lists of items that were made before; each list is one call and one transaction."""

    def __init__(self, batch: int, random_numbers: random.Random) -> None:
        self.batch, self.random, self.retries = batch, random_numbers, 0
        self._lists: list[list[Item]] = []

    def prepare(self, seconds: float, rate: float) -> None:
        """Make the lists of the next round; their ids come from the clock, as in the program."""
        guess = min(_CALLS_AT_FIRST, _TRANSFERS_AT_FIRST / self.batch)
        self._lists = [self.make_list() for _ in range(calls_needed(seconds, rate, guess))]
        self._lists.reverse()

    def make_list(self) -> list[Item]:
        """Return the items of one call."""
        raise NotImplementedError

    def call(self) -> int | None:
        """Post one list, as often as it takes, and return the number of its transfers."""
        if not self._lists:
            return None
        items = self._lists.pop()
        self.post(items)
        return len(items)

    def post(self, items: list[Item]) -> None:
        """Post items in a transaction of their own; every one must be posted."""
        while True:
            try:
                with transaction.atomic(durable=True):
                    results = post_many(items)
            except OperationalError as error:
                if not is_retriable(error):
                    raise
                self.retries += 1
            else:
                assert all(result.outcome == Outcome.POSTED for result in results), results
                return


class Transfers(Posting):
    """Transfers from random wallets, to random wallets or all to one."""

    def __init__(self, batch: int, hot: bool, random_numbers: random.Random) -> None:
        super().__init__(batch, random_numbers)
        self._hot = hot

    def make_list(self) -> list[Item]:
        """Return as many transfers as a batch has."""
        return [self._transfer() for _ in range(self.batch)]

    def _transfer(self) -> Post:
        payer, amount = self.random.randint(1, ACCOUNTS), self.random.randint(1, 1000)
        payee = HOT_ACCOUNT if self._hot else another_wallet(payer, self.random)
        return Post(new_uuid7(), "transfer", (Leg(payer, payee, amount),), (Count(payer, amount),))


def another_wallet(payer: int, random_numbers: random.Random) -> int:
    """Return a wallet that is not the payer's, all others being equally likely."""
    other = random_numbers.randint(1, ACCOUNTS - 1)
    return other + 1 if other >= payer else other


def make(arguments: list[str], random_numbers: random.Random) -> Transfers:
    """Return the task for `[batch, uniform|hot]`."""
    batch, pattern = arguments
    return Transfers(int(batch), pattern == "hot", random_numbers)
