"""The tables of wallets. A wallet never changes: what it holds stands in the ledger."""

from django.db import models
from django.db.models import F, Q

from okpay.base.fields import CurrencyField


class Wallet(models.Model):
    """A wallet of one owner in one currency, and the accounts of the book that it stands on."""

    id = models.UUIDField(primary_key=True)
    owner_id = models.UUIDField()
    currency = CurrencyField()
    available_account_id = models.BigIntegerField()
    maturing_account_id = models.BigIntegerField()
    opened_at = models.DateTimeField()

    class Meta:
        db_table = "wallets_wallet"
        constraints = [
            models.UniqueConstraint(name="wallets_wallet_one_a_currency", fields=["owner_id", "currency"]),
            # The book lets an account be opened twice; only here can two wallets be kept from sharing one.
            models.UniqueConstraint(name="wallets_wallet_own_available", fields=["available_account_id"]),
            models.UniqueConstraint(name="wallets_wallet_own_maturing", fields=["maturing_account_id"]),
            models.CheckConstraint(
                name="wallets_wallet_two_accounts",
                condition=~Q(available_account_id=F("maturing_account_id")),
            ),
        ]


class MaturingLot(models.Model):
    """An amount that came onto a maturing account, and its day. Gone when the day has come.

    What is spent from the account is taken from the lots whose day comes first, so nothing is written when it is: what
    has matured is the balance less the lots whose day is still to come.
    """

    id = models.UUIDField(primary_key=True)
    maturing_account_id = models.BigIntegerField()
    amount_minor = models.BigIntegerField()
    matures_at = models.DateTimeField()
    due_at = models.DateTimeField()
    """When it is looked at: its day, or later where the account was not to be touched then, or had something held."""

    class Meta:
        db_table = "wallets_maturing_lot"
        indexes = [
            models.Index(name="wallets_maturing_lot_due", fields=["due_at"]),
            models.Index(name="wallets_maturing_lot_account", fields=["maturing_account_id", "matures_at"]),
        ]
