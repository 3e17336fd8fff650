"""Every page rendered in Chinese asks for no message that the catalogue does not have."""

from __future__ import annotations

import pytest
from django.test import Client
from django.utils import translation
from django.utils.translation import trans_real

from tests.doors.design.test_catalogue import messages
from tests.factories.people import open_person, session_of
from tests.journeys.routes import NAMES, SIGNED_IN, addresses

OF_LIBRARIES = {
    (None, ":"),
    (None, "Email"),
    (None, "Email or phone"),
    ("field label", "Login"),
    (None, "Phone"),
}
"""Words for parts of forms that ours take the place of, and that no page shows."""


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> set[tuple[str | None, str]]:
    """Collect every message that is looked up while pages are rendered."""
    # Modules that the first page of a process loads look words up that no page shows.
    Client(headers={"host": "localhost"}).get("/account/login/")
    found: set[tuple[str | None, str]] = set()

    def gettext(message: str) -> str:
        found.add((None, str(message)))
        return trans_real.gettext(message)

    def pgettext(context: str, message: str) -> str:
        found.add((context, str(message)))
        return trans_real.pgettext(context, message)

    monkeypatch.setattr(translation._trans, "gettext", gettext, raising=False)  # type: ignore[attr-defined]
    monkeypatch.setattr(translation._trans, "pgettext", pgettext, raising=False)  # type: ignore[attr-defined]
    return found


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("mode", ["trial", "operator", "nobody"])
def test_a_page_in_chinese_is_wholly_translated(
    name: str, mode: str, asked: set[tuple[str | None, str]], settings: pytest.FixtureRequest
) -> None:
    settings.TRIAL = mode == "trial"  # type: ignore[attr-defined]
    settings.OPERATOR = "Example Wallet Ltd" if mode == "operator" else ""  # type: ignore[attr-defined]
    settings.SECURE_SSL_REDIRECT = False  # type: ignore[attr-defined]
    client = Client(headers={"host": "localhost", "accept-language": "zh-CN"})
    if name in SIGNED_IN:
        client.cookies["okpay_session"] = session_of(open_person(language="zh-hans", country="CN"))
    for address in addresses()[name]:
        page = client.get(address)
        assert 'lang="zh-Hans"' in page.content.decode()
    # Without a space between two words it is a code or a mark, not a sentence; ours are all in the catalogue.
    known = {(message.context, message.id) for message in messages()}
    assert asked - known - OF_LIBRARIES == set()
