"""Django's settings of the peers: django-hordak, and a plain ledger of three models."""

import os

from okpay.config.database import database_settings

SECRET_KEY = "only-for-the-bench"  # noqa: S105 - nothing is signed with it
INSTALLED_APPS = [
    "django.contrib.contenttypes",
    "django.contrib.auth",
    "mptt",
    "djmoney",
    "hordak",
    "bench.peers.plain",
]
DATABASES = {"default": database_settings(os.environ.get("OKPAY_DATABASE_URL", ""))}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
DEFAULT_CURRENCY = "USD"
CURRENCIES = ["USD"]
USE_TZ = True
TIME_ZONE = "UTC"
