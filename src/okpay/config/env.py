"""What an operator sets in the environment, checked before anything starts."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, field
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured

from okpay.config.fees import read_pricing
from okpay.config.providers import read_acquirer, read_mail, read_sms

_ORIGIN = re.compile(r"https?://[A-Za-z0-9.-]+(:[0-9]{1,5})?|https?://\[[0-9a-fA-F:]+\](:[0-9]{1,5})?")
MODES = ("trial", "production", "test")
KNOWN_KEY = "insecure-only-for-tests-and-type-checks"
SHORTEST_KEY = 50
DEFAULT_API_RATE = 200.0
FASTEST_API_RATE = 1_000_000


@dataclass(frozen=True)
class Environment:
    """The checked values."""

    mode: str
    secret_key: str
    hosts: tuple[str, ...]
    origin: str
    """What links in mails begin with, such as `https://wallet.example.com`."""
    behind_proxy: bool
    """A proxy on this machine speaks HTTPS for us and says so in X-Forwarded-Proto."""
    mail_url: str = field(repr=False)
    mail_from: str
    sms_url: str
    sms_key: str = field(repr=False)
    acquirer_url: str
    acquirer_key: str = field(repr=False)
    acquirer_webhook_secret: str = field(repr=False)
    pricing_folder: Path | None
    """The operator's own schedules of fees; None for ours."""
    api_rate: float
    """How many requests a second one API key may make of one process, on average."""

    @property
    def is_trial(self) -> bool:
        return self.mode != "production"


def read_environment() -> Environment:
    """Return the checked environment.

    Raises:
        ImproperlyConfigured: A value is unknown, or production lacks what it must have; the message is one
            sentence with the way out.
    """
    mode = os.environ.get("OKPAY_MODE", "trial")
    if mode not in MODES:
        raise ImproperlyConfigured(f"OKPAY_MODE is `{mode}`, and must be one of: {', '.join(MODES)}.")
    hosts = tuple(host.strip() for host in os.environ.get("OKPAY_HOSTS", "").split(",") if host.strip())
    mail_url, mail_from = read_mail(os.environ, production=mode == "production")
    sms_url, sms_key = read_sms(os.environ, production=mode == "production")
    acquirer = read_acquirer(os.environ, production=mode == "production")
    found = Environment(
        mode=mode,
        secret_key=os.environ.get("OKPAY_SECRET_KEY", "" if mode == "production" else KNOWN_KEY),
        hosts=hosts or (() if mode == "production" else ("localhost", "127.0.0.1", "[::1]")),
        origin=os.environ.get("OKPAY_ORIGIN", "").rstrip("/") or _origin(mode, hosts),
        behind_proxy=os.environ.get("OKPAY_BEHIND_PROXY", "") == "1",
        mail_url=mail_url,
        mail_from=mail_from,
        sms_url=sms_url,
        sms_key=sms_key,
        acquirer_url=acquirer[0],
        acquirer_key=acquirer[1],
        acquirer_webhook_secret=acquirer[2],
        pricing_folder=read_pricing(os.environ),
        api_rate=_api_rate(os.environ.get("OKPAY_API_RATE", "")),
    )
    if mode == "production":
        _check_production(found)
    if not _ORIGIN.fullmatch(found.origin):
        raise ImproperlyConfigured(
            f"OKPAY_ORIGIN is `{found.origin}`, and must be scheme and host, for example https://wallet.example.com."
        )
    return found


def _api_rate(value: str) -> float:
    if not value:
        return DEFAULT_API_RATE
    if not value.isascii() or not value.isdecimal() or not 0 < int(value) <= FASTEST_API_RATE:
        raise ImproperlyConfigured(
            f"OKPAY_API_RATE is `{value}`, and must be how many requests a second one API key may make of one process:"
            f" a whole number from 1 to {FASTEST_API_RATE}."
        )
    return float(value)


def _origin(mode: str, hosts: tuple[str, ...]) -> str:
    return f"https://{hosts[0]}" if mode == "production" and hosts else "http://localhost:8000"


def _check_production(found: Environment) -> None:
    if found.secret_key == KNOWN_KEY or len(found.secret_key) < SHORTEST_KEY:
        raise ImproperlyConfigured(
            f"OKPAY_SECRET_KEY must be a secret of {SHORTEST_KEY} characters or more in production: "
            "leave it unset, and OKPay makes one in the keys folder."
        )
    if not found.hosts or any(host in ("*", "localhost", "127.0.0.1") for host in found.hosts):
        raise ImproperlyConfigured(
            "OKPAY_HOSTS must name the host names of this installation in production, "
            "for example OKPAY_HOSTS=wallet.example.com."
        )
    if not found.behind_proxy and os.environ.get("OKPAY_TLS") != "1":
        raise ImproperlyConfigured(
            "Production needs HTTPS: start with --tls-cert and --tls-key, "
            "or set OKPAY_BEHIND_PROXY=1 when a proxy on this machine speaks HTTPS for it."
        )
