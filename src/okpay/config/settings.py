"""Django's settings, from the environment: `./okpay` sets what a checkout needs, an operator the rest."""

import os
from pathlib import Path

from django.utils.translation import gettext_lazy as _

from okpay.config.database import database_settings
from okpay.config.env import read_environment
from okpay.config.logs import logging_settings

SOURCE = Path(__file__).resolve().parent.parent

ENVIRONMENT = read_environment()
MODE = ENVIRONMENT.mode
"""`trial` (test money, everything shown), `production`, or `test`."""
TRIAL = ENVIRONMENT.is_trial
DEBUG = False
SECRET_KEY = ENVIRONMENT.secret_key
ALLOWED_HOSTS = list(ENVIRONMENT.hosts)

INSTALLED_APPS = [
    "django.contrib.staticfiles",
    "okpay.base",
    "okpay.ledger",
    "okpay.notifications",
    "okpay.doors.design",
    "okpay.doors.web",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
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

MAIL_URL, MAIL_FROM = ENVIRONMENT.mail_url, ENVIRONMENT.mail_from
"""The mail server (empty: none) and the sender of every mail."""
SMS_URL, SMS_KEY = ENVIRONMENT.sms_url, ENVIRONMENT.sms_key
"""The SMS provider (empty: none) and the key to it."""

DATABASES = {"default": database_settings(os.environ.get("OKPAY_DATABASE_URL", ""))}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

LANGUAGE_CODE = "en"
LANGUAGES = [("en", _("English")), ("zh-hans", _("Simplified Chinese"))]
LOCALE_PATHS = [SOURCE / "locale"]
USE_TZ = True
TIME_ZONE = "UTC"

STATIC_URL = "/static/"
STATIC_ROOT = os.environ.get("OKPAY_ASSETS") if MODE != "test" else None
WHITENOISE_USE_FINDERS = WHITENOISE_AUTOREFRESH = MODE == "test"
_STATIC_STORAGE = "StaticFilesStorage" if MODE == "test" else "ManifestStaticFilesStorage"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.InMemoryStorage"},
    "staticfiles": {"BACKEND": f"django.contrib.staticfiles.storage.{_STATIC_STORAGE}"},
}

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'self'"],
        "base-uri": ["'none'"],
        "object-src": ["'none'"],
        "form-action": ["'self'"],
        "frame-ancestors": ["'none'"],
    }
}
X_FRAME_OPTIONS = "DENY"
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
CSRF_COOKIE_HTTPONLY = True
CSRF_COOKIE_SAMESITE = LANGUAGE_COOKIE_SAMESITE = "Lax"

BEHIND_PROXY = ENVIRONMENT.behind_proxy
"""uvicorn then takes scheme and address from the proxy's headers, and only when 127.0.0.1 sends them."""
if not TRIAL:
    SECURE_SSL_REDIRECT = True
    SECURE_HSTS_SECONDS = 365 * 24 * 3600
    CSRF_COOKIE_SECURE = LANGUAGE_COOKIE_SECURE = True

LOGGING = logging_settings(os.environ.get("OKPAY_LOG", ""))
