"""The pages of API keys: made with both passwords, shown once, revoked, and told to their owner."""

from __future__ import annotations

import hashlib
import logging
import re
import uuid
from datetime import timedelta
from html import unescape
from typing import Any

import pytest
from allauth.account.internal.flows import reauthentication
from django.conf import settings
from django.contrib.sessions.models import Session
from django.core.cache import cache
from django.db import transaction
from django.test import Client
from pytest_django.fixtures import Settings

from okpay.base import clock
from okpay.base.database import execute_prepared
from okpay.base.ids import new_uuid7
from okpay.base.relay import Relay
from okpay.doors.web.accounts import api_keys
from okpay.doors.web.api_key_words import SCOPES, WORDS, said
from okpay.identity import actions as identity
from okpay.identity import queries as people
from okpay.identity.errors import ApiKeyRefused, InvalidApiKey
from okpay.identity.models import PaymentConfirmation
from okpay.identity.records import MOST_API_KEYS, ApiKey, Scope
from okpay.notifications import queries as notices
from okpay.notifications.rendering import render
from tests.doors.web.accounts.conftest import browser, sign_in
from tests.factories.people import DIGITS, PASSWORD, open_person, set_payment_password
from tests.factories.sent import last_sent

LIST = "/account/api-keys"
NEW = "/account/api-keys/new"
ASKED = "/account/reauthenticate/?next=%2Faccount%2Fapi-keys%2Fnew"
READ = {"name": "Night shift", "scopes": ["read"], "networks": "", "expires": "90"}
SEND = {**READ, "scopes": ["read", "send"], "digits": DIGITS}
SECRET = re.compile(r"okp_(?:test|live)_[A-Za-z0-9_-]{43}")


@pytest.fixture(autouse=True)
def _fresh_limits() -> None:
    cache.clear()


@pytest.fixture
def client() -> Client:
    """A browser that reads English."""
    return browser()


@pytest.fixture
def user(client: Client) -> Any:
    """Somebody with a payment password, who is signed in and gave their password just now."""
    return signed_in(client)


def signed_in(client: Client, **person: Any) -> Any:
    """Open somebody, sign them in, and let them give their password once more."""
    user = open_person(**person)
    set_payment_password(user)
    sign_in(client, user.email)
    give_password(client)
    return user


def give_password(client: Client) -> None:
    """Give the password once more."""
    answer = client.post("/account/reauthenticate/", {"password": PASSWORD, "next": NEW})
    assert (answer.status_code, answer["Location"]) == (302, NEW)


def make(user: Any, **changes: Any) -> ApiKey:
    """Make a key without the pages."""
    given = {"name": "Accounts", "scopes": [Scope.READ], "networks": [], "expires_at": None, **changes}
    with transaction.atomic():
        return identity.create_api_key(user_id=user.pk, **given, is_live=False, now=clock.now()).key


def page_of(client: Client, address: str, status: int = 200) -> str:
    """Open a page and return its text."""
    answer = client.get(address)
    assert answer.status_code == status
    return unescape(answer.content.decode())


def tell() -> None:
    """Let the relay hand on what has happened."""
    relay = Relay((api_keys.listener(),))
    while relay.run_once():
        pass


def test_every_code_and_scope_has_a_sentence() -> None:
    codes = ApiKeyRefused.codes | InvalidApiKey.codes
    assert codes == set(WORDS)
    assert all("%(" not in said(code, {"most": 20}) for code in codes)
    assert set(SCOPES) == set(Scope)


def test_the_pages_are_for_whoever_is_signed_in() -> None:
    for address in (LIST, NEW, f"{LIST}/{new_uuid7()}/revoke"):
        assert browser().get(address)["Location"].startswith("/account/login/")
        assert browser().post(address, READ).status_code in (302, 405)


def test_the_account_centre_leads_there_and_an_empty_list_says_what_keys_are_for(
    client: Client, user: Any
) -> None:
    assert f'href="{LIST}"' in page_of(client, "/account")
    page = page_of(client, LIST)
    assert "No API key" in page
    assert "a program of yours speaks for you" in page
    assert f'href="{NEW}"' in page


