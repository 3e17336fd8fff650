"""Django's registration of this room."""

from django.apps import AppConfig


class LedgerConfig(AppConfig):
    name = "okpay.ledger"
    label = "ledger"
    default_auto_field = "django.db.models.BigAutoField"
