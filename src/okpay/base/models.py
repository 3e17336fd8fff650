"""The tables of the ground floor; hot paths write them by named SQL. The test clock's is in sql/clock.sql."""

from __future__ import annotations

from django.db import models


class IdempotencyKey(models.Model):
    """A key that a principal has used, and what for."""

    pk = models.CompositePrimaryKey("principal", "key")
    principal = models.UUIDField()
    key = models.CharField(max_length=255)
    operation = models.CharField(max_length=80)
    body_hash = models.BinaryField(max_length=32)
    claimed_at = models.DateTimeField()
    promised = models.UUIDField(null=True)
    """What the answer names where it has no row of its own."""

    class Meta:
        db_table = "base_idempotency_key"
        constraints = [
            models.CheckConstraint(name="base_idempotency_key_not_empty", condition=~models.Q(key="")),
        ]


class IdempotencyAnswer(models.Model):
    """The first answer under a key, where it is not what the key promised; after posting rows are only inserted."""

    pk = models.CompositePrimaryKey("principal", "key")
    principal = models.UUIDField()
    key = models.CharField(max_length=255)
    answer = models.TextField()

    class Meta:
        db_table = "base_idempotency_answer"


class OutboxEvent(models.Model):
    """A fact, written with what made it true; handed on once `distributed_at` is set."""

    id = models.UUIDField(primary_key=True)
    type = models.CharField(max_length=80)
    version = models.SmallIntegerField()
    occurred_at = models.DateTimeField()
    subject = models.UUIDField()
    data = models.JSONField()
    distributed_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "base_outbox_event"
        constraints = [
            models.CheckConstraint(name="base_outbox_event_version", condition=models.Q(version__gte=1)),
        ]
        indexes = [
            models.Index(
                fields=["id"],
                name="base_outbox_event_waiting",
                condition=models.Q(distributed_at__isnull=True),
            ),
        ]


class OutboxDelivery(models.Model):
    """One event that one listener has still to act on; gone when it has."""

    pk = models.CompositePrimaryKey("listener", "event_id")
    listener = models.CharField(max_length=80)
    event_id = models.UUIDField()
    failures = models.IntegerField(default=0)
    last_error = models.CharField(max_length=200, default="")
    due_at = models.DateTimeField()

    class Meta:
        db_table = "base_outbox_delivery"
        indexes = [
            models.Index(fields=["listener", "due_at"], name="base_outbox_delivery_due"),
        ]


class AuditRow(models.Model):
    """Who did what to what, when and why. The running program can neither change nor delete it."""

    id = models.UUIDField(primary_key=True)
    actor = models.CharField(max_length=120)
    action = models.CharField(max_length=80)
    subject = models.CharField(max_length=120)
    happened_at = models.DateTimeField()
    reason = models.TextField(default="")
    data = models.JSONField(default=dict)

    class Meta:
        db_table = "base_audit"
        constraints = [
            models.CheckConstraint(
                name="base_audit_names_all",
                condition=~models.Q(actor="") & ~models.Q(action="") & ~models.Q(subject=""),
            ),
        ]
        indexes = [
            models.Index(fields=["subject", "id"], name="base_audit_by_subject"),
        ]
