"""Keys, a clock, real servers, and no deliveries of other tests in the way."""

from __future__ import annotations

import ssl
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from pytest_django.fixtures import Settings

from okpay.base.encryption import create_key_ring
from okpay.doors.cli.listening import own_certificate
from okpay.notifications.models import DeliveryRow, InvitationRow
from tests.notifications.servers import KEY, MailServer, SmsServer


@dataclass
class Clock:
    """A clock that stands still until it is set forward."""

    now: datetime

    def __call__(self) -> datetime:
        return self.now

    def forward(self, **delta: int) -> datetime:
        """Set it forward."""
        self.now += timedelta(**delta)
        return self.now


@pytest.fixture(scope="session")
def keys_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give the folder of a key ring."""
    folder = tmp_path_factory.mktemp("home") / "keys"
    create_key_ring(folder)
    return folder


@pytest.fixture(autouse=True)
def _keys(keys_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OKPAY_KEYS", str(keys_folder))


@pytest.fixture
def clock() -> Clock:
    """Give a clock, and clear the tables that everything due and everything old is taken from."""
    DeliveryRow.objects.all().delete()
    InvitationRow.objects.all().delete()
    return Clock(datetime(2026, 11, 25, 8, 0, tzinfo=UTC))


@pytest.fixture
def mail_server(settings: Settings) -> Iterator[MailServer]:
    """Start a mail server, and set it up as the installation's."""
    server = MailServer()
    settings.MAIL_URL = server.url
    yield server
    server.stop()


@pytest.fixture
def sms_server(settings: Settings) -> Iterator[SmsServer]:
    """Start an SMS provider, and set it up as the installation's."""
    server = SmsServer()
    settings.SMS_URL, settings.SMS_KEY = server.url, KEY
    yield server
    server.stop()


@pytest.fixture
def certificate(tmp_path: Path) -> tuple[Path, Callable[[], ssl.SSLContext]]:
    """Give a certificate for localhost, and how a server uses it."""
    folder = tmp_path / "tls"
    folder.mkdir(mode=0o700)
    path, key = own_certificate(folder, ["localhost"])

    def context() -> ssl.SSLContext:
        made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        made.load_cert_chain(path, key)
        return made

    return path, context
