"""A stranger becomes somebody who can sign in; a claim on another's address gets nobody anywhere."""

from __future__ import annotations

import re

import pytest
from django.conf import settings
from django.core.cache import cache
from django.test import Client

from okpay.customers import queries as customers
from okpay.identity import queries as people
from okpay.identity.models import User
from okpay.wallets import queries as wallets
from tests.doors.web.accounts.conftest import browser, sign_in
from tests.factories.people import PASSWORD, open_person, unique_email, unique_phone
from tests.factories.sent import last_sent, path_of, sent_to


def form(address: str, number: str, /, **changes: str) -> dict[str, str]:
    """Return a filled form."""
    names = {"legal_name": "Anna Maria Smith", "display_name": "Anna", "country": "US"}
    return {**names, "email": address, "phone": number, "password1": PASSWORD, **changes}


def prove_phone(client: Client, phone: str) -> None:
    """Type the code that was sent to a number."""
    code = last_sent(phone, "phone_code")["code"]
    answer = client.post("/account/phone/verify/", {"action": "verify", "code": code})
    assert answer.status_code == 302, answer.content.decode()[-3000:]


def test_somebody_signs_up_proves_both_addresses_and_has_a_wallet(client: Client) -> None:
    email, phone = unique_email(), unique_phone()
    answer = client.post("/account/signup/", form(email, phone))
    assert (answer.status_code, answer["Location"]) == (302, "/account/phone/verify/")
    prove_phone(client, phone)
    link = last_sent(email, "verify_email")["link"]
    assert link.startswith(settings.ORIGIN + "/")
    assert client.get(path_of(link)).status_code == 200
    assert people.user_of_email(email) is None, "opening the link does nothing: mail scanners open links"
    answer = client.post(path_of(link))
    assert (answer.status_code, answer["Location"]) == (302, "/wallet")
    assert client.get("/wallet").status_code == 200
    user = people.user_of_email(email)
    assert user is not None
    assert people.user_of_phone(phone) == user
    customer = customers.customer_of_user(user.pk)
    assert customer is not None
    assert (customer.level, customer.country) == (0, "US")
    assert [balance.currency for balance in wallets.balances(customer.id)] == ["USD"]
    assert [name for name, _ in sent_to(email)] == ["verify_email", "welcome"]


def test_the_link_works_once_and_in_another_browser_too(client: Client) -> None:
    email, phone = unique_email(), unique_phone()
    client.post("/account/signup/", form(email, phone))
    prove_phone(client, phone)
    link = path_of(last_sent(email, "verify_email")["link"])
    other = browser()
    assert other.post(link)["Location"] == "/account/login/"
    assert b"not valid any more" in other.get(link).content
    sign_in(other, email)
    sign_in(browser(), phone)


def test_a_known_address_gets_the_same_answer_and_its_owner_alone_learns_of_it(client: Client) -> None:
    owner = open_person()
    answer = client.post("/account/signup/", form(owner.email, unique_phone()))
    stranger = browser().post("/account/signup/", form(unique_email(), unique_phone()))
    assert (answer.status_code, answer["Location"]) == (stranger.status_code, stranger["Location"])
    claimed = User.objects.exclude(pk=owner.pk).get(email=owner.email)
    phone = people.phone_of(claimed.pk)
    assert phone is not None
    prove_phone(client, phone[0])
    page = client.get(path_of(last_sent(owner.email, "verify_email")["link"]))
    assert b"already belongs to an account" in page.content
    assert people.user_of_email(owner.email) == owner
    sign_in(browser(), owner.email)


def test_a_claim_does_not_stop_the_owner_of_an_address(client: Client) -> None:
    email, phone = unique_email(), unique_phone()
    browser().post("/account/signup/", form(email, phone))
    client.post("/account/signup/", form(email, phone, legal_name="The Owner"))
    cache.clear()
    prove_phone(client, phone)
    client.post(path_of(last_sent(email, "verify_email")["link"]))
    found = people.user_of_email(email)
    assert found is not None
    assert found.legal_name == "The Owner"


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"email": "a@x.com,b@y.com"}, "email"),
        ({"email": "anna@exаmple.com"}, "email"),
        ({"phone": "555-CALL"}, "phone"),
        ({"password1": "password123"}, "password1"),
        ({"password1": "short"}, "password1"),
        ({"password1": "x" * 100_000}, "password1"),
        ({"country": "XX"}, "country"),
        ({"legal_name": ""}, "legal_name"),
        ({"legal_name": "x" * 1000}, "legal_name"),
        ({"legal_name": "Anna\u202eSmith"}, "legal_name"),
        ({"display_name": "Anna\u0007"}, "display_name"),
        ({"question": "first_dish", "answer": " "}, "answer"),
        ({"question": "first_dish", "answer": "x"}, "answer"),
    ],
)
def test_bad_input_is_said_beside_its_field_and_nobody_is_written(
    client: Client, changes: dict[str, str], field: str
) -> None:
    before = User.objects.count()
    answer = client.post("/account/signup/", form(unique_email(), unique_phone(), **changes))
    assert answer.status_code == 200
    assert f'id="{field}-error"' in answer.content.decode()
    assert User.objects.count() == before
    assert not re.search(r'type="password"[^>]*value="[^"]', answer.content.decode())


@pytest.mark.parametrize("name", ["Maria " * 18 + "Smith", "شیما می\u200cخواهد", "王小明"])
def test_a_long_name_or_a_joined_one_is_a_name(client: Client, name: str) -> None:
    email = unique_email()
    answer = client.post("/account/signup/", form(email, unique_phone(), legal_name=name, display_name=""))
    assert answer.status_code == 302, answer.content.decode()[-3000:]
    user = User.objects.get(email=email)
    assert (user.legal_name, user.display_name) == (name, name[:60].strip())


def test_fields_of_another_kind_are_not_taken(client: Client) -> None:
    extra = {"is_staff": "on", "is_active": "1", "email_verified": "true", "locked_at": "", "level": "3"}
    email = unique_email()
    client.post("/account/signup/", {**form(email, unique_phone()), **extra})
    user = User.objects.get(email=email)
    assert not user.is_staff
    assert people.user_of_email(email) is None


def test_names_are_inert_on_pages() -> None:
    name = '"><img src=x onerror=alert(1)><script>alert(1)</script>{{7*7}}'
    user = open_person(display_name=name[:60], legal_name=name)
    client = browser()
    sign_in(client, user.email)
    for address in ("/wallet", "/account", "/account/profile", "/account/security"):
        page = client.get(address).content.decode()
        assert "<img src=x" not in page
        assert "<script>alert" not in page


def test_many_sign_ups_with_one_address_are_a_few_mails_and_its_owner_still_gets_in() -> None:
    email, phone = unique_email(), unique_phone()
    for number in range(40):
        crowd = browser()
        crowd.post("/account/signup/", form(email, unique_phone()), REMOTE_ADDR=f"192.0.2.{number}")
    assert len(sent_to(email)) <= 5
    cache.clear()
    owner = browser()
    owner.post("/account/signup/", form(email, phone))
    prove_phone(owner, phone)
    owner.post(path_of(last_sent(email, "verify_email")["link"]))
    found = people.user_of_email(email)
    assert found is not None
    assert people.user_of_phone(phone) == found
