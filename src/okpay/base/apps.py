"""Django's registration of this room."""

from typing import Any

from django.apps import AppConfig
from django.conf import settings
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.signals import connection_created


class BaseConfig(AppConfig):
    name = "okpay.base"
    label = "base"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        # Teaches the driver to send packed arrays, before Django copies what the driver knows for its connections.
        from okpay.base import arrays, checks  # noqa: F401

        # Costs a call per query, so the tests carry it; the hot path checks its own statements everywhere.
        if settings.MODE == "test":
            connection_created.connect(_guard_after_posting, dispatch_uid="guard_after_posting")


def _guard_after_posting(connection: BaseDatabaseWrapper, **_: Any) -> None:
    from okpay.base.database import guard_after_posting

    if guard_after_posting not in connection.execute_wrappers:
        connection.execute_wrappers.append(guard_after_posting)
