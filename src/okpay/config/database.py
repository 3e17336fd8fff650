"""Turn a database URL into Django's settings, with the session settings that posting needs."""

from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

SESSION = {
    # One-element calls of the posting function run half as fast again with a plan that is made once.
    "plan_cache_mode": "force_generic_plan",
    "jit": "off",
    # A decision that waits for a lock longer than this is tried again as a whole.
    "lock_timeout": "1s",
    "idle_in_transaction_session_timeout": "60s",
    "timezone": "UTC",
}


def database_settings(url: str) -> dict[str, Any]:
    """Return Django's `DATABASES` entry for a `postgresql://role:password@host:port/name?option=…` URL."""
    parts = urlsplit(url)
    query = dict(parse_qsl(parts.query))
    host = query.pop("host", "") or parts.hostname or ""
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": parts.path.lstrip("/"),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": host,
        "PORT": query.pop("port", "") or parts.port or "",
        # Pages, writers and relay run on threads that live long: a connection each, checked before use.
        "CONN_MAX_AGE": None,
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": {
            **query,
            "connect_timeout": 3,
            "server_side_binding": True,
            "options": " ".join(f"-c {name}={value}" for name, value in SESSION.items()),
        },
    }
