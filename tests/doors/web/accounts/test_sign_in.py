"""Signing in, being told of new devices, and sessions that end when they should."""

from __future__ import annotations

import pytest
from django.contrib.auth.hashers import check_password
from django.test import Client

from okpay.doors.web.accounts import backends
from okpay.identity import actions as identity
from okpay.identity import queries as people
from okpay.notifications import queries as notices
from tests.doors.web.accounts.conftest import browser, sign_in
from tests.factories.people import PASSWORD, open_person, unique_email, unique_phone
from tests.factories.sent import sent_to


def test_either_proven_address_signs_in(client: Client) -> None:
    user = open_person()
    phone = people.phone_of(user.pk)
    assert phone is not None
    for login in (user.email, user.email.upper(), phone[0]):
        sign_in(browser(), login)


def test_a_password_is_never_shown_again(client: Client) -> None:
    wrong = "not the right one &<"
    page = client.post("/account/login/", {"login": 'a"<b>@example.com', "password": wrong}).content.decode()
    assert "not the right one" not in page
    assert 'value="a&quot;&lt;b&gt;@example.com"' in page, "what is not secret stays to be mended"


@pytest.mark.parametrize("login", ["email", "phone"])
def test_a_claim_does_not_sign_in(client: Client, login: str) -> None:
    user, number = open_person(proven=False), unique_phone()
    identity.claim_phone(user_id=user.pk, number=number)
    answer = client.post(
        "/account/login/", {"login": user.email if login == "email" else number, "password": PASSWORD}
    )
    assert answer.status_code == 200
    assert b"is not right" in answer.content


def test_known_and_unknown_addresses_get_the_same_page(client: Client) -> None:
    known, unknown = open_person().email, unique_email()
    pages = [
        browser().post("/account/login/", {"login": email, "password": "not the right one"}).content.decode()
        for email in (known, unknown)
    ]
    import re

    plain = [
        re.sub(r'name="csrfmiddlewaretoken" value="[^"]*"', "", page).replace(email, "…")
        for page, email in zip(pages, (known, unknown), strict=True)
    ]
    assert plain[0] == plain[1]


def test_one_password_is_checked_whoever_asks(monkeypatch: pytest.MonkeyPatch, client: Client) -> None:
    claimed = unique_email()
    known, *_ = [open_person(), *(open_person(proven=False, email=claimed) for _ in range(3))]
    checked: list[str] = []
    hashes: list[str] = []

    def counted(password: str, encoded: str, *args: object, **kwargs: object) -> bool:
        checked.append(encoded)
        return check_password(password, encoded)

    monkeypatch.setattr("django.contrib.auth.base_user.check_password", counted)
    monkeypatch.setattr(backends, "check_password", counted)
    monkeypatch.setattr(
        "django.contrib.auth.base_user.make_password", lambda password: hashes.append(password)
    )
    for login in (unique_email(), unique_phone(), known.email, claimed):
        checked.clear()
        client.post("/account/login/", {"login": login, "password": "not the right one"})
        assert len(checked) == 1
    assert hashes == []


def test_a_new_device_is_told_and_a_known_one_is_not() -> None:
    user = open_person()
    phone, laptop = browser(), browser()
    sign_in(phone, user.email)
    assert "new_device" not in [name for name, _ in sent_to(user.email)]
    sign_in(laptop, user.email)
    assert [name for name, _ in sent_to(user.email)].count("new_device") == 1
    laptop.post("/account/logout/")
    sign_in(laptop, user.email)
    assert [name for name, _ in sent_to(user.email)].count("new_device") == 1
    assert "new_device" in [notice.code for notice in notices.inbox(user.pk)]


def test_after_five_wrong_passwords_the_right_one_waits_too(client: Client) -> None:
    user = open_person()
    for _ in range(5):
        browser().post("/account/login/", {"login": user.email, "password": "not the right one"})
    answer = client.post("/account/login/", {"login": user.email, "password": PASSWORD})
    assert answer.status_code == 200
    assert b"too many attempts" in answer.content


def test_a_made_up_forwarding_address_changes_no_limit() -> None:
    user = open_person()
    for number in range(20):
        Client(headers={"host": "localhost", "x-forwarded-for": f"192.0.2.{number}"}).post(
            "/account/login/", {"login": unique_email(), "password": "not the right one"}
        )
    answer = browser().post("/account/login/", {"login": user.email, "password": PASSWORD})
    assert b"too many attempts" in answer.content


def test_pages_of_a_wallet_ask_to_sign_in_and_lead_back(client: Client) -> None:
    for address in ("/wallet", "/inbox", "/account", "/account/security", "/account/email/"):
        answer = client.get(address)
        assert answer["Location"] == f"/account/login/?next={address}"
    user = open_person()
    answer = client.post(
        "/account/login/?next=/account/security", {"login": user.email, "password": PASSWORD}
    )
    assert answer["Location"] == "/account/security"


@pytest.mark.parametrize(
    "target", ["//evil.example", "https://evil.example/", "javascript:alert(1)", "/\\evil.example"]
)
def test_nobody_is_led_to_another_site(client: Client, target: str) -> None:
    user = open_person()
    answer = client.post("/account/login/", {"login": user.email, "password": PASSWORD, "next": target})
    assert answer["Location"] == "/wallet"


def test_other_sessions_end_one_by_one_or_all() -> None:
    user = open_person()
    here, there, elsewhere = browser(), browser(), browser()
    for client in (here, there, elsewhere):
        sign_in(client, user.email)
    page = here.get("/account/security").content.decode()
    import re

    ends = re.findall(r'action="(/account/sessions/\d+/end)"', page)
    assert len(ends) == 2
    here.post(ends[0])
    alive = [client.get("/wallet").status_code == 200 for client in (there, elsewhere)]
    assert sorted(alive) == [False, True]
    here.post("/account/sessions/others/end")
    assert [client.get("/wallet").status_code for client in (here, there, elsewhere)] == [200, 302, 302]


def test_nobody_ends_the_session_of_another() -> None:
    anna, ben = open_person(), open_person()
    hers, his = browser(), browser()
    sign_in(hers, anna.email)
    sign_in(his, ben.email)
    from allauth.usersessions.models import UserSession

    session = UserSession.objects.get(user_id=anna.pk)
    his.post(f"/account/sessions/{session.pk}/end")
    assert hers.get("/wallet").status_code == 200


def test_a_form_of_another_site_does_nothing() -> None:
    user = open_person()
    strict = Client(enforce_csrf_checks=True, headers={"host": "localhost"})
    answer = strict.post("/account/login/", {"login": user.email, "password": PASSWORD})
    assert answer.status_code == 403
    assert strict.get("/wallet").status_code == 302


def test_the_language_of_a_person_is_the_language_of_their_pages_and_mails() -> None:
    user = open_person(language="zh-hans", country="CN")
    client = browser()
    sign_in(client, user.email)
    assert 'lang="zh-Hans"' in client.get("/wallet").content.decode()
    client.post("/preferences", {"language": "en", "next": "/wallet"})
    assert people.person(user.pk).language == "en"
