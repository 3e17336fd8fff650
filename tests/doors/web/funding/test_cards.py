"""Cards: added on the acquirer's page, by their owner and once; removed; and no number anywhere."""

from __future__ import annotations

import re
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit
from uuid import UUID

import psycopg
import pytest
from pytest_django.fixtures import Settings

from okpay.base import clock
from okpay.base.ids import new_uuid7
from okpay.base.money import Money
from okpay.funding import actions, queries
from okpay.funding.errors import CardRefused
from okpay.funding.models import Card, CardPage
from okpay.funding.providers.choice import acquirer
from okpay.funding.providers.protocol import ChargeOrder, Outcome
from tests.doors.web.funding.conftest import type_number, visitor
from tests.okpay_sandbox.running import Running


def test_a_card_is_added_on_the_acquirers_page(outside: Running) -> None:
    anna = visitor()
    assert "No card yet" in anna.get("/account/methods")
    card = anna.add_card(outside, "5555555555554444")
    assert (card.brand, card.last4) == ("mastercard", "4444")
    page = anna.get("/account/methods")
    assert "Mastercard •••• 4444" in page
    assert "12 / 34" in page
    assert "was added" in page
    row = Card.objects.get(id=card.id)
    assert b"pm_" not in bytes(row.token), "the token is sealed"


def test_only_the_page_of_the_form_may_show_the_acquirers_frame(outside: Running) -> None:
    anna = visitor()
    policy = anna.client.get("/account/methods/card").headers["Content-Security-Policy"]
    assert f"frame-src {outside.url}" in policy
    for other in ("/account/methods", "/topup", "/wallet"):
        assert outside.url not in anna.client.get(other).headers["Content-Security-Policy"]


def test_reloading_the_form_opens_no_other_page(outside: Running) -> None:
    anna = visitor()
    assert anna.card_page() == anna.card_page()
    assert CardPage.objects.filter(customer_id=anna.customer.id).count() == 1


def test_the_return_works_once(outside: Running) -> None:
    anna = visitor()
    form, back = anna.card_page()
    type_number(outside, form, "4242424242424242")
    assert anna.client.get(back).status_code == 302
    anna.get(back, 404)
    assert len(queries.cards(anna.customer.id)) == 1


def test_the_return_of_a_stranger_adds_nothing(outside: Running) -> None:
    anna, mallory = visitor(), visitor()
    form, back = anna.card_page()
    type_number(outside, form, "4242424242424242")
    mallory.get(back, 404)
    _, own = mallory.card_page()
    session = re.search(r"session=([^&]+)", back)
    assert session
    mallory.get(re.sub(r"session=[^&]+", session[0], own), 404)
    assert queries.cards(mallory.customer.id) == []
    assert anna.client.get(back).status_code == 302, "its owner still can"


@pytest.mark.parametrize(
    "address",
    [
        "/account/methods/card/return",
        "/account/methods/card/return?page=1&session=cs_test_1",
        "/account/methods/card/return?page=01a2110e-cf6d-7ec7-b584-4ca7816f58da&session=cs_test_1",
    ],
)
def test_a_return_that_nobody_opened_is_no_page(outside: Running, address: str) -> None:
    visitor().get(address, 404)


def test_an_unfinished_form_leads_back_to_it(outside: Running) -> None:
    anna = visitor()
    _, back = anna.card_page()
    answer = anna.client.get(back)
    assert (answer.status_code, answer["Location"]) == (302, "/account/methods/card")
    assert "No card was entered" in anna.get("/account/methods/card")


def test_a_form_that_was_open_too_long_adds_nothing(outside: Running) -> None:
    anna = visitor()
    form, back = anna.card_page()
    type_number(outside, form, "4242424242424242")
    asked = {name: value for name, (value,) in parse_qs(urlsplit(back).query).items()}
    with pytest.raises(CardRefused, match="card_page_lapsed"):
        actions.fetch_card(
            customer_id=anna.customer.id,
            page_id=UUID(asked["page"]),
            session_id=asked["session"],
            now=clock.now() + timedelta(minutes=31),
        )
    assert queries.cards(anna.customer.id) == []


