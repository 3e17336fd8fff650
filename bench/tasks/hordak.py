"""A simple transaction of two legs in django-hordak, by the shortcut its documentation shows.

It keeps no balance and checks no funds; it sums up the legs when a balance is asked for.
Source: django-hordak's documentation, "Account.transfer_to()".
"""

from __future__ import annotations

import random

from hordak.models import Account
from moneyed import Money

from bench.book import ACCOUNTS

_LOADED = min(5_000, ACCOUNTS)


class Hordak:
    """Transfers between random accounts that are in memory already, one transaction each."""

    def __init__(self, random_numbers: random.Random) -> None:
        self._random, self.retries = random_numbers, 0
        self._accounts: list[Account] = []

    def prepare(self, seconds: float, rate: float) -> None:
        """Load some accounts: looking them up is not what is measured."""
        if not self._accounts:
            chosen = self._random.sample(range(1, ACCOUNTS + 1), _LOADED)
            self._accounts = list(Account.objects.filter(id__in=chosen))
            assert len(self._accounts) == _LOADED

    def call(self) -> int:
        """Make one transfer."""
        payer, payee = self._random.sample(self._accounts, 2)
        payer.transfer_to(payee, Money(self._random.randint(1, 1000), "USD"))
        return 1


def make(arguments: list[str], random_numbers: random.Random) -> Hordak:
    """Return the task; it takes no arguments."""
    return Hordak(random_numbers)
