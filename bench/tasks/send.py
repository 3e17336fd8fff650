"""Send lists of transfers by the list function that every door uses: keys, rules, posting, movements, events."""

from __future__ import annotations

import random
from datetime import UTC, datetime
from uuid import UUID, uuid4

from django.db import OperationalError, transaction

from bench.people import PEOPLE, email
from bench.tasks import calls_needed
from okpay.base.money import Money
from okpay.base.retrying import is_retriable
from okpay.customers import models as customers
from okpay.identity import models as identity
from okpay.identity.records import AddressKind
from okpay.movements.records import Accepted
from okpay.transfers import actions
from okpay.transfers.records import Recipient, SendCommand

_CALLS_AT_FIRST = 60
"""A second and worker, while nothing better is known."""


class Sending:
    """Lists of transfers between random people, or from random people all to the first."""

    def __init__(self, batch: int, hot: bool, random_numbers: random.Random) -> None:
        self.batch, self.hot, self.random, self.retries = batch, hot, random_numbers, 0
        self._people: list[tuple[UUID, UUID]] = []
        self._lists: list[list[SendCommand]] = []

    def prepare(self, seconds: float, rate: float) -> None:
        """Read who there is, and make the commands of the next round."""
        if not self._people:
            users = dict(identity.User.objects.values_list("email", "id"))
            owners = dict(customers.Customer.objects.values_list("user_id", "id"))
            self._people = [(owners[users[email(number)]], users[email(number)]) for number in range(PEOPLE)]
        self._lists = [
            [self._command() for _ in range(self.batch)]
            for _ in range(calls_needed(seconds, rate, _CALLS_AT_FIRST))
        ]

    def call(self) -> int | None:
        """Send one list, as often as it takes, and return the number of its transfers."""
        if not self._lists:
            return None
        commands = self._lists.pop()
        while True:
            try:
                with transaction.atomic(durable=True):
                    answers = actions.send_many(commands)
            except OperationalError as error:
                if not is_retriable(error):
                    raise
                self.retries += 1
            else:
                assert all(isinstance(answer, Accepted) for answer in answers), answers
                return len(commands)

    def _command(self) -> SendCommand:
        payer, payee = self.random.sample(range(1, PEOPLE), 2)
        customer_id, user_id = self._people[payer]
        amount = Money(self.random.randint(1, 9), "USD")
        return SendCommand(
            customer_id=customer_id,
            user_id=user_id,
            principal=customer_id,
            key=str(uuid4()),
            recipient=Recipient(AddressKind.EMAIL, email(0 if self.hot else payee)),
            amount=amount,
            fee=None,
            note="Lunch",
            delay_hours=0,
            confirmation_id=None,
            now=datetime.now(UTC),
        )


def make(arguments: list[str], random_numbers: random.Random) -> Sending:
    """Return the task for `[batch, uniform|hot]`."""
    batch, pattern = arguments
    return Sending(int(batch), pattern == "hot", random_numbers)
