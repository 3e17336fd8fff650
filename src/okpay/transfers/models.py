"""The tables of transfers. What a transfer is stands in movements: here lies what only this room needs."""

from django.db import models

from okpay.base.fields import CurrencyField


class Draft(models.Model):
    """A transfer that was written and not confirmed. Deleted when it has lapsed."""

    id = models.UUIDField(primary_key=True)
    customer_id = models.UUIDField()
    address_kind = models.CharField(max_length=5)
    address = models.CharField(max_length=254)
    currency = CurrencyField()
    amount_minor = models.BigIntegerField()
    note = models.CharField(max_length=140)
    delay_hours = models.SmallIntegerField()
    created_at = models.DateTimeField()

    class Meta:
        db_table = "transfers_draft"
        indexes = [models.Index(name="transfers_draft_old", fields=["created_at"])]


class Waiting(models.Model):
    """A transfer that waits, and when it is looked at again. Deleted when it ends."""

    movement_id = models.UUIDField(primary_key=True)
    address_kind = models.CharField(max_length=5)
    address = models.CharField(max_length=254)
    held_maturing_minor = models.BigIntegerField()
    held_available_minor = models.BigIntegerField()
    expires_at = models.DateTimeField()
    arrives_at = models.DateTimeField(null=True)
    check_at = models.DateTimeField()
    """Not later than `expires_at`, unless it was put off."""

    class Meta:
        db_table = "transfers_waiting"
        indexes = [
            models.Index(name="transfers_waiting_check", fields=["check_at"]),
            models.Index(name="transfers_waiting_expiry", fields=["expires_at"]),
            models.Index(name="transfers_waiting_address", fields=["address"]),
        ]


class Contact(models.Model):
    """Somebody whom a customer has sent to: written with the first transfer, never changed."""

    pk = models.CompositePrimaryKey("customer_id", "address_kind", "address")
    customer_id = models.UUIDField()
    address_kind = models.CharField(max_length=5)
    address = models.CharField(max_length=254)
    payee_key = models.UUIDField()
    added_at = models.DateTimeField()

    class Meta:
        db_table = "transfers_contact"


class Lookup(models.Model):
    """An address that a customer has looked up, and on which day: of new ones there are only so many a day."""

    pk = models.CompositePrimaryKey("customer_id", "recipient_key")
    customer_id = models.UUIDField()
    recipient_key = models.UUIDField()
    looked_up_on = models.DateField()

    class Meta:
        db_table = "transfers_lookup"


class LookupDay(models.Model):
    """How many new addresses a customer has looked up on a day."""

    pk = models.CompositePrimaryKey("customer_id", "day_on")
    customer_id = models.UUIDField()
    day_on = models.DateField()
    addresses = models.SmallIntegerField()

    class Meta:
        db_table = "transfers_lookup_day"