def test_making_one_asks_for_the_password_once_more(client: Client) -> None:
    user = open_person()
    sign_in(client, user.email)
    assert client.get(NEW)["Location"] == ASKED
    answer = client.post(NEW, READ)
    assert answer["Location"] == ASKED
    assert people.api_keys_of(user.pk) == []
    wrong = client.post("/account/reauthenticate/", {"password": "not it", "next": NEW})
    assert b"The password is not right." in wrong.content
    assert client.get(NEW)["Location"] == ASKED
    right = client.post("/account/reauthenticate/", {"password": PASSWORD, "next": NEW})
    assert b"Make an API key" in right.content
    assert "Make an API key" in page_of(client, NEW)
    assert people.api_keys_of(user.pk) == []


def test_a_form_that_was_filled_in_for_too_long_comes_back_filled_in_and_without_a_secret(
    client: Client, user: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reauthentication, "did_recently_reauthenticate", lambda request: False)
    sent = {**SEND, "networks": "203.0.113.0/24", "expires": "365"}
    assert client.post(NEW, sent)["Location"] == ASKED
    kept = str(Session.objects.get(session_key=client.session.session_key).get_decoded())
    assert "203.0.113.0%2F24" in kept
    assert DIGITS not in kept
    monkeypatch.undo()
    answer = client.post("/account/reauthenticate/", {"password": PASSWORD, "next": NEW})
    page = answer.content.decode()
    assert answer.status_code == 200
    assert 'value="Night shift"' in page
    assert "203.0.113.0/24</textarea>" in page
    assert re.search(r'value="send"\s+checked', page)
    assert re.search(r'value="365"\s+selected', page)
    assert "aria-invalid" not in page
    assert people.api_keys_of(user.pk) == []
    assert client.post(NEW, sent).status_code == 200
    assert len(people.api_keys_of(user.pk)) == 1


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", ("Copy it now: it is shown this once", "Read · Send money", "203.0.113.0/24", "198.51.100.7")),
        ("zh-hans", ("请立即复制：密钥只显示这一次", "查看 · 转账", "203.0.113.0/24", "198.51.100.7")),
    ],
)
def test_a_key_is_made_shown_once_and_kept_nowhere(
    language: str, words: tuple[str, ...], caplog: pytest.LogCaptureFixture
) -> None:
    client = browser(language)
    user = signed_in(client, language=language)
    form = re.search(r'name="form" value="([^"]+)"', page_of(client, NEW))
    assert form
    sent = {**SEND, "networks": "203.0.113.0／24\r\n\r\n198.51.100.7，", "form": form[1]}
    with caplog.at_level(logging.DEBUG):
        answer = client.post(NEW, sent)
    page = unescape(answer.content.decode())
    assert answer.status_code == 200
    assert "no-store" in answer["Cache-Control"]
    for said_ in words:
        assert said_ in page
    (secret,) = set(SECRET.findall(page))
    (key,) = people.api_keys_of(user.pk)
    digest = hashlib.sha256(secret.encode()).digest()
    assert people.api_keys_by_digest([digest])[digest].id == key.id
    assert key.name == "Night shift"
    assert key.scopes == {Scope.READ, Scope.SEND}
    assert key.expires_at == key.created_at + timedelta(days=90)
    random = secret.removeprefix(key.hint)
    assert random not in caplog.text
    assert DIGITS not in caplog.text
    session = Session.objects.get(session_key=client.session.session_key).get_decoded()
    assert random not in str(session)
    # Reload sends the same form again.
    again = client.post(NEW, sent, follow=True)
    assert again.redirect_chain == [(LIST, 302)]
    listed = unescape(again.content.decode())
    assert not SECRET.search(listed)
    assert key.hint in listed
    assert ("made its key already" in listed) == (language == "en")
    assert len(people.api_keys_of(user.pk)) == 1


def test_a_key_that_only_reads_needs_no_payment_password(client: Client, user: Any) -> None:
    answer = client.post(NEW, {**READ, "expires": "never"})
    assert SECRET.search(answer.content.decode())
    (key,) = people.api_keys_of(user.pk)
    assert key.expires_at is None
    assert not PaymentConfirmation.objects.filter(user_id=user.pk).exists()


