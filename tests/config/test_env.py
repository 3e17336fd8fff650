"""What an operator sets in the environment is checked before anything starts."""

import pytest
from django.core.exceptions import ImproperlyConfigured

from okpay.config.env import KNOWN_KEY, read_environment

KEY = "k" * 60
PRODUCTION = {
    "OKPAY_MODE": "production",
    "OKPAY_SECRET_KEY": KEY,
    "OKPAY_HOSTS": "wallet.example.com",
    "OKPAY_BEHIND_PROXY": "1",
}


def set_environment(monkeypatch: pytest.MonkeyPatch, **values: str) -> None:
    outside = ("OKPAY_MAIL_URL", "OKPAY_MAIL_FROM", "OKPAY_SMS_URL", "OKPAY_SMS_KEY", "OKPAY_PRICING")
    for name in (*PRODUCTION, *outside, "OKPAY_TLS"):
        monkeypatch.delenv(name, raising=False)
    for name, value in values.items():
        monkeypatch.setenv(name, value)


def test_a_trial_needs_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    set_environment(monkeypatch)
    found = read_environment()
    assert found.is_trial
    assert "localhost" in found.hosts


def test_production_with_everything_starts(monkeypatch: pytest.MonkeyPatch) -> None:
    set_environment(monkeypatch, **PRODUCTION)
    found = read_environment()
    assert not found.is_trial
    assert found.hosts == ("wallet.example.com",)


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"OKPAY_SECRET_KEY": ""}, "OKPAY_SECRET_KEY"),
        ({"OKPAY_SECRET_KEY": KNOWN_KEY}, "OKPAY_SECRET_KEY"),
        ({"OKPAY_SECRET_KEY": "short"}, "OKPAY_SECRET_KEY"),
        ({"OKPAY_HOSTS": ""}, "OKPAY_HOSTS"),
        ({"OKPAY_HOSTS": "*"}, "OKPAY_HOSTS"),
        ({"OKPAY_HOSTS": "localhost"}, "OKPAY_HOSTS"),
        ({"OKPAY_BEHIND_PROXY": ""}, "--tls-cert"),
        ({"OKPAY_MODE": "prod"}, "trial, production, test"),
    ],
)
def test_what_is_missing_is_named(
    change: dict[str, str], sentence: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    set_environment(monkeypatch, **{**PRODUCTION, **change})
    with pytest.raises(ImproperlyConfigured, match=sentence):
        read_environment()
