"""Django's registration of this room."""

from django.apps import AppConfig


class CustomersConfig(AppConfig):
    name = "okpay.customers"
    label = "customers"
    default_auto_field = "django.db.models.BigAutoField"
