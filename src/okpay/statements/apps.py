"""Django's registration of this room."""

from django.apps import AppConfig


class StatementsConfig(AppConfig):
    name = "okpay.statements"
    label = "statements"
