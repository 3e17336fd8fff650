"""The tables of funding. No column can hold the number or the security code of a card."""

from django.db import models
from django.db.models import Q

from okpay.base.fields import CurrencyField


class Card(models.Model):
    """A card that a customer has added. Kept when it is removed, since top-ups name it."""

    id = models.UUIDField(primary_key=True)
    customer_id = models.UUIDField()
    token = models.BinaryField()
    """The acquirer's name for the card, sealed."""
    brand = models.CharField(max_length=20)
    last4 = models.CharField(max_length=4)
    expires_on = models.DateField()
    fingerprint = models.CharField(max_length=64)
    """The acquirer's mark of the number, by which the same card is known again."""
    added_at = models.DateTimeField()
    removed_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "funding_card"
        constraints = [
            models.UniqueConstraint(
                name="funding_card_once",
                fields=["customer_id", "fingerprint"],
                condition=Q(removed_at__isnull=True),
            ),
            models.CheckConstraint(name="funding_card_last4", condition=Q(last4__regex=r"^[0-9]{4}$")),
        ]


class CardPage(models.Model):
    """The acquirer's page, opened for one customer: its return adds one card."""

    id = models.UUIDField(primary_key=True)
    customer_id = models.UUIDField()
    session_id = models.CharField(max_length=255)
    opened_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "funding_card_page"
        indexes = [models.Index(name="funding_card_page_old", fields=["opened_at"])]


class Draft(models.Model):
    """A top-up that was written and not confirmed. Deleted when it has lapsed."""

    id = models.UUIDField(primary_key=True)
    customer_id = models.UUIDField()
    card_id = models.UUIDField()
    currency = CurrencyField()
    amount_minor = models.BigIntegerField()
    created_at = models.DateTimeField()

    class Meta:
        db_table = "funding_draft"
        indexes = [models.Index(name="funding_draft_old", fields=["created_at"])]


class TopUp(models.Model):
    """What is asked of the acquirer for a top-up: written before the first call, in the transaction that reserves."""

    movement_id = models.UUIDField(primary_key=True)
    customer_id = models.UUIDField()
    card_id = models.UUIDField()
    currency = CurrencyField()
    amount_minor = models.BigIntegerField()
    fee_minor = models.BigIntegerField()
    created_at = models.DateTimeField()
    charge_id = models.CharField(max_length=255, default="")
    tries = models.IntegerField(default=0)
    first_called_at = models.DateTimeField(null=True)
    """When the first call was made that may have got there."""
    is_called = models.BooleanField(default=False)
    """A call is under way; where its time is over, the process that made it was killed before it knew."""
    may_be_charged = models.BooleanField(default=False)
    """A call was made whose answer did not come, or came without an end."""
    due_at = models.DateTimeField(null=True)
    """When the acquirer is asked next, or a call is taken to be lost; None once the top-up has ended."""

    class Meta:
        db_table = "funding_top_up"
        indexes = [
            models.Index(name="funding_top_up_due", fields=["due_at"], condition=Q(due_at__isnull=False)),
            models.Index(
                name="funding_top_up_open", fields=["customer_id"], condition=Q(due_at__isnull=False)
            ),
            models.Index(name="funding_top_up_made", fields=["created_at"]),
        ]
