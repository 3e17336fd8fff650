"""The table of customers. Only the level of a row ever changes."""

from django.db import models
from django.db.models import Q

from okpay.base.fields import CountryField


class Customer(models.Model):
    """A customer, and for each flow the limit subject in the ledger that counts it."""

    id = models.UUIDField(primary_key=True)
    user_id = models.UUIDField()
    kind = models.SmallIntegerField()
    country = CountryField()
    level = models.SmallIntegerField()
    send_subject_id = models.BigIntegerField()
    receive_subject_id = models.BigIntegerField()
    top_up_subject_id = models.BigIntegerField()
    withdraw_subject_id = models.BigIntegerField()
    opened_at = models.DateTimeField()

    class Meta:
        db_table = "customers_customer"
        constraints = [
            models.UniqueConstraint(name="customers_customer_one_a_user", fields=["user_id"]),
            # The book lets a subject be opened twice; only here can two customers be kept from sharing one.
            models.UniqueConstraint(name="customers_customer_own_send", fields=["send_subject_id"]),
            models.UniqueConstraint(name="customers_customer_own_receive", fields=["receive_subject_id"]),
            models.UniqueConstraint(name="customers_customer_own_top_up", fields=["top_up_subject_id"]),
            models.UniqueConstraint(name="customers_customer_own_withdraw", fields=["withdraw_subject_id"]),
            models.CheckConstraint(name="customers_customer_kind", condition=Q(kind=1)),
            models.CheckConstraint(
                name="customers_customer_level", condition=Q(level__gte=0) & Q(level__lte=3)
            ),
        ]
