"""The pages of the payment password: set, changed, forgotten, blocked, and told to its owner."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings
from django.core.cache import cache
from django.test import Client

from okpay.base import clock
from okpay.base.relay import Relay
from okpay.doors.web.accounts import mails, payment_passwords
from okpay.doors.web.accounts.payment_forms import PaymentPasswordField
from okpay.identity import actions as identity
from okpay.identity import queries as people
from okpay.identity.models import User
from okpay.identity.records import ConfirmationFault, Recovery
from okpay.notifications import queries as notices
from tests.doors.web.accounts.conftest import browser, sign_in
from tests.factories.people import DIGITS, PASSWORD, open_person, set_payment_password, unique_email
from tests.factories.sent import last_sent, path_of, sent_to

PAGE = "/account/payment-password"
NEW = "739182"
FIRST = {"password": PASSWORD, "digits": DIGITS, "digits_again": DIGITS}
ANEW = {"password": PASSWORD, "digits": NEW, "digits_again": NEW}
CHANGE = {"old_digits": DIGITS, "digits": NEW, "digits_again": NEW}


@pytest.fixture
def user(client: Client) -> Any:
    """Somebody who is signed in and has no payment password."""
    user = open_person()
    sign_in(client, user.email)
    return user


@pytest.fixture
def owner(client: Client, user: Any) -> Any:
    """Somebody who is signed in and has a payment password."""
    set_payment_password(user)
    return user


def tell() -> None:
    """Let the relay hand on what has happened."""
    relay = Relay((payment_passwords.listener(),))
    while relay.run_once():
        pass


def is_payment_password(user: Any, digits: str) -> bool:
    """Tell whether digits confirm a payment."""
    answer = identity.confirm_payment(user_id=user.pk, digits=digits, binding=b"b" * 32, now=clock.now())
    return answer.confirmation_id is not None


def link_of(client: Client, user: Any) -> str:
    """Ask for the link and return its path."""
    assert client.post(f"{PAGE}/forgotten")["Location"] == f"{PAGE}/forgotten"
    link: str = last_sent(user.email, "payment_password_reset")["link"]
    assert link.startswith(settings.ORIGIN + "/")
    return path_of(link)


def test_it_is_for_whoever_is_signed_in() -> None:
    for address in (PAGE, f"{PAGE}/forgotten", f"{PAGE}/reset/x"):
        assert browser().get(address)["Location"].startswith("/account/login/")
        assert browser().post(address, FIRST)["Location"].startswith("/account/login/")


def test_it_is_set_with_the_password_of_signing_in_and_its_owner_is_told(client: Client, user: Any) -> None:
    assert b"not set" in client.get("/account/security").content
    page = client.get(PAGE).content.decode()
    assert 'inputmode="numeric"' in page
    assert "old_digits" not in page
    assert client.post(PAGE, FIRST)["Location"] == "/account/security"
    assert is_payment_password(user, DIGITS)
    assert b"Your payment password is set." in client.get("/account/security").content
    tell()
    assert last_sent(user.email, "payment_password_set")["lock_link"]
    assert "payment_password_set" in [notice.code for notice in notices.inbox(user.pk)]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"password": "not it"}, "The password is not right."),
        ({"digits_again": NEW}, "These are not the same digits as above."),
        ({"digits": "123456", "digits_again": "123456"}, "This is too easy to guess"),
        ({"digits": "48025", "digits_again": "48025"}, "Write six to twelve digits"),
        ({"digits": "48o257", "digits_again": "48o257"}, "Write six to twelve digits"),
        ({"digits": "", "digits_again": ""}, "This field is required."),
        ({"digits": "<script>alert(1)</script>"}, "at most 12 characters"),
    ],
)
def test_what_is_refused_sets_nothing_and_is_not_shown_again(
    client: Client, user: Any, change: dict[str, str], said: str
) -> None:
    answer = client.post(PAGE, {**FIRST, **change})
    assert answer.status_code == 200
    page = answer.content.decode()
    assert said in page
    assert 'aria-invalid="true"' in page
    for secret in (PASSWORD, DIGITS, NEW, "<script>alert"):
        assert secret not in page
    assert not people.payment_password_state(user.pk, now=clock.now()).is_set


def test_digits_that_sign_in_are_not_taken(client: Client) -> None:
    digits = "480257391846"
    user = open_person(password=digits)
    sign_in(client, user.email, digits)
    page = client.post(PAGE, {"password": digits, "digits": digits, "digits_again": digits})
    assert b"You sign in with these digits" in page.content


def test_who_came_from_a_payment_goes_back_to_it_and_nowhere_else(client: Client, user: Any) -> None:
    assert 'name="next" value="/wallet?x=1"' in client.get(f"{PAGE}?next=/wallet%3Fx=1").content.decode()
    assert "evil" not in client.get(f"{PAGE}?next=//evil.example").content.decode()
    assert client.post(PAGE, {**FIRST, "next": "/wallet?x=1"})["Location"] == "/wallet?x=1"
    other = browser()
    person = open_person()
    sign_in(other, person.email)
    assert other.post(PAGE, {**FIRST, "next": "https://evil.example/"})["Location"] == "/"


def test_one_that_is_set_is_not_set_again_without_the_old_one(client: Client, owner: Any) -> None:
    assert client.post(PAGE, ANEW).status_code == 200
    assert is_payment_password(owner, DIGITS)


def test_of_two_windows_that_set_the_first_one_one_is_told_to_look_again(client: Client, user: Any) -> None:
    from unittest.mock import patch

    before = people.payment_password_state(user.pk, now=clock.now())
    set_payment_password(user)
    with patch.object(people, "payment_password_state", return_value=before):
        assert client.post(PAGE, ANEW).status_code == 409
    assert is_payment_password(user, DIGITS)


def test_it_is_changed_with_the_old_one(client: Client, owner: Any) -> None:
    wrong = client.post(PAGE, {**CHANGE, "old_digits": "846273"}).content.decode()
    assert "This is not your payment password." in wrong
    assert "4 tries left" in wrong
    assert f'href="{PAGE}/forgotten"' in wrong
    assert "4 tries left" in client.get(PAGE).content.decode()
    trivial = client.post(PAGE, {**CHANGE, "digits": "654321", "digits_again": "654321"})
    assert "4 tries left" in trivial.content.decode(), "what is trivial costs no try"
    assert client.post(PAGE, CHANGE)["Location"] == "/account/security"
    assert is_payment_password(owner, NEW)
    tell()
    assert last_sent(owner.email, "payment_password_set")


def test_five_wrong_ones_block_it_and_its_owner_is_told_and_has_a_way_back(
    client: Client, owner: Any
) -> None:
    for _ in range(4):
        client.post(PAGE, {**CHANGE, "old_digits": "846273"})
    page = client.post(PAGE, {**CHANGE, "old_digits": "846273"}).content.decode()
    assert "Blocked after too many wrong tries." in page
    assert 'name="digits"' not in page
    cache.clear()
    assert "Blocked after" in client.post(PAGE, CHANGE).content.decode(), "the right one, too"
    assert "Works again from" in client.get("/account/security").content.decode()
    tell()
    sent = last_sent(owner.email, "payment_password_blocked")
    assert sent["lock_link"]
    assert [name for name, _ in sent_to(owner.email)].count("payment_password_blocked") == 1
    assert "payment_password_blocked" in [notice.code for notice in notices.inbox(owner.pk)]
    assert client.post(link_of(client, owner), ANEW).status_code == 302
    assert is_payment_password(owner, NEW)


def test_a_forgotten_one_is_set_anew_by_link_and_password_once(client: Client, owner: Any) -> None:
    link = link_of(client, owner)
    assert client.get(link).status_code == 200
    assert is_payment_password(owner, DIGITS), "opening the link does nothing"
    assert b"The password is not right." in client.post(link, {**ANEW, "password": "not it"}).content
    assert client.post(link, ANEW)["Location"] == "/account/security"
    assert is_payment_password(owner, NEW)
    for answer in (client.get(link), client.post(link, FIRST)):
        assert answer.status_code == 410
        assert "not valid any more" in answer.content.decode()
    assert is_payment_password(owner, NEW)


def test_a_link_is_for_its_owner_only(client: Client, owner: Any) -> None:
    link, other = link_of(client, owner), browser()
    thief = open_person()
    set_payment_password(thief)
    sign_in(other, thief.email)
    assert other.get(link).status_code == 410
    assert other.post(link, ANEW).status_code == 410
    assert is_payment_password(owner, DIGITS)
    assert is_payment_password(thief, DIGITS)
    assert client.get(link).status_code == 200


def test_a_link_ends_after_half_an_hour_with_a_change_and_with_the_address(
    client: Client, owner: Any
) -> None:
    link = link_of(client, owner)
    clock.advance(timedelta(minutes=mails.RESET_MINUTES, seconds=1))
    assert client.post(link, ANEW).status_code == 410
    link = link_of(client, owner)
    User.objects.filter(pk=owner.pk).update(email=unique_email())
    assert client.post(link, ANEW).status_code == 410
    User.objects.filter(pk=owner.pk).update(email=owner.email)
    assert client.get(link).status_code == 200
    assert client.post(PAGE, CHANGE).status_code == 302
    assert client.post(link, ANEW).status_code == 410
    assert is_payment_password(owner, NEW)


def test_a_link_that_is_not_ours_does_nothing(client: Client, owner: Any) -> None:
    lock = path_of(mails.recovery_link(Recovery.LOCK, owner.pk)).rpartition("/")[2]
    for token in ("x", lock, link_of(client, owner).rpartition("/")[2][:-1]):
        assert client.post(f"{PAGE}/reset/{token}", ANEW).status_code == 410


def test_links_are_mailed_a_few_times_only_and_to_owners_only(client: Client, owner: Any) -> None:
    answers = [client.post(f"{PAGE}/forgotten").status_code for _ in range(5)]
    assert answers == [302, 302, 302, 429, 429]
    other, person = browser(), open_person()
    sign_in(other, person.email)
    assert other.post(f"{PAGE}/forgotten")["Location"] == PAGE
    assert "payment_password_reset" not in [name for name, _ in sent_to(person.email)]


def test_the_password_is_not_guessed_here_either(client: Client, owner: Any) -> None:
    link = link_of(client, owner)
    said = [client.post(link, {**ANEW, "password": f"guess {n}"}).content for n in range(6)]
    assert b"too many attempts" in said[-1]
    assert client.post(link, ANEW).status_code != 302


def test_a_locked_account_and_a_forgotten_sign_in_tell_nothing_of_it(client: Client) -> None:
    without, with_one = open_person(), open_person()
    set_payment_password(with_one)
    tell()
    pages = []
    for person in (without, with_one):
        identity.lock(user_id=person.pk, now=clock.now())
        stranger = browser()
        refused = stranger.post("/account/login/", {"login": person.email, "password": PASSWORD})
        asked = stranger.post("/account/password/reset/", {"email": person.email})
        said = re.sub(r'value="\w{64}"', "", stranger.get("/account/locked").content.decode())
        pages.append((refused["Location"], said, asked["Location"]))
        assert stranger.get(PAGE)["Location"].startswith("/account/login/")
    assert pages[0] == pages[1]


@pytest.mark.parametrize("written", ["480257", "４８０２５７", " 480 257 "])
def test_digits_are_read_as_people_type_them(written: str) -> None:
    assert PaymentPasswordField().clean(written) == "480257"


def test_every_fault_of_a_confirmation_has_words() -> None:
    assert set(payment_passwords.FAULT_WORDS) == set(ConfirmationFault)
