"""The pages of somebody who is signed in: their own, and cheap."""

from __future__ import annotations

from typing import Any

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from okpay.base import clock
from okpay.notifications import actions as notifications
from okpay.notifications import queries as notices
from tests.factories.people import open_person, session_of

MOST_QUERIES = 5


def signed_in(**person: Any) -> tuple[Client, Any]:
    """Return the browser of somebody new, and who they are."""
    user = open_person(**person)
    client = Client(headers={"host": "localhost", "accept-language": "en", "user-agent": "Test Browser/1.0"})
    client.cookies["okpay_session"] = session_of(user)
    return client, user


def test_the_home_page_shows_the_balances_of_the_countrys_currency() -> None:
    for country, amount in (("US", "0.00"), ("JP", "0"), ("CN", "0.00")):
        client, _ = signed_in(country=country)
        page = client.get("/wallet").content.decode()
        assert f'<span class="money-figures">{amount}</span>' in page
        assert {"US": "USD", "JP": "JPY", "CN": "CNY"}[country] in page


def test_the_home_page_asks_the_database_a_few_things_only() -> None:
    client, _ = signed_in()
    client.get("/wallet")
    with CaptureQueriesContext(connection) as asked:
        assert client.get("/wallet").status_code == 200
    assert len(asked) <= MOST_QUERIES, [query["sql"][:100] for query in asked]


def test_no_page_of_a_wallet_is_kept_in_a_cache() -> None:
    client, _ = signed_in()
    for address in ("/wallet", "/inbox", "/account", "/account/security"):
        assert "no-store" in client.get(address)["Cache-Control"]


def test_an_inbox_is_read_by_its_owner_alone() -> None:
    hers, anna = signed_in()
    his, ben = signed_in()
    notice = notifications.post_notice(
        user_id=ben.pk, code="account_locked", data={"at": clock.now()}, now=clock.now()
    )
    before = notices.unread_count(ben.pk)
    assert hers.post("/inbox/read", {"up_to": str(notice)}).status_code == 302
    assert notices.unread_count(ben.pk) == before
    assert notices.unread_count(anna.pk) == 0
    title = notices.words(notices.inbox(ben.pk)[0], "en").title
    assert title in his.get("/inbox").content.decode()
    assert title not in hers.get("/inbox").content.decode()


def test_what_is_no_id_is_refused() -> None:
    client, _ = signed_in()
    assert client.get("/inbox?before=x").status_code == 400
    assert client.post("/inbox/read", {"up_to": "x"}).status_code == 400


def test_a_profile_keeps_what_can_be_shown_and_says_what_cannot() -> None:
    client, _ = signed_in()
    assert (
        client.post("/account/profile", {"display_name": "Ana", "phrase": "blue teapot"}).status_code == 302
    )
    page = client.get("/account/profile").content.decode()
    assert 'value="Ana"' in page
    assert 'value="blue teapot"' in page
    refused = client.post("/account/profile", {"display_name": "A\u202ena", "phrase": ""})
    assert b"cannot be shown" in refused.content
    assert 'value="Ana"' in client.get("/account/profile").content.decode()
