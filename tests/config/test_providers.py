"""The addresses of outside services are checked before anything starts, and never shown."""

import pytest
from django.core.exceptions import ImproperlyConfigured

from okpay.config.providers import TRIAL_SENDER, read_acquirer, read_mail, read_sms

SENDER = {"OKPAY_MAIL_FROM": "OKPay <wallet@example.com>"}
KEY = {"OKPAY_SMS_KEY": "top-secret"}


@pytest.mark.parametrize(
    "url",
    [
        "smtp://mail.example.com",
        "smtp://127.0.0.1:2525",
        "smtp://user:top-secret@localhost",
        "smtps://user:p%40ss%20word@mail.example.com:465",
        "smtp+starttls://user:top-secret@mail.example.com:587",
        "smtps://user:top-secret@[2001:db8::1]:465",
    ],
)
def test_a_mail_server_is_taken(url: str) -> None:
    assert read_mail({"OKPAY_MAIL_URL": url, **SENDER}, production=True) == (url, SENDER["OKPAY_MAIL_FROM"])
    assert read_mail({"OKPAY_MAIL_URL": url}, production=False) == (url, TRIAL_SENDER)


@pytest.mark.parametrize(
    "url",
    [
        "mail.example.com:25", "http://mail.example.com", "smtp://", "smtp://mail.example.com:0",
        "smtp://mail.example.com:99999", "smtp://mail.example.com:many", "smtp://mail.example.com/path",
        "smtp://mail.example.com?tls=1", "smtp://mail.example.com#x", "smtp://mail .example.com",
        "smtp://user:top-secret@mail.example.com:25", "smtp://[::1",
    ],
)  # fmt: skip
def test_another_mail_server_is_refused_in_one_sentence(url: str) -> None:
    with pytest.raises(ImproperlyConfigured, match=r"^OKPAY_MAIL_URL .*\.$") as refused:
        read_mail({"OKPAY_MAIL_URL": url, **SENDER}, production=False)
    assert "top-secret" not in str(refused.value)


def test_without_a_server_there_is_no_mail() -> None:
    assert read_mail({}, production=True) == ("", TRIAL_SENDER)
    assert read_sms({}, production=True) == ("", "")


@pytest.mark.parametrize(
    "sender",
    ["OKPay", "a@example.com, b@example.com", "OKPay <>", "OKPay <a@b@example.com>", "a@example.com\nBcc: x"],
)
def test_a_sender_is_one_address(sender: str) -> None:
    with pytest.raises(ImproperlyConfigured, match="OKPAY_MAIL_FROM"):
        read_mail({"OKPAY_MAIL_URL": "smtp://localhost", "OKPAY_MAIL_FROM": sender}, production=False)


def test_production_names_its_sender() -> None:
    with pytest.raises(ImproperlyConfigured, match="OKPAY_MAIL_FROM must name"):
        read_mail({"OKPAY_MAIL_URL": "smtp://localhost"}, production=True)


def test_an_sms_provider_is_taken() -> None:
    for url, production in (
        ("https://sms.example.com/v1/messages", True),
        ("http://127.0.0.1:8001/sms", False),
    ):
        assert read_sms({"OKPAY_SMS_URL": url, **KEY}, production=production) == (url, "top-secret")


@pytest.mark.parametrize(
    ("url", "key", "variable"),
    [
        ("sms.example.com", "top-secret", "OKPAY_SMS_URL"),
        ("https://user:top-secret@sms.example.com/", "top-secret", "OKPAY_SMS_URL"),
        ("https://sms.example.com/?key=top-secret", "top-secret", "OKPAY_SMS_URL"),
        ("http://sms.example.com/", "top-secret", "OKPAY_SMS_URL"),
        ("https://sms.example.com/", "", "OKPAY_SMS_KEY"),
        ("https://sms.example.com/", "top secret\r\nX: y", "OKPAY_SMS_KEY"),
    ],
)
def test_another_sms_provider_is_refused_in_one_sentence(url: str, key: str, variable: str) -> None:
    with pytest.raises(ImproperlyConfigured, match=rf"^{variable} .*\.$") as refused:
        read_sms({"OKPAY_SMS_URL": url, "OKPAY_SMS_KEY": key}, production=True)
    assert "top-secret" not in str(refused.value)


ACQUIRER = {"OKPAY_ACQUIRER_KEY": "sk_live_top-secret", "OKPAY_ACQUIRER_WEBHOOK_SECRET": "whsec_top-secret"}


def test_an_acquirer_is_taken() -> None:
    assert read_acquirer({}, production=True) == ("", "", "")
    assert read_acquirer(ACQUIRER, production=True) == ("", "", ""), "keys to nothing"
    for url, production in (("https://api.stripe.com", True), ("http://127.0.0.1:8001", False)):
        found = read_acquirer({"OKPAY_ACQUIRER_URL": url, **ACQUIRER}, production=production)
        assert found == (url, "sk_live_top-secret", "whsec_top-secret")
    without = {"OKPAY_ACQUIRER_URL": "https://api.stripe.com", "OKPAY_ACQUIRER_KEY": "sk_live_top-secret"}
    assert read_acquirer(without, production=True)[2] == ""


@pytest.mark.parametrize(
    ("changes", "variable"),
    [
        ({"OKPAY_ACQUIRER_URL": "api.stripe.com"}, "OKPAY_ACQUIRER_URL"),
        ({"OKPAY_ACQUIRER_URL": "ftp://api.stripe.com"}, "OKPAY_ACQUIRER_URL"),
        ({"OKPAY_ACQUIRER_URL": "https://user:top-secret@api.stripe.com"}, "OKPAY_ACQUIRER_URL"),
        ({"OKPAY_ACQUIRER_URL": "https://api.stripe.com?key=top-secret"}, "OKPAY_ACQUIRER_URL"),
        ({"OKPAY_ACQUIRER_URL": "http://api.stripe.com"}, "OKPAY_ACQUIRER_URL"),
        ({"OKPAY_ACQUIRER_URL": "http://127.0.0.1:8001"}, "OKPAY_ACQUIRER_URL"),
        ({"OKPAY_ACQUIRER_KEY": ""}, "OKPAY_ACQUIRER_KEY"),
        ({"OKPAY_ACQUIRER_KEY": "top secret\r\nX: y"}, "OKPAY_ACQUIRER_KEY"),
        ({"OKPAY_ACQUIRER_WEBHOOK_SECRET": "top secret"}, "OKPAY_ACQUIRER_WEBHOOK_SECRET"),
    ],
)
def test_another_acquirer_is_refused_in_one_sentence(changes: dict[str, str], variable: str) -> None:
    environment = {"OKPAY_ACQUIRER_URL": "https://api.stripe.com", **ACQUIRER, **changes}
    with pytest.raises(ImproperlyConfigured, match=rf"^{variable} .*\.$") as refused:
        read_acquirer(environment, production=True)
    assert "top-secret" not in str(refused.value)
