"""What is checked before a production installation may start."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, register
from django.db import connection

from okpay.base.database import execute_prepared


@register(Tags.database)
def check_test_clock(*, databases: Sequence[str] | None = None, **_: Any) -> list[CheckMessage]:
    """Refuse a production installation on a database whose test clock was ever advanced."""
    if settings.MODE != "production" or "default" not in (databases or ()):
        return []
    if "base_test_clock" not in connection.introspection.table_names():
        return []
    if execute_prepared("SELECT shift = interval '0' FROM base_test_clock").fetchone() == (True,):
        return []
    return [
        Error(
            "The clock of this database was shifted in a trial: its bookings would carry wrong times.",
            hint="Start production on a new database.",
            id="base.E001",
        )
    ]
