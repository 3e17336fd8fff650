"""Django's registration of this room."""

from django.apps import AppConfig


class BaseConfig(AppConfig):
    name = "okpay.base"
    label = "base"
    default_auto_field = "django.db.models.BigAutoField"
