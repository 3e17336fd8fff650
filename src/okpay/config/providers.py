"""The addresses of outside services, checked before anything starts. No message shows a value: some hold passwords."""

from __future__ import annotations

import re
from collections.abc import Mapping
from email.errors import MessageError
from email.headerregistry import Address
from email.utils import getaddresses
from urllib.parse import SplitResult, urlsplit

from django.core.exceptions import ImproperlyConfigured

TRIAL_SENDER = "OKPay <wallet@localhost.example>"
MAIL_SCHEMES = ("smtp", "smtps", "smtp+starttls")
_LOCAL = frozenset({"localhost", "127.0.0.1", "::1"})
_KEY = re.compile(r"[!-~]+")


def read_mail(environment: Mapping[str, str], *, production: bool) -> tuple[str, str]:
    """Return OKPAY_MAIL_URL (empty: no mail) and the sender in OKPAY_MAIL_FROM.

    Raises: ImproperlyConfigured with one sentence.
    """
    url = environment.get("OKPAY_MAIL_URL", "")
    sender = environment.get("OKPAY_MAIL_FROM", "")
    if url:
        parts = _parts(url)
        if parts is None or parts.scheme not in MAIL_SCHEMES or parts.path not in ("", "/") or parts.query:
            raise ImproperlyConfigured(
                "OKPAY_MAIL_URL must look like smtp://host:25, smtps://user:password@host:465 "
                "or smtp+starttls://user:password@host:587."
            )
        if parts.scheme == "smtp" and parts.username and parts.hostname not in _LOCAL:
            raise ImproperlyConfigured(
                "OKPAY_MAIL_URL would send a password in the clear: use smtps:// or smtp+starttls://."
            )
        if production and not sender:
            raise ImproperlyConfigured(
                "OKPAY_MAIL_FROM must name the sender of mails in production, "
                "for example OKPAY_MAIL_FROM='OKPay <wallet@example.com>'."
            )
    if sender and not _is_sender(sender):
        raise ImproperlyConfigured(
            "OKPAY_MAIL_FROM must be one address, for example OKPAY_MAIL_FROM='OKPay <wallet@example.com>'."
        )
    return url, sender or TRIAL_SENDER


def read_sms(environment: Mapping[str, str], *, production: bool) -> tuple[str, str]:
    """Return OKPAY_SMS_URL (empty: no SMS) and the key in OKPAY_SMS_KEY.

    Raises: ImproperlyConfigured with one sentence.
    """
    url, key = environment.get("OKPAY_SMS_URL", ""), environment.get("OKPAY_SMS_KEY", "")
    if not url:
        return "", ""
    parts = _parts(url)
    if parts is None or parts.scheme not in ("http", "https") or parts.username or parts.query:
        raise ImproperlyConfigured(
            "OKPAY_SMS_URL must be the address that takes messages, "
            "such as https://sms.example.com/v1/messages, without a user or a question mark."
        )
    if production and parts.scheme == "http" and parts.hostname not in _LOCAL:
        raise ImproperlyConfigured("OKPAY_SMS_URL must begin with https:// in production.")
    if not _KEY.fullmatch(key):
        raise ImproperlyConfigured(
            "OKPAY_SMS_KEY must be the key to the address in OKPAY_SMS_URL: visible ASCII characters, no spaces."
        )
    return url, key


def read_acquirer(environment: Mapping[str, str], *, production: bool) -> tuple[str, str, str]:
    """Return OKPAY_ACQUIRER_URL (empty: no cards), the key to it, and the secret of its webhooks (empty: none taken).

    Raises: ImproperlyConfigured with one sentence.
    """
    url, key = environment.get("OKPAY_ACQUIRER_URL", ""), environment.get("OKPAY_ACQUIRER_KEY", "")
    secret = environment.get("OKPAY_ACQUIRER_WEBHOOK_SECRET", "")
    if not url:
        return "", "", ""
    parts = _parts(url)
    if parts is None or parts.scheme not in ("http", "https") or parts.username or parts.query:
        raise ImproperlyConfigured(
            "OKPAY_ACQUIRER_URL must be the address of the card acquirer, such as https://api.stripe.com, "
            "without a user or a question mark."
        )
    if production and parts.scheme == "http":
        raise ImproperlyConfigured("OKPAY_ACQUIRER_URL must begin with https:// in production.")
    if not _KEY.fullmatch(key):
        raise ImproperlyConfigured(
            "OKPAY_ACQUIRER_KEY must be the secret key to the acquirer: visible ASCII characters, no spaces."
        )
    if secret and not _KEY.fullmatch(secret):
        raise ImproperlyConfigured(
            "OKPAY_ACQUIRER_WEBHOOK_SECRET must be the secret that the acquirer signs with: visible ASCII "
            "characters, no spaces."
        )
    return url, key, secret


def _parts(url: str) -> SplitResult | None:
    try:
        parts = urlsplit(url)
        # Reading it checks that the port is a number in range.
        port = parts.port
    except ValueError:
        return None
    usable = parts.hostname and port != 0 and not parts.fragment and url.isascii() and url.isprintable()
    return parts if usable and " " not in url else None


def _is_sender(sender: str) -> bool:
    found = getaddresses([sender])
    if not sender.isprintable() or len(found) != 1:
        return False
    (name, address), *_ = found
    if address.count("@") != 1 or not address.isascii():
        return False
    try:
        Address(name, addr_spec=address)
    except (MessageError, ValueError, IndexError):
        return False
    return True
