"""Django's registration of this room."""

from django.apps import AppConfig


class TransfersConfig(AppConfig):
    name = "okpay.transfers"
    label = "transfers"
    default_auto_field = "django.db.models.BigAutoField"
