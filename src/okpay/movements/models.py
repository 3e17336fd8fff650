"""The tables of movements. Only this room's actions write them; amounts are in minor units.

They are written on the hot path: one unique key each and no foreign keys.
"""

from django.db import models
from django.db.models import Q

from okpay.base.fields import CurrencyField


class Movement(models.Model):
    """A movement as it stands now. What it was before stands in its events."""

    id = models.UUIDField(primary_key=True)
    amount_minor = models.BigIntegerField()
    fee_minor = models.BigIntegerField()
    created_at = models.DateTimeField()
    changed_at = models.DateTimeField()
    deadline_at = models.DateTimeField(null=True)
    payer_id = models.UUIDField(null=True)
    payee_id = models.UUIDField(null=True)
    payee_key = models.UUIDField()
    kind = models.SmallIntegerField()
    state = models.SmallIntegerField()
    events = models.SmallIntegerField()
    currency = CurrencyField()
    reason = models.CharField(max_length=40)
    turn = models.CharField(max_length=10)
    next_step = models.CharField(max_length=40)
    note = models.CharField(max_length=140)

    class Meta:
        db_table = "movements_movement"
        constraints = [
            models.CheckConstraint(
                name="movements_movement_pending_says_when",
                condition=Q(state__gte=10) | Q(deadline_at__isnull=False),
            ),
        ]
        indexes = [
            # What the payer sent to whom lately: the warning of a duplicate, and whether somebody is paid for the
            # first time.
            models.Index(
                name="movements_movement_to_payee",
                fields=["payer_id", "payee_key", "created_at"],
                condition=Q(payer_id__isnull=False),
            ),
            models.Index(
                name="movements_movement_on_its_way",
                fields=["payee_id"],
                condition=Q(state__lt=10) & Q(payee_id__isnull=False),
            ),
            models.Index(name="movements_movement_open", fields=["deadline_at"], condition=Q(state__lt=10)),
        ]


class Event(models.Model):
    """A state that a movement came into. Append-only; the key lets one writer alone take the next place.

    A movement that ended when it was opened has none: it says itself which state it came into, and when.
    """

    pk = models.CompositePrimaryKey("movement_id", "sequence")
    movement_id = models.UUIDField()
    sequence = models.SmallIntegerField()
    at = models.DateTimeField()
    state = models.SmallIntegerField()
    reason = models.CharField(max_length=40)
    turn = models.CharField(max_length=10)

    class Meta:
        db_table = "movements_event"


class Line(models.Model):
    """A movement in the record of one customer. Append-only; the key is the order of the record."""

    pk = models.CompositePrimaryKey("customer_id", "at", "movement_id")
    customer_id = models.UUIDField()
    at = models.DateTimeField()
    movement_id = models.UUIDField()
    amount_minor = models.BigIntegerField()
    kind = models.SmallIntegerField()
    sign = models.SmallIntegerField()
    currency = CurrencyField()
    counterparty = models.CharField(max_length=254)
    search = models.TextField()

    class Meta:
        db_table = "movements_line"


class FeedEvent(models.Model):
    """A state that a movement came into, as one of its parties is told of it. Append-only; written by a listener."""

    pk = models.CompositePrimaryKey("customer_id", "at", "event_id")
    customer_id = models.UUIDField()
    at = models.DateTimeField()
    event_id = models.UUIDField()
    """The id of the fact in the outbox: each is told once."""
    movement_id = models.UUIDField()
    state = models.SmallIntegerField()
    reason = models.CharField(max_length=40)

    class Meta:
        db_table = "movements_feed"
