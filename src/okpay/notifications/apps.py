"""Django's registration of this room."""

from django.apps import AppConfig


class NotificationsConfig(AppConfig):
    name = "okpay.notifications"
    label = "notifications"
    default_auto_field = "django.db.models.BigAutoField"
