"""Django's registration of these pages."""

from django.apps import AppConfig


class DeveloperPagesConfig(AppConfig):
    name = "okpay.doors.api.pages"
    label = "developers"
