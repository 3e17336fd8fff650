"""What every page carries."""

from django.conf import settings
from django.test import Client


def test_pages_carry_a_strict_policy_and_no_inline_exception() -> None:
    answer = Client().get("/")
    policy = answer["Content-Security-Policy"]
    assert "default-src 'self'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert "data:" not in policy
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["X-Frame-Options"] == "DENY"
    assert answer["Referrer-Policy"] == "same-origin"


def test_an_unknown_host_is_refused() -> None:
    assert Client().get("/", headers={"host": "evil.example"}).status_code == 400


def test_connections_are_kept_and_checked() -> None:
    assert settings.DATABASES["default"]["CONN_MAX_AGE"] is None
    assert settings.DATABASES["default"]["CONN_HEALTH_CHECKS"] is True
