"""The table of wallets. Rows are added and never changed: what a wallet holds stands in the ledger."""

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
