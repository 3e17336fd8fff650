"""A code of an app, passkeys and recovery codes: each works once, and whoever guesses is stopped and told on."""

from __future__ import annotations

import json
import re
import threading
import time
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from allauth.usersessions.models import UserSession
from django.core.cache import cache
from django.db import connection
from django.test import Client

from okpay.base import clock
from okpay.doors.web.accounts import second_factors
from okpay.doors.web.accounts.recovery import new_password_path
from okpay.identity import actions as identity
from okpay.identity import queries as people
from okpay.notifications import queries as notices
from tests.doors.web.accounts.conftest import browser, sign_in
from tests.factories.people import PASSWORD, open_person, set_payment_password
from tests.factories.sent import last_sent, path_of, sent_to

Answer = Any
"""What Django's test client returns."""
STEP = "/account/second-factor/authenticate/"
SET_UP = "/account/second-factor/totp/activate/"
CODES = "/account/second-factor/recovery-codes/"


def code_of(secret: str, *, steps: int = 0) -> str:
    """Return what an app with this key shows, now or some half minutes off."""
    return str(format_hotp_value(hotp_value(secret, int(time.time()) // 30 + steps)))


def prove_again(client: Client) -> None:
    """Give the password once more, which changing what protects the account asks for."""
    answer = client.post("/account/reauthenticate/", {"password": PASSWORD})
    assert answer.status_code == 302, answer.content.decode()[-2000:]


def set_up_app(client: Client) -> tuple[str, list[str]]:
    """Set up an app; return its key and the recovery codes that are shown."""
    prove_again(client)
    found = re.search(r"<code>([A-Z2-7]{32})</code>", client.get(SET_UP).content.decode())
    assert found is not None
    answer = client.post(SET_UP, {"code": code_of(found[1], steps=-1)})
    assert (answer.status_code, answer["Location"]) == (302, CODES), answer.content.decode()[-2000:]
    shown = re.findall(r'<code class="number">(\d{8})</code>', client.get(CODES).content.decode())
    assert len(shown) == 10
    return found[1], shown


def first_step(client: Client, email: str) -> None:
    """Give the password, and be asked for more."""
    answer = client.post("/account/login/", {"login": email, "password": PASSWORD})
    assert (answer.status_code, answer["Location"]) == (302, STEP)
    assert client.get("/wallet").status_code == 302


def is_in(answer: Answer) -> bool:
    """Tell whether a second step led into the wallet."""
    return bool(answer.status_code == 302 and answer["Location"] == "/wallet")


@pytest.fixture
def anna(client: Client) -> tuple[str, str, list[str]]:
    """Somebody with an app: address, key, recovery codes."""
    user = open_person()
    sign_in(client, user.email)
    key, codes = set_up_app(client)
    return user.email, key, codes


def test_signing_in_asks_for_the_code_and_a_code_works_once(anna: tuple[str, str, list[str]]) -> None:
    email, key, _ = anna
    one, other = browser(), browser()
    first_step(one, email)
    first_step(other, email)
    code = code_of(key)
    assert is_in(one.post(STEP, {"code": code}))
    assert not is_in(other.post(STEP, {"code": code}))
    assert one.get("/wallet").status_code == 200
    assert other.get("/wallet").status_code == 302
    # A clock that is half a minute off is let in, too.
    assert is_in(other.post(STEP, {"code": f" {code_of(key, steps=1)[:3]} {code_of(key, steps=1)[3:]} "}))


def test_the_code_that_set_the_app_up_signs_nobody_in(anna: tuple[str, str, list[str]]) -> None:
    email, key, _ = anna
    thief = browser()
    first_step(thief, email)
    assert not is_in(thief.post(STEP, {"code": code_of(key, steps=-1)}))


def test_of_one_code_on_two_pages_at_the_same_moment_one_works(anna: tuple[str, str, list[str]]) -> None:
    email, key, codes = anna
    for code in (code_of(key), codes[0]):
        browsers = [browser() for _ in range(4)]
        for one in browsers:
            first_step(one, email)
        inside = browser()
        first_step(inside, email)
        answers = at_once([partial(one.post, STEP, {"code": code}) for one in browsers])
        assert sorted(map(is_in, answers)) == [False, False, False, True], code


def at_once(functions: list[Callable[[], Answer]]) -> list[Answer]:
    """Call functions at the same moment, each on a thread of its own."""
    start = threading.Barrier(len(functions))
    answers: list[Answer] = []

    def call(function: Callable[[], Answer]) -> None:
        start.wait(10)
        answers.append(function())
        connection.close()

    threads = [threading.Thread(target=call, args=(function,)) for function in functions]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    return answers


def test_a_code_that_signed_in_does_not_prove_again_and_the_other_way_round(
    anna: tuple[str, str, list[str]],
) -> None:
    email, key, _ = anna
    client = browser()
    first_step(client, email)
    code = code_of(key)
    assert is_in(client.post(STEP, {"code": code}))
    again = "/account/second-factor/reauthenticate/"
    assert client.post(again, {"code": code}).status_code == 200
    assert client.post(again, {"code": code_of(key, steps=1)}).status_code == 302
    rival = browser()
    first_step(rival, email)
    assert not is_in(rival.post(STEP, {"code": code_of(key, steps=1)}))


def test_a_recovery_code_lets_in_once_and_is_counted(anna: tuple[str, str, list[str]]) -> None:
    email, _, codes = anna
    for expected in (True, False):
        client = browser()
        first_step(client, email)
        assert is_in(client.post(STEP, {"code": codes[3]})) is expected
    client = browser()
    first_step(client, email)
    assert is_in(client.post(STEP, {"code": codes[4]}))
    prove_again(client)
    page = client.get(CODES).content.decode()
    assert "8 of 10 are left" in page
    assert codes[5] not in page, "they are shown once"


def test_new_recovery_codes_end_the_old_ones(client: Client, anna: tuple[str, str, list[str]]) -> None:
    email, _, codes = anna
    answer = client.post(f"{CODES}generate/")
    assert (answer.status_code, answer["Location"]) == (302, CODES)
    new = re.findall(r'<code class="number">(\d{8})</code>', client.get(CODES).content.decode())
    assert len(new) == 10
    assert not set(new) & set(codes)
    for code, expected in ((codes[0], False), (new[0], True)):
        other = browser()
        first_step(other, email)
        assert is_in(other.post(STEP, {"code": code})) is expected


def test_five_wrong_codes_stop_whoever_guesses_and_the_owner_is_told_once(
    anna: tuple[str, str, list[str]],
) -> None:
    email, key, _ = anna
    # From a new browser each time: what is counted is the account.
    for number in range(8):
        thief = browser()
        thief.defaults["REMOTE_ADDR"] = f"198.51.100.{number}"
        first_step(thief, email)
        assert not is_in(thief.post(STEP, {"code": f"{number:06}"}))
    assert not is_in(thief.post(STEP, {"code": code_of(key)})), "not even the right one, for a while"
    told = [code for code, _ in sent_to(email) if code == "second_factor_guessed"]
    assert len(told) == 1
    cache.clear()
    owner = browser()
    first_step(owner, email)
    assert is_in(owner.post(STEP, {"code": code_of(key, steps=1)})), "the way back is to wait"


def test_a_change_ends_other_sessions_and_is_told(client: Client) -> None:
    user, elsewhere = open_person(), browser()
    sign_in(elsewhere, user.email)
    sign_in(client, user.email)
    set_up_app(client)
    assert elsewhere.get("/wallet").status_code == 302
    assert client.get("/wallet").status_code == 200
    assert UserSession.objects.filter(user=user).count() == 1
    changes = [data["change"] for code, data in sent_to(user.email) if code == "second_factor_changed"]
    assert changes == ["app_added"]
    assert "second_factor_changed" in [notice.code for notice in notices.inbox(user.pk)]


def test_switching_off_asks_who_it_is_and_takes_the_recovery_codes_along(
    client: Client, anna: tuple[str, str, list[str]]
) -> None:
    email, key, _ = anna
    off = "/account/second-factor/totp/deactivate/"
    stolen = browser()
    first_step(stolen, email)
    assert is_in(stolen.post(STEP, {"code": code_of(key)}))
    answer = stolen.post(off)
    assert answer["Location"].startswith("/account/reauthenticate/")
    assert Authenticator.objects.filter(user__email=email).count() == 2
    assert client.post(off).status_code == 302
    assert Authenticator.objects.filter(user__email=email).count() == 0
    sign_in(browser(), email)


def test_nothing_readable_lies_in_the_database(anna: tuple[str, str, list[str]]) -> None:
    email, key, _ = anna
    for one in Authenticator.objects.filter(user__email=email):
        assert key not in json.dumps(one.data)
    app = Authenticator.objects.get(user__email=email, type="totp")
    adapter = second_factors.SecondFactorAdapter()
    assert adapter.decrypt(app.data["secret"]) == key
    assert adapter.encrypt("x") != adapter.encrypt("x")


def test_a_forgotten_password_still_asks_for_the_second_step(anna: tuple[str, str, list[str]]) -> None:
    email, _, _ = anna
    user = people.user_of_email(email)
    assert user is not None
    client = browser()
    opened = client.get(new_password_path(user.pk))
    new = "eleven brass lanterns asleep"
    answer = client.post(opened["Location"], {"password1": new, "password2": new})
    assert (answer.status_code, answer["Location"]) == (302, STEP)
    assert client.get("/wallet").status_code == 302


def test_a_forgotten_payment_password_asks_for_the_second_factor_too(
    client: Client, anna: tuple[str, str, list[str]]
) -> None:
    email, key, _ = anna
    user = people.user_of_email(email)
    assert user is not None
    set_payment_password(user)
    client.post("/account/payment-password/forgotten")
    link = path_of(last_sent(email, "payment_password_reset")["link"])
    asked = client.get(link)
    assert asked["Location"].startswith("/account/second-factor/reauthenticate/?next=")
    digits = {"digits": "731946", "digits_again": "731946", "password": PASSWORD}
    assert client.post(link, digits)["Location"].startswith("/account/second-factor/reauthenticate/")
    assert client.post(asked["Location"], {"code": code_of(key)})["Location"] == link
    assert client.post(link, digits)["Location"] == "/account/security"
    assert identity.confirm_payment(
        user_id=user.pk, digits="731946", binding=b"b" * 32, now=clock.now()
    ).confirmation_id


@pytest.mark.parametrize(
    "credential",
    ["", "x", "[]", "{}", "null", "0", '{"id": 1}', '{"id":"AA","rawId":"AA","type":"public-key","response":{}}',
     '{"id":"AA","rawId":"AA","type":"public-key","response":{"clientDataJSON":"AA","authenticatorData":"AA",'
     '"signature":"AA","userHandle":"AA"}}', '{"response":{"userHandle":["x"]}}', "[" * 100_000],
)  # fmt: skip
def test_what_is_no_passkey_is_refused_in_words(credential: str, client: Client) -> None:
    client.get("/account/second-factor/webauthn/login/", headers={"accept": "application/json"})
    answer = client.post("/account/second-factor/webauthn/login/", {"credential": credential}, follow=True)
    assert answer.status_code == 200
    assert client.get("/wallet").status_code == 302
    user = open_person()
    sign_in(client, user.email)
    prove_again(client)
    client.get("/account/second-factor/webauthn/add/")
    answer = client.post("/account/second-factor/webauthn/add/", {"name": "x", "credential": credential})
    assert answer.status_code == 200
    assert not Authenticator.objects.filter(user=user).exists()


def test_nobody_touches_another_ones_passkey(client: Client) -> None:
    owner = open_person()
    key = Authenticator.objects.create(user=owner, type="webauthn", data={"name": "Mine", "credential": {}})
    stranger = open_person()
    sign_in(client, stranger.email)
    prove_again(client)
    for what in ("edit", "remove"):
        address = f"/account/second-factor/webauthn/keys/{key.pk}/{what}/"
        assert client.get(address).status_code == 404
        assert client.post(address, {"name": "Yours"}).status_code == 404
    assert Authenticator.objects.get(pk=key.pk).data["name"] == "Mine"
