"""Django's registration of this room."""

from django.apps import AppConfig


class MovementsConfig(AppConfig):
    name = "okpay.movements"
    label = "movements"
    default_auto_field = "django.db.models.BigAutoField"
