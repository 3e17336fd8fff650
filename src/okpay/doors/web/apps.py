"""Django's registration of this door."""

from django.apps import AppConfig


class WebConfig(AppConfig):
    name = "okpay.doors.web"
    label = "web"
