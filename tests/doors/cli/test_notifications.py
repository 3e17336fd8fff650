"""`okpay notifications show` counts, and names nobody."""

import argparse
from datetime import timedelta
from pathlib import Path

import pytest
from pytest_django.fixtures import Settings

from okpay.base import clock
from okpay.base.encryption import create_key_ring
from okpay.doors.cli import notifications
from okpay.notifications.actions import queue_sms
from okpay.notifications.models import DeliveryRow


def test_it_counts_and_names_nobody(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, settings: Settings, tmp_path: Path
) -> None:
    create_key_ring(tmp_path / "keys")
    monkeypatch.setenv("OKPAY_KEYS", str(tmp_path / "keys"))
    settings.MAIL_URL = "smtp://127.0.0.1:25"
    DeliveryRow.objects.all().delete()
    then = clock.now() - timedelta(minutes=75)
    for _ in range(2):
        queue_sms(
            to="+12025550123",
            template="phone_code",
            language="en",
            data={"code": "123456", "minutes": 15},
            now=then,
        )
    assert notifications.run_show(argparse.Namespace()) == 0
    shown = capsys.readouterr().out
    assert "Mail\n  nothing waits" in shown
    assert "SMS (OKPAY_SMS_URL is not set here)\n  queued             2\n" in shown
    assert f"the oldest waits since {then:%Y-%m-%d %H:%M} UTC (1 h 15 min)" in shown
    assert "2025550123" not in shown