@pytest.mark.parametrize("scope", ["send", "top_up"])
def test_a_key_that_moves_money_needs_the_payment_password(client: Client, user: Any, scope: str) -> None:
    sent = {**READ, "scopes": [scope]}
    page = client.post(NEW, sent).content.decode()
    assert "Confirm it with your payment password first." in page
    page = client.post(NEW, {**sent, "digits": "846273"}).content.decode()
    assert "This is not your payment password." in page
    assert "4 tries left" in page
    assert "846273" not in page
    assert people.api_keys_of(user.pk) == []
    assert SECRET.search(client.post(NEW, {**sent, "digits": DIGITS}).content.decode())
    (confirmation,) = PaymentConfirmation.objects.filter(user_id=user.pk)
    assert confirmation.used_at is not None


def test_who_has_no_payment_password_is_led_to_choose_one(client: Client) -> None:
    user = open_person()
    sign_in(client, user.email)
    give_password(client)
    assert f'href="/account/payment-password?next={NEW.replace("/", "%2F")}"' in page_of(client, NEW)
    page = client.post(NEW, SEND).content.decode()
    assert "For this you need a payment password first." in page
    assert people.api_keys_of(user.pk) == []
    assert SECRET.search(client.post(NEW, READ).content.decode())


def test_a_blocked_payment_password_makes_no_key(client: Client, user: Any) -> None:
    for _ in range(5):
        identity.confirm_payment(user_id=user.pk, digits="846273", binding=b"b" * 32, now=clock.now())
    page = client.post(NEW, SEND).content.decode()
    assert "Blocked after too many wrong tries." in page
    assert people.api_keys_of(user.pk) == []


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"name": ""}, "This field is required."),
        ({"name": "a" * 61}, "at most 60 characters"),
        ({"name": "till\u202e1"}, "Write a name of up to 60 characters that can all be shown."),
        ({"scopes": []}, "Choose what the key may do."),
        ({"scopes": ["read", "admin"]}, "Select a valid choice."),
        ({"networks": "203.0.113.7/24"}, "A network begins with its first address."),
        ({"networks": "example.com"}, "A network begins with its first address."),
        ({"networks": "\n".join(f"203.0.113.{n}" for n in range(21))}, "20 at most"),
        ({"networks": '"><script>alert(1)</script>'}, "A network begins with its first address."),
        ({"expires": "4000"}, "Select a valid choice."),
        ({"expires": ""}, "This field is required."),
    ],
)
def test_what_is_refused_makes_nothing_and_uses_no_try(
    client: Client, user: Any, change: dict[str, Any], words: str
) -> None:
    answer = client.post(NEW, {**SEND, "digits": "846273", **change})
    page = answer.content.decode()
    assert answer.status_code == 200
    assert words in unescape(page)
    assert "field-refused" in page
    assert "<script>alert" not in page
    assert "846273" not in page
    assert people.api_keys_of(user.pk) == []
    assert people.payment_password_state(user.pk, now=clock.now()).tries_left == 5


def test_twenty_keys_are_enough(client: Client, user: Any) -> None:
    for _ in range(MOST_API_KEYS):
        make(user)
    assert "You have 20 keys, and more cannot be made." in page_of(client, LIST)
    assert f'href="{NEW}"' not in page_of(client, LIST)
    answer = client.post(NEW, SEND)
    assert "You have 20 keys, and more cannot be made." in unescape(answer.content.decode())
    assert len(people.api_keys_of(user.pk)) == MOST_API_KEYS
    assert PaymentConfirmation.objects.get(user_id=user.pk).used_at is None


def test_making_is_limited(client: Client, user: Any) -> None:
    answers = [client.post(NEW, READ).status_code for _ in range(6)]
    assert answers == [200] * 5 + [429]
    assert len(people.api_keys_of(user.pk)) == 5


def test_a_production_installation_makes_live_keys(client: Client, user: Any, settings: Settings) -> None:
    settings.MODE = "production"
    assert "okp_live_" in client.post(NEW, READ, secure=True).content.decode()


