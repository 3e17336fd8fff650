"""Django's settings, read from the environment. `./okpay` sets what a checkout needs; an operator sets the rest."""

import os
from pathlib import Path

from django.utils.translation import gettext_lazy as _

from okpay.config.database import database_settings

SOURCE = Path(__file__).resolve().parent.parent

MODE = os.environ.get("OKPAY_MODE", "trial")
"""`trial` (test money, everything shown), `production`, or `test`."""
TRIAL = MODE != "production"
DEBUG = False
SECRET_KEY = os.environ.get("OKPAY_SECRET_KEY", "insecure-only-for-tests-and-type-checks" if TRIAL else "")
ALLOWED_HOSTS = os.environ.get("OKPAY_HOSTS", "localhost,127.0.0.1").split(",")

INSTALLED_APPS = [
    "django.contrib.staticfiles",
    "okpay.base",
    "okpay.ledger",
    "okpay.doors.design",
    "okpay.doors.web",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "okpay.doors.web.middleware.Unavailable503",
]
CSRF_FAILURE_VIEW = "okpay.doors.web.errors.csrf_failure"
ROOT_URLCONF = "okpay.config.urls"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "okpay.doors.design.context.page",
            ],
            "builtins": [
                "django.templatetags.i18n",
                "django.templatetags.static",
                "okpay.doors.design.templatetags.elements",
            ],
        },
    }
]

OPERATOR = os.environ.get("OKPAY_OPERATOR", "")
"""The legal name and address of who runs this installation, shown at the foot of every page."""

DATABASES = {"default": database_settings(os.environ.get("OKPAY_DATABASE_URL", ""))}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

LANGUAGE_CODE = "en"
LANGUAGES = [("en", _("English")), ("zh-hans", _("Simplified Chinese"))]
LOCALE_PATHS = [SOURCE / "locale"]
USE_TZ = True
TIME_ZONE = "UTC"

STATIC_URL = "/static/"
