"""Register the room with Django."""

from django.apps import AppConfig


class IdentityConfig(AppConfig):
    """The identity room."""

    name = "okpay.identity"
    label = "identity"
