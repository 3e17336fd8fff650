"""What was sent while a test ran, opened as its reader would."""

from __future__ import annotations

import pytest
from django.core.cache import cache
from django.test import Client

from tests.factories.people import PASSWORD


@pytest.fixture(autouse=True)
def _fresh_limits() -> None:
    cache.clear()


@pytest.fixture
def client() -> Client:
    """A browser that reads English and has no cookies yet."""
    return browser()


def browser(language: str = "en") -> Client:
    """Return a browser with no cookies."""
    return Client(
        headers={"host": "localhost", "accept-language": language, "user-agent": "Test Browser/1.0"}
    )


def sign_in(client: Client, login: str, password: str = PASSWORD) -> None:
    """Sign in, and make sure that it worked."""
    answer = client.post("/account/login/", {"login": login, "password": password})
    assert (answer.status_code, answer["Location"]) == (302, "/wallet"), answer.content.decode()[-3000:]
