"""A transfer as one writes it with the ORM: lock both accounts, check, update, insert a transfer and two entries."""

from __future__ import annotations

import random
import uuid

from django.db import transaction

from bench.book import ACCOUNTS
from bench.peers.plain.models import Account, Entry, Transfer


class InsufficientFunds(Exception):
    """The payer has not got the money."""


def transfer(transfer_id: uuid.UUID, payer_id: int, payee_id: int, amount_minor: int) -> Transfer:
    """Move an amount in minor units from one account to another."""
    with transaction.atomic():
        locked = Account.objects.select_for_update().filter(id__in=(payer_id, payee_id)).order_by("id")
        accounts = {account.id: account for account in locked}
        payer, payee = accounts[payer_id], accounts[payee_id]
        if payer.balance_minor < amount_minor:
            raise InsufficientFunds
        payer.balance_minor -= amount_minor
        payee.balance_minor += amount_minor
        payer.save(update_fields=["balance_minor"])
        payee.save(update_fields=["balance_minor"])
        made = Transfer.objects.create(id=transfer_id, payer=payer, payee=payee, amount_minor=amount_minor)
        Entry.objects.bulk_create(
            [
                Entry(
                    transfer=made,
                    account=payer,
                    amount_minor=-amount_minor,
                    balance_minor=payer.balance_minor,
                ),
                Entry(
                    transfer=made, account=payee, amount_minor=amount_minor, balance_minor=payee.balance_minor
                ),
            ]
        )
        return made


class Orm:
    """Transfers between random accounts."""

    def __init__(self, random_numbers: random.Random) -> None:
        self._random, self.retries = random_numbers, 0

    def prepare(self, seconds: float, rate: float) -> None:
        """Prepare nothing: a call costs little more than the database."""

    def call(self) -> int:
        """Make one transfer."""
        payer, payee = self._random.sample(range(1, ACCOUNTS + 1), 2)
        transfer(uuid.uuid4(), payer, payee, self._random.randint(1, 1000))
        return 1


def make(arguments: list[str], random_numbers: random.Random) -> Orm:
    """Return the task; it takes no arguments."""
    return Orm(random_numbers)
