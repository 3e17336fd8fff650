"""Accounts with a balance, transfers, and two entries for each."""

from __future__ import annotations

import uuid
from typing import ClassVar

from django.db import models


class Account(models.Model):
    """An account and its balance in minor units."""

    objects: ClassVar[models.Manager[Account]] = models.Manager()
    id = models.BigIntegerField(primary_key=True)
    currency = models.CharField(max_length=3)
    balance_minor = models.BigIntegerField()


class Transfer(models.Model):
    """A transfer; its id is what makes it idempotent."""

    objects: ClassVar[models.Manager[Transfer]] = models.Manager()
    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    created_at = models.DateTimeField(auto_now_add=True)
    payer = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="sent")
    payee = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="received")
    amount_minor = models.BigIntegerField()


class Entry(models.Model):
    """One side of a transfer, with the balance after it."""

    objects: ClassVar[models.Manager[Entry]] = models.Manager()
    transfer = models.ForeignKey(Transfer, on_delete=models.PROTECT)
    account = models.ForeignKey(Account, on_delete=models.PROTECT)
    amount_minor = models.BigIntegerField()
    balance_minor = models.BigIntegerField()