def test_the_same_card_is_in_the_list_once(outside: Running) -> None:
    anna = visitor()
    anna.add_card(outside)
    form, back = anna.card_page()
    type_number(outside, form, "4242424242424242")
    (session,) = parse_qs(urlsplit(back).query)["session"]
    service = acquirer()
    assert service is not None
    second = service.read_card(session)
    assert second is not None
    assert anna.client.get(back).status_code == 302
    order = ChargeOrder(new_uuid7(), second.token, Money(1_00, "USD"), "A card that is not kept")
    assert service.charge(order).outcome is Outcome.HOPELESS, "the acquirer was told to forget it"
    assert "You have added this card before" in anna.get("/account/methods")
    assert len(queries.cards(anna.customer.id)) == 1
    assert len(queries.cards(visitor().customer.id)) == 0


def test_an_acquirer_that_does_not_answer_is_said_and_can_be_asked_again(outside: Running) -> None:
    anna = visitor()
    form, back = anna.card_page()
    type_number(outside, form, "4242424242424242")
    outside.set_switches(cards={"mode": "refuses"})
    page = anna.get(back, 503)
    assert "does not answer" in page
    assert f'href="{back}"' in page
    other = visitor()
    assert "does not answer" in other.get("/account/methods/card", 503)
    outside.set_switches(cards={"mode": "works"})
    assert anna.client.get(back).status_code == 302
    assert len(queries.cards(anna.customer.id)) == 1


def test_a_card_is_removed_after_a_question(outside: Running) -> None:
    anna, mallory = visitor(), visitor()
    card = anna.add_card(outside)
    address = f"/account/methods/{card.id}/remove"
    mallory.get(address, 404)
    assert mallory.client.post(address).status_code == 404
    assert "Remove Visa •••• 4242?" in anna.get(address)
    assert len(queries.cards(anna.customer.id)) == 1
    assert anna.client.post(address)["Location"] == "/account/methods"
    assert anna.client.post(address).status_code == 404
    assert queries.cards(anna.customer.id) == []
    assert "was removed" in anna.get("/account/methods")
    anna.add_card(outside)
    assert len(queries.cards(anna.customer.id)) == 1, "it can be added again"


def test_after_adding_one_comes_back_to_the_top_up(outside: Running) -> None:
    anna = visitor()
    assert "/account/methods/card?next=/topup" in anna.get("/topup")
    anna.get("/account/methods/card?next=/topup")
    form, back = anna.card_page()
    type_number(outside, form, "4242424242424242")
    assert anna.client.get(back)["Location"] == "/topup"
    for evil in ("https://evil.example", "//evil.example", "/\\evil.example"):
        anna.client.get("/account/methods/card", {"next": evil})
        form, back = anna.card_page()
        type_number(outside, form, "4111111111111111")
        assert anna.client.get(back)["Location"] in ("/", "/account/methods")


def test_without_an_acquirer_nothing_is_offered(settings: Settings) -> None:
    settings.ACQUIRER_URL = ""
    anna = visitor()
    assert "Cards are not set up" in anna.get("/account/methods")
    assert "not possible here" in anna.get("/topup")
    anna.get("/account/methods/card", 503)


def test_no_number_reaches_the_database(outside: Running, admin_url: str) -> None:
    number = "4000056655665556"
    anna = visitor()
    card = anna.add_card(outside, number)
    assert card.last4 == "5556"
    found = []
    with psycopg.connect(admin_url) as connection:
        tables = connection.execute(
            "SELECT format('%I.%I', schemaname, tablename) FROM pg_tables WHERE schemaname = 'public'"
        ).fetchall()
        for (table,) in tables:
            query = f"SELECT 1 FROM {table} t WHERE t::text LIKE %s LIMIT 1"  # noqa: S608
            if connection.execute(query, [f"%{number}%"]).fetchone():
                found.append(table)
    assert tables
    assert found == []


def test_forms_for_cards_are_not_opened_by_the_hundred(outside: Running) -> None:
    anna = visitor()
    statuses = []
    for _ in range(7):
        session = anna.client.session
        session.pop("okpay_card_page", None)
        session.save()
        statuses.append(anna.client.get("/account/methods/card").status_code)
    assert statuses[:5] == [200] * 5
    assert statuses[-1] == 429


def test_who_is_not_signed_in_sees_no_cards(outside: Running) -> None:
    from django.test import Client

    stranger = Client(headers={"host": "localhost"})
    for address in ("/account/methods", "/account/methods/card", "/account/methods/card/return", "/topup"):
        assert stranger.get(address)["Location"].startswith("/account/login/")
