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
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.messages",
    "django.contrib.sessions",
    "django.contrib.staticfiles",
    # Before allauth, so that our templates stand before its own.
    "okpay.doors.design",
    "okpay.doors.web",
    "okpay.doors.api.pages",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "okpay.base",
    "okpay.ledger",
    "okpay.identity",
    "okpay.wallets",
    "okpay.customers",
    "okpay.movements",
    "okpay.funding",
    "okpay.transfers",
    "okpay.statements",
    "okpay.notifications",
]
MIDDLEWARE = [
    "okpay.config.tracing.NoteRoute",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "okpay.doors.web.middleware.EndLockedSessions",
    "django.contrib.messages.middleware.MessageMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "okpay.doors.web.middleware.NoteActivity",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "okpay.doors.web.middleware.Excused",
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
                "django.contrib.messages.context_processors.messages",
                "okpay.doors.design.context.page",
                "okpay.doors.web.frame.frame",
            ],
            "builtins": [
                "django.templatetags.i18n",
                "django.templatetags.static",
                "okpay.doors.design.templatetags.elements",
            ],
        },
    }
]

SANDBOX_URL = os.environ.get("OKPAY_SANDBOX_URL", "") if TRIAL else ""
"""Where the mails and messages of a trial arrive; pages lead there."""

OPERATOR = os.environ.get("OKPAY_OPERATOR", "")
"""The legal name and address of who runs this installation, shown at the foot of every page."""

MAIL_URL, MAIL_FROM = ENVIRONMENT.mail_url, ENVIRONMENT.mail_from
"""The mail server (empty: none) and the sender of every mail."""
SMS_URL, SMS_KEY = ENVIRONMENT.sms_url, ENVIRONMENT.sms_key
"""The SMS provider (empty: none) and the key to it."""

PRICING_FOLDER = ENVIRONMENT.pricing_folder
"""The operator's own schedules of fees; None for ours."""

ACQUIRER_URL, ACQUIRER_KEY = ENVIRONMENT.acquirer_url, ENVIRONMENT.acquirer_key
"""Who charges cards (empty: nobody) and the key to them."""
ACQUIRER_WEBHOOK_SECRET = ENVIRONMENT.acquirer_webhook_secret
"""What the acquirer signs its messages to us with (empty: none are taken)."""

API_RATE = ENVIRONMENT.api_rate
"""How many requests a second one API key may make of one process, on average."""

DATABASES = {"default": database_settings(os.environ.get("OKPAY_DATABASE_URL", ""))}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.db.DatabaseCache",
        "LOCATION": "base_cache",
        "OPTIONS": {"MAX_ENTRIES": 100_000},
    }
}
"""One cache for all processes, since rate limits are counted in it."""

ORIGIN = ENVIRONMENT.origin
"""Scheme, host and port that links in mails begin with: never what a request says of itself."""

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

SESSION_COOKIE_NAME = "okpay_session"
SESSION_COOKIE_AGE = 12 * 60 * 60
SESSION_COOKIE_SECURE = not TRIAL

AUTH_USER_MODEL = "identity.User"
AUTHENTICATION_BACKENDS = ["okpay.doors.web.accounts.backends.ProvenAddressBackend"]
PASSWORD_HASHERS = ["okpay.identity.passwords.Argon2id"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "okpay.identity.passwords.LengthRule"},
    {"NAME": "okpay.identity.passwords.LeakedRule"},
]
PASSWORD_RESET_TIMEOUT = 30 * 60
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "wallet"

ACCOUNT_ADAPTER = "okpay.doors.web.accounts.adapter.AccountAdapter"
ACCOUNT_FORMS = {
    "login": "okpay.doors.web.accounts.forms.SignInForm",
    "signup": "okpay.doors.web.accounts.forms.SignUpForm",
    "reset_password": "okpay.doors.web.accounts.forms.ForgottenPasswordForm",
    "reset_password_from_key": "okpay.doors.web.accounts.forms.NewPasswordForm",
    "change_password": "okpay.doors.web.accounts.forms.ChangePasswordForm",
    "add_email": "okpay.doors.web.accounts.forms.ChangeEmailForm",
    "change_phone": "okpay.doors.web.accounts.forms.ChangePhoneForm",
    "verify_phone": "okpay.doors.web.accounts.forms.PhoneCodeForm",
    "reauthenticate": "okpay.doors.web.accounts.forms.ReauthenticateForm",
    "confirm_login_code": "okpay.doors.web.accounts.second_factor_forms.MailedCodeForm",
}
MFA_ADAPTER = "okpay.doors.web.accounts.second_factors.SecondFactorAdapter"
MFA_FORMS = {
    "authenticate": "okpay.doors.web.accounts.second_factor_forms.SecondStepForm",
    "reauthenticate": "okpay.doors.web.accounts.second_factor_forms.ProveAgainForm",
    "activate_totp": "okpay.doors.web.accounts.second_factor_forms.SetUpAppForm",
    "add_webauthn": "okpay.doors.web.accounts.second_factor_forms.AddPasskeyForm",
    "edit_webauthn": "okpay.doors.web.accounts.second_factor_forms.RenamePasskeyForm",
    "authenticate_webauthn": "okpay.doors.web.accounts.second_factor_forms.SecondStepPasskeyForm",
    "login_webauthn": "okpay.doors.web.accounts.second_factor_forms.SignInPasskeyForm",
    "reauthenticate_webauthn": "okpay.doors.web.accounts.second_factor_forms.ProveAgainPasskeyForm",
}
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
# A clock that is half a minute off is common. Source: RFC 6238, section 5.2.
MFA_TOTP_TOLERANCE = 1
MFA_RECOVERY_CODES_SHOW_ONCE = True

ACCOUNT_LOGIN_METHODS = {"email", "phone"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "phone*", "password1*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_EMAIL_VERIFICATION = "mandatory"
ACCOUNT_EMAIL_CONFIRMATION_EXPIRE_DAYS = 1
ACCOUNT_EMAIL_CONFIRMATION_COOLDOWN = 60
ACCOUNT_CHANGE_EMAIL = True
ACCOUNT_LOGIN_ON_EMAIL_CONFIRMATION = True
ACCOUNT_LOGIN_ON_PASSWORD_RESET = True
ACCOUNT_PREVENT_ENUMERATION = "strict"
ACCOUNT_PHONE_VERIFICATION_SUPPORTS_CHANGE = True
ACCOUNT_PHONE_VERIFICATION_SUPPORTS_RESEND = True
ACCOUNT_PHONE_VERIFICATION_MAX_ATTEMPTS = 5
ACCOUNT_LOGIN_BY_CODE_MAX_ATTEMPTS = 5
ACCOUNT_LOGIN_BY_CODE_TIMEOUT = 15 * 60
ACCOUNT_LOGIN_BY_CODE_SUPPORTS_RESEND = True
ACCOUNT_RATE_LIMITS = {
    "api_key": "5/m/user,30/d/user",
    "card_page": "5/m/user,30/d/user",
    "change_phone": "5/m/user",
    "present_code": "15/900s/key",
    "login_failed": "20/m/ip,5/300s/key",
    "payment_password_link": "3/m/user,20/d/user",
    "verify_phone": "3/60s/key,20/m/ip",
}
ACCOUNT_REAUTHENTICATION_REQUIRED = True
ACCOUNT_SESSION_REMEMBER = True
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""

LOGGING = logging_settings(os.environ.get("OKPAY_LOG", ""))