def test_the_list_tells_all_of_a_key(client: Client, user: Any) -> None:
    used = make(user, name="<b>Till</b>", networks=["203.0.113.0/24"], scopes=list(Scope))
    identity.note_api_key_uses([(used.id, clock.now(), "203.0.113.7")])
    make(user, name="Unused", expires_at=clock.now() + timedelta(days=30))
    gone = make(user, name="Gone")
    identity.revoke_api_key(user_id=user.pk, key_id=gone.id, now=clock.now())
    answer = client.get(LIST)
    assert "no-store" in answer["Cache-Control"]
    raw = answer.content.decode()
    assert "<b>Till" not in raw
    page = unescape(raw)
    for words in (
        "<b>Till</b>", used.hint, "Read · Send money · Top up", "203.0.113.0/24", "203.0.113.7", "Last used",
        "anywhere", "never",
    ):  # fmt: skip
        assert words in page
    standing, ended = page.split("Ended")
    assert "Gone" not in standing
    assert "Gone" in ended
    assert "row-muted" in ended
    assert f"{LIST}/{gone.id}/revoke" not in page
    assert f"{LIST}/{used.id}/revoke" in page


def test_ended_keys_are_shown_to_a_bound_and_in_their_order(client: Client, user: Any) -> None:
    now = clock.now()
    for number in range(25):
        key = make(user, name=f"Old {number:02}")
        identity.revoke_api_key(user_id=user.pk, key_id=key.id, now=now + timedelta(seconds=number))
    page = page_of(client, LIST)
    assert re.findall(r"Old \d\d", page) == [f"Old {number:02}" for number in range(24, 4, -1)]


def test_a_key_is_revoked_after_a_question(client: Client, user: Any) -> None:
    key = make(user, name="Till")
    address = f"{LIST}/{key.id}/revoke"
    page = page_of(client, address)
    assert "Revoke Till?" in page
    assert key.hint in page
    assert people.api_key(user.pk, key.id) == key, "looking does nothing"
    answer = client.post(address, follow=True)
    assert answer.redirect_chain == [(LIST, 302)]
    assert b"Till was revoked." in answer.content
    after = people.api_key(user.pk, key.id)
    assert after is not None
    assert after.revoked_at is not None
    for again in (client.get(address), client.post(address)):
        assert again["Location"] == LIST
    assert people.api_key(user.pk, key.id) == after


def test_nobody_elses_key_is_seen_or_revoked(client: Client, user: Any) -> None:
    theirs = make(open_person(), name="Somebody else's")
    for key_id in (theirs.id, new_uuid7(), uuid.uuid4()):
        address = f"{LIST}/{key_id}/revoke"
        assert client.get(address).status_code == 404
        assert client.post(address).status_code == 404
    assert theirs.hint not in page_of(client, LIST)
    assert people.api_key(theirs.user_id, theirs.id) == theirs


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", ("in your name", "Send:", "Top up:", "Name: Night shift", "lock your account at once")),
        ("zh-hans", ("以您的名义", "转账：", "充值：", "名称：Night shift", "请立即锁定账户")),
    ],
)
def test_its_owner_is_told_in_their_language(language: str, words: tuple[str, ...]) -> None:
    user = open_person(language=language)
    key = make(user, name="Night shift", scopes=[Scope.SEND, Scope.TOP_UP])
    tell()
    data = last_sent(user.email, "api_key_made")
    assert data["lock_link"].startswith(settings.ORIGIN + "/account/recover/")
    text = render("api_key_made", language=language, data=data).text
    for word in (*words, key.hint):
        assert word in text
    assert not re.search("Read:|查看：", text)
    (notice,) = [notice for notice in notices.inbox(user.pk) if notice.code == "api_key_made"]
    assert key.hint in notices.words(notice, language).body


def test_a_name_cannot_lead_a_reader_of_the_mail_astray(user: Any) -> None:
    make(user, name="call +1 202 555 0100 or see evil.example")
    tell()
    text = render("api_key_made", language="en", data=last_sent(user.email, "api_key_made")).text
    assert "evil" not in text
    assert "0100" not in text
    assert "Name: not shown in mails" in text


def test_a_lock_by_the_mailed_link_stops_the_key(client: Client, user: Any) -> None:
    client.post(NEW, READ)
    tell()
    link = last_sent(user.email, "api_key_made")["lock_link"].removeprefix(settings.ORIGIN)
    assert browser().post(link)["Location"] == "/account/locked"
    assert client.get(LIST)["Location"] == "/account/locked"
    rows = execute_prepared("SELECT digest FROM identity_api_key WHERE user_id = %s", [user.pk]).fetchall()
    (standing,) = people.api_keys_by_digest([bytes(digest) for (digest,) in rows]).values()
    assert standing.is_locked
