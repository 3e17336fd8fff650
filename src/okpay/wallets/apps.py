"""Django's registration of this room."""

from django.apps import AppConfig


class WalletsConfig(AppConfig):
    name = "okpay.wallets"
    label = "wallets"
    default_auto_field = "django.db.models.BigAutoField"
