"""Django's registration of this room."""

from django.apps import AppConfig


class FundingConfig(AppConfig):
    name = "okpay.funding"
    label = "funding"
    default_auto_field = "django.db.models.BigAutoField"
