"""Forgotten passwords, changed ones, changed addresses, and the emergency lock."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.conf import settings
from django.contrib.sessions.backends.db import SessionStore
from django.http import HttpRequest
from django.test import Client, RequestFactory

from okpay.base import clock
from okpay.doors.web.accounts import present
from okpay.doors.web.accounts.recovery import answer_recovery_requests
from okpay.identity import actions as identity
from okpay.identity import queries as people
from okpay.identity.models import User
from tests.doors.web.accounts.conftest import browser, sign_in
from tests.factories.people import PASSWORD, open_person, unique_email, unique_phone
from tests.factories.sent import last_sent, path_of, sent_to

NEW = "eleven brass lanterns asleep"


def ask(client: Client, email: str) -> str:
    """Ask for a new password and return the path of the link that is mailed."""
    answer = client.post("/account/password/reset/", {"email": email})
    assert answer["Location"] == "/account/password/reset/done/"
    answer_recovery_requests()
    link: str = last_sent(email, "reset_password")["link"]
    assert link.startswith(settings.ORIGIN + "/")
    return path_of(link)


def choose(client: Client, link: str, password: str = NEW) -> str:
    """Open the link, choose a password, and return where that leads."""
    page = client.get(link)
    assert page.status_code == 302
    assert link not in client.get(page["Location"]).content.decode()
    answer = client.post(page["Location"], {"password1": password, "password2": password})
    return str(answer.get("Location", ""))


def test_a_forgotten_password_is_replaced_and_every_session_ends(client: Client) -> None:
    user = open_person()
    other = browser()
    sign_in(other, user.email)
    link = ask(client, user.email)
    assert choose(client, link) == "/wallet"
    assert client.get("/wallet").status_code == 200
    assert other.get("/wallet").status_code == 302
    sign_in(browser(), user.email, NEW)
    assert last_sent(user.email, "password_changed")["lock_link"]
    again = browser()
    assert b"not valid any more" in again.get(link, follow=True).content


def test_a_link_is_void_after_half_an_hour_a_newer_password_or_a_newer_address(client: Client) -> None:
    user = open_person()
    link = ask(client, user.email)
    User.objects.get(pk=user.pk).set_password("x")
    changed = User.objects.get(pk=user.pk)
    changed.set_password(NEW)
    changed.save()
    assert b"not valid any more" in client.get(link, follow=True).content


def test_two_passwords_that_differ_change_nothing(client: Client) -> None:
    user = open_person()
    page = client.get(ask(client, user.email))
    answer = client.post(page["Location"], {"password1": NEW, "password2": NEW + "x"})
    assert answer.status_code == 200
    answer = client.post(page["Location"], {"password1": "password123", "password2": "password123"})
    assert b"leaked" in answer.content
    sign_in(browser(), user.email, PASSWORD)


def test_nobody_learns_whether_an_address_is_known(client: Client) -> None:
    known, unknown = open_person().email, unique_email()
    answers = [browser().post("/account/password/reset/", {"email": email}) for email in (known, unknown)]
    assert answers[0]["Location"] == answers[1]["Location"]
    assert sent_to(known) == sent_to(unknown) == [], "the mail is written in the background"
    answer_recovery_requests()
    assert [name for name, _ in sent_to(known)] == ["reset_password"]
    assert [name for name, _ in sent_to(unknown)] == ["unknown_account"]


def test_a_thousand_requests_are_a_few_mails(client: Client) -> None:
    user = open_person()
    for _ in range(12):
        client.post("/account/password/reset/", {"email": user.email})
    answer_recovery_requests()
    assert len(sent_to(user.email)) <= 5


@pytest.mark.parametrize(
    "body",
    [
        {"email": ["a@example.com", "b@example.com"]},
        {"email": "a@example.com,b@example.com"},
        {"email[]": "a@example.com"},
        {"email": "a@example.com\r\nBcc: b@example.com"},
        {"email": "аnna@example.com"},
    ],
)
def test_only_one_plain_address_is_written_to(client: Client, body: dict[str, object]) -> None:
    answer = client.post("/account/password/reset/", body)
    answer_recovery_requests()
    assert sent_to("a@example.com") == []
    assert answer.status_code == 200 or answer.status_code == 302


@pytest.mark.parametrize("header", ["x-forwarded-host", "x-host", "forwarded"])
def test_links_have_our_origin_whatever_a_request_says(client: Client, header: str) -> None:
    user = open_person()
    client.post("/account/password/reset/", {"email": user.email}, headers={header: "evil.example"})
    answer_recovery_requests()
    assert last_sent(user.email, "reset_password")["link"].startswith(settings.ORIGIN + "/")
    assert (
        client.post(
            "/account/password/reset/", {"email": user.email}, headers={"host": "evil.example"}
        ).status_code
        == 400
    )


def test_a_changed_password_ends_the_other_sessions(client: Client) -> None:
    user = open_person()
    other = browser()
    sign_in(client, user.email)
    sign_in(other, user.email)
    body = {"oldpassword": PASSWORD, "password1": NEW, "password2": NEW}
    assert client.post("/account/password/change/", {**body, "oldpassword": "no"}).status_code == 200
    assert client.post("/account/password/change/", body).status_code == 302
    assert client.get("/wallet").status_code == 200
    assert other.get("/wallet").status_code == 302


def test_an_address_changes_when_the_new_one_is_proven_and_the_old_one_is_told(client: Client) -> None:
    user, new = open_person(), unique_email()
    old = user.email
    sign_in(client, old)
    assert client.post("/account/email/", {"action_add": "1", "email": new}).status_code == 200
    assert client.post("/account/prove/email")["Location"] == "/account/email/"
    code = last_sent(old, "change_code")["code"]
    wrong = client.post("/account/email/", {"action_add": "1", "email": new, "present_code": "000000"})
    assert b"not the code" in wrong.content
    asked = client.post("/account/email/", {"action_add": "1", "email": new, "present_code": code})
    assert asked["Location"].startswith("/account/reauthenticate/"), "the password is asked for once more"
    assert client.post(asked["Location"], {"password": PASSWORD}).status_code == 302
    assert people.user_of_email(old) == user
    link = path_of(last_sent(new, "email_change")["link"])
    client.post(link)
    assert people.user_of_email(new) == user
    assert people.user_of_email(old) is None
    assert new not in str(last_sent(old, "email_changed"))


def test_a_number_changes_when_the_new_one_is_proven(client: Client) -> None:
    user, new = open_person(), unique_phone()
    sign_in(client, user.email)
    before = people.phone_of(user.pk)
    assert before is not None
    client.post("/account/prove/phone")
    code = last_sent(before[0], "phone_code")["code"]
    assert client.post("/account/phone/change/", {"phone": new, "present_code": "000000"}).status_code == 200
    asked = client.post("/account/phone/change/", {"phone": new, "present_code": code})
    assert asked["Location"].startswith("/account/reauthenticate/"), "the password is asked for once more"
    assert client.post(asked["Location"], {"password": "no"}).status_code == 200
    assert client.post(asked["Location"], {"password": PASSWORD})["Location"] == "/account/phone/verify/"
    assert client.post("/account/phone/verify/", {"action": "verify", "code": "000000"}).status_code == 200
    assert people.phone_of(user.pk) == before
    client.post("/account/phone/verify/", {"action": "verify", "code": last_sent(new, "phone_code")["code"]})
    assert people.phone_of(user.pk) == (new, True)
    assert last_sent(user.email, "phone_changed")


def test_a_stolen_account_is_locked_and_unlocked_by_mail(client: Client) -> None:
    user = open_person()
    thief = browser()
    sign_in(thief, user.email)
    client.post("/account/recovery/lock", {"email": user.email})
    answer_recovery_requests()
    link = path_of(last_sent(user.email, "lock_request")["link"])
    assert client.get(link).status_code == 200
    assert thief.get("/wallet").status_code == 200, "opening the link does nothing"
    assert client.post(link)["Location"] == "/account/locked"
    assert thief.get("/wallet")["Location"] == "/account/locked"
    assert thief.get("/wallet")["Location"].startswith("/account/login/")
    refused = browser().post("/account/login/", {"login": user.email, "password": PASSWORD})
    assert refused["Location"] == "/account/locked"
    assert last_sent(user.email, "account_locked")
    client.post("/account/recovery/unlock", {"email": user.email})
    answer_recovery_requests()
    link = path_of(last_sent(user.email, "unlock_request")["link"])
    assert choose(client, client.post(link)["Location"]) == "/wallet"
    refused = browser().post("/account/login/", {"login": user.email, "password": PASSWORD})
    assert refused.status_code == 200, "the old password is no use any more"
    sign_in(browser(), user.email, NEW)
    assert client.post(link).status_code == 410, "it was unlocked already"


def test_a_link_that_is_not_ours_does_nothing(client: Client) -> None:
    for token in ("x", "eyJraW5kIjoibG9jayJ9:1abc:xyz"):
        assert client.post(f"/account/recover/{token}").status_code == 410


def test_an_old_link_does_nothing(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    from okpay.doors.web.accounts import mails
    from okpay.identity.records import Recovery

    user = open_person()
    link = path_of(mails.recovery_link(Recovery.LOCK, user.pk))
    later = clock.now() + timedelta(days=mails.LOCK_LINK_DAYS + 1)
    monkeypatch.setattr("django.core.signing.time.time", later.timestamp)
    assert client.post(link).status_code == 410
    assert people.person(user.pk).locked_at is None
    assert re.match(r"/account/recover/", link)


def test_a_code_is_for_one_session_and_one_address_and_not_to_be_guessed(client: Client) -> None:
    user = open_person()
    other = browser()
    for signed_in in (client, other):
        sign_in(signed_in, user.email)
    client.post("/account/prove/email")
    code = last_sent(user.email, "change_code")["code"]
    change = {"action_add": "1", "email": unique_email(), "present_code": code}
    assert b"not the code" in other.post("/account/email/", change).content
    assert (
        b"not the code"
        in client.post("/account/phone/change/", {"phone": unique_phone(), "present_code": code}).content
    )
    for _ in range(5):
        client.post("/account/email/", {**change, "present_code": "000000" if code != "000000" else "111111"})
    assert b"not the code" in client.post("/account/email/", change).content
    assert client.post("/account/prove/letter").status_code == 404


def test_links_that_lock_and_unlock_are_void_once_their_lock_is_undone(client: Client) -> None:
    user = open_person()
    client.post("/account/recovery/lock", {"email": user.email})
    answer_recovery_requests()
    lock = path_of(last_sent(user.email, "lock_request")["link"])
    client.post(lock)
    client.post("/account/recovery/unlock", {"email": user.email})
    answer_recovery_requests()
    unlock = path_of(last_sent(user.email, "unlock_request")["link"])
    assert choose(client, client.post(unlock)["Location"]) == "/wallet"
    assert browser().post(lock).status_code == 410, "who kept the old mail cannot lock again"
    identity.lock(user_id=user.pk, now=clock.now())
    assert browser().post(unlock).status_code == 410, "it was for another lock"
    assert people.person(user.pk).locked_at is not None


def test_an_unlock_link_is_void_once_the_address_has_changed(client: Client) -> None:
    user, new = open_person(), unique_email()
    identity.lock(user_id=user.pk, now=clock.now())
    client.post("/account/recovery/unlock", {"email": user.email})
    answer_recovery_requests()
    link = path_of(last_sent(user.email, "unlock_request")["link"])
    User.objects.filter(pk=user.pk).update(email=new)
    assert client.post(link).status_code == 410
    assert people.person(user.pk).locked_at is not None


def test_an_open_account_is_sent_nothing_that_unlocks_and_a_locked_one_nothing_that_locks(
    client: Client,
) -> None:
    user = open_person()
    client.post("/account/recovery/unlock", {"email": user.email})
    answer_recovery_requests()
    assert sent_to(user.email) == []
    identity.lock(user_id=user.pk, now=clock.now())
    client.post("/account/recovery/lock", {"email": user.email})
    answer_recovery_requests()
    assert "lock_request" not in [name for name, _ in sent_to(user.email)]


def test_a_changed_address_ends_the_other_sessions(client: Client) -> None:
    user, new = open_person(), unique_email()
    other = browser()
    sign_in(client, user.email)
    sign_in(other, user.email)
    client.post("/account/prove/email")
    code = last_sent(user.email, "change_code")["code"]
    asked = client.post("/account/email/", {"action_add": "1", "email": new, "present_code": code})
    client.post(asked["Location"], {"password": PASSWORD})
    assert other.get("/wallet").status_code == 200
    client.post(path_of(last_sent(new, "email_change")["link"]))
    assert client.get("/wallet").status_code == 200
    assert other.get("/wallet").status_code == 302


def test_a_new_session_does_not_give_new_guesses_at_a_code(rf: RequestFactory) -> None:
    person = people.person(open_person().pk)

    def session() -> HttpRequest:
        request = rf.post("/account/email/")
        request.user, request.session = User.objects.get(pk=person.id), SessionStore()
        present.send_code(request, person, to_phone=False)
        return request

    first = session()
    code = last_sent(person.email, "change_code")["code"]
    assert present.is_proven(first, person.email, code)
    for _ in range(5):
        other = session()
        for _ in range(3):
            assert not present.is_proven(other, person.email, "no code")
    assert not present.is_proven(first, person.email, code)
