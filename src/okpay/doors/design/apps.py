"""Django's registration of this door."""

from django.apps import AppConfig


class DesignConfig(AppConfig):
    name = "okpay.doors.design"
    label = "design"
