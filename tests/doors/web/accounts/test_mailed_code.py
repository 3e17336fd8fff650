"""A mailed code as the second step, for whoever wants it and has no better one."""

from __future__ import annotations

import pytest
from django.core.cache import cache
from django.test import Client

from okpay.identity import queries as people
from tests.doors.web.accounts.conftest import browser, sign_in
from tests.doors.web.accounts.test_second_factors import prove_again, set_up_app
from tests.factories.people import PASSWORD, open_person
from tests.factories.sent import last_sent, sent_to

STEP = "/account/login/code/confirm/"
SWITCH = "/account/second-factor/mailed-code"


@pytest.fixture
def email(client: Client) -> str:
    """The address of somebody who wants a mailed code, and is signed in."""
    user = open_person()
    sign_in(client, user.email)
    prove_again(client)
    answer = client.post(SWITCH, {"on": "1"})
    assert (answer.status_code, answer["Location"]) == (302, "/account/second-factor/")
    return str(user.email)


def first_step(client: Client, email: str) -> str:
    """Give the password; return the code that was mailed."""
    answer = client.post("/account/login/", {"login": email, "password": PASSWORD})
    assert (answer.status_code, answer["Location"]) == (302, STEP)
    assert client.get("/wallet").status_code == 302
    return str(last_sent(email, "sign_in_code")["code"])


def is_in(client: Client) -> bool:
    """Tell whether a browser is signed in."""
    return client.get("/wallet").status_code == 200


def test_signing_in_asks_for_the_mailed_code(email: str) -> None:
    client = browser()
    code = first_step(client, email)
    assert client.post(STEP, {"code": f"{(int(code) + 1) % 10**6:06}"}).status_code == 200
    assert not is_in(client)
    assert client.post(STEP, {"code": code})["Location"] == "/wallet"
    assert is_in(client)


def test_a_code_is_for_its_own_sign_in(email: str) -> None:
    one, other = browser(), browser()
    first, second = first_step(one, email), first_step(other, email)
    assert one.post(STEP, {"code": second}).status_code == 200
    assert other.post(STEP, {"code": first}).status_code == 200
    assert not is_in(one)
    assert not is_in(other)


def test_a_new_code_ends_the_old_one(email: str) -> None:
    client = browser()
    old = first_step(client, email)
    client.post(STEP, {"action": "resend"})
    new = str(last_sent(email, "sign_in_code")["code"])
    assert new != old
    assert client.post(STEP, {"code": old}).status_code == 200
    assert client.post(STEP, {"code": new})["Location"] == "/wallet"


def test_whoever_signs_in_anew_for_more_tries_is_stopped_and_told_on(email: str) -> None:
    for number in range(6):
        thief = browser()
        thief.defaults["REMOTE_ADDR"] = f"198.51.100.{number}"
        code = first_step(thief, email)
        thief.post(STEP, {"code": f"{(int(code) + 1) % 10**6:06}"})
    assert thief.post(STEP, {"code": code}).status_code == 200, "not even the right one, for a while"
    assert not is_in(thief)
    assert [name for name, _ in sent_to(email)].count("second_factor_guessed") == 1
    cache.clear()
    owner = browser()
    owner.post(STEP, {"code": first_step(owner, email)})
    assert is_in(owner)


def test_an_app_takes_its_place(client: Client, email: str) -> None:
    set_up_app(client)
    answer = browser().post("/account/login/", {"login": email, "password": PASSWORD})
    assert answer["Location"] == "/account/second-factor/authenticate/"
    assert "sign_in_code" not in [name for name, _ in sent_to(email)]


def test_it_is_switched_on_and_off_by_its_owner_who_proves_it_again(client: Client) -> None:
    user, elsewhere = open_person(), browser()
    sign_in(elsewhere, user.email)
    sign_in(client, user.email)
    answer = client.post(SWITCH, {"on": "1"})
    assert answer["Location"].startswith("/account/reauthenticate/")
    found = people.user_of_email(user.email)
    assert found is not None
    assert not found.mailed_code
    prove_again(client)
    for turn, change in (("1", "mail_added"), ("0", "mail_removed")):
        assert client.post(SWITCH, {"on": turn}).status_code == 302
        assert last_sent(user.email, "second_factor_changed")["change"] == change
    assert not is_in(elsewhere)
    assert is_in(client)
    sign_in(browser(), user.email)
