"""The tables of telling people."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from okpay.notifications.records import Channel, State


class NoticeRow(models.Model):
    """A line of somebody's inbox: which notice, and its ids, codes and names."""

    id = models.UUIDField(primary_key=True)
    user_id = models.UUIDField()
    code = models.CharField(max_length=60)
    data = models.JSONField()
    created_at = models.DateTimeField()
    read_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "notifications_notice"
        indexes = [
            models.Index(fields=["user_id", "id"], name="notifications_notice_inbox"),
            models.Index(
                fields=["user_id", "id"],
                name="notifications_notice_unread",
                condition=Q(read_at__isnull=True),
            ),
        ]


class DeliveryRow(models.Model):
    """A mail or SMS: what is sent lies sealed until it has ended, whom to stays sealed for as long as the row."""

    id = models.UUIDField(primary_key=True)
    channel = models.CharField(max_length=8)
    user_id = models.UUIDField(null=True)
    template = models.CharField(max_length=60)
    language = models.CharField(max_length=16)
    recipient = models.BinaryField()
    data = models.BinaryField(null=True)
    state = models.CharField(max_length=16, default=State.QUEUED.value)
    attempts = models.IntegerField(default=0)
    turn = models.SmallIntegerField(db_default=0)
    """0 goes before 1, which is news that can wait."""
    next_at = models.DateTimeField()
    give_up_at = models.DateTimeField()
    created_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)
    error = models.CharField(max_length=60, default="")

    class Meta:
        db_table = "notifications_delivery"
        constraints = [
            models.CheckConstraint(
                name="notifications_delivery_channel",
                condition=Q(channel__in=[channel.value for channel in Channel]),
            ),
            models.CheckConstraint(
                name="notifications_delivery_open",
                condition=Q(
                    state__in=[state.value for state in State if not state.is_final],
                    finished_at__isnull=True,
                    data__isnull=False,
                )
                | Q(
                    state__in=[state.value for state in State if state.is_final],
                    finished_at__isnull=False,
                    data__isnull=True,
                ),
            ),
        ]
        indexes = [
            # The condition names no parameter, so that a prepared statement can use it.
            models.Index(
                fields=["channel", "turn", "next_at", "id"],
                name="notifications_delivery_due",
                condition=Q(finished_at__isnull=True),
            ),
            models.Index(
                fields=["finished_at"],
                name="notifications_delivery_old",
                condition=Q(finished_at__isnull=False),
            ),
        ]


class InvitationRow(models.Model):
    """An invitation that went to somebody who is not a user. Append-only; the key lets one alone go out about a thing.

    The address is a keyed hash: it is counted by, and nobody reads it out of here.
    """

    about_id = models.UUIDField(primary_key=True)
    address_hash = models.CharField(max_length=64)
    at = models.DateTimeField()

    class Meta:
        db_table = "notifications_invitation"
        indexes = [
            models.Index(fields=["address_hash", "at"], name="notifications_invitation_count"),
            models.Index(fields=["at"], name="notifications_invitation_old"),
        ]
