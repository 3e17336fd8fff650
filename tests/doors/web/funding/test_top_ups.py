"""Top-ups by pages: shown before they happen, done once, and said what became of them."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connections
from django.test import Client

from okpay.base.errors import every_code
from okpay.doors.web.card_words import ADVICE, WORDS, said
from okpay.funding.errors import CardRefused, EventRefused, TopUpRefused
from okpay.ledger import actions as ledger
from okpay.movements import queries as movements
from okpay.movements.records import Movement, State
from tests.doors.web.funding.conftest import Visitor, charge, visitor
from tests.okpay_sandbox.running import Running


def only_movement(one: Visitor) -> Movement:
    """Return the one movement of somebody's record."""
    (entry,) = movements.record(one.customer.id)
    return entry.movement


def test_a_top_up_says_everything_before_and_arrives(outside: Running) -> None:
    anna = visitor()
    card = anna.add_card(outside)
    page = anna.get("/topup")
    assert "Visa •••• 4242" in page
    assert "at most" in page
    address = anna.draft(card, "20")
    page = re.sub(r"<[^>]+>|\s+", " ", anna.get(address))
    page = re.sub(r"\s+", " ", page.replace("\u00a0", " "))
    for part in (
        "Visa •••• 4242",
        "20.00 USD",
        "0.20 USD",
        "20.20 USD",
        "As soon as it is there",
        "Charge $20.20",
    ):
        assert part in page, (part, page)
    assert movements.record(anna.customer.id) == []
    answer = anna.client.post(address, {"fee": anna.fee(address)})
    assert answer["Location"] == f"{address}/done"
    assert "The card is being charged" in anna.get(f"{address}/done")
    assert charge() == 1
    page = anna.get(f"{address}/done")
    assert "The money is in your wallet" in page
    assert "http-equiv" not in page
    assert anna.maturing == 20_00
    assert anna.client.get(address)["Location"] == f"{address}/done", "Back shows the result"


def test_twenty_presses_at_once_are_one_top_up(outside: Running) -> None:
    anna = visitor(level=0)
    card = anna.add_card(outside)
    address = anna.draft(card, "30")
    fee = anna.fee(address)
    session = anna.client.cookies["okpay_session"].value

    def press(_: int) -> str:
        client = Client(headers={"host": "localhost", "user-agent": "Test Browser/1.0"})
        client.cookies["okpay_session"] = session
        try:
            return str(client.post(address, {"fee": fee}).headers.get("Location"))
        finally:
            connections.close_all()

    with ThreadPoolExecutor(10) as pool:
        # Level 0 may top up 50 a day: had they been two, the second would have been refused.
        assert set(pool.map(press, range(20))) == {f"{address}/done"}
    assert only_movement(anna).amount_minor == 30_00
    charge()
    assert anna.maturing == 30_00


@pytest.mark.parametrize(
    ("number", "sentence"),
    [
        ("4000000000000002", "The card's bank declined it"),
        ("4000000000009995", "There was not enough money on the card"),
        ("4000000000000069", "The card has expired"),
        ("4000000000000127", "The security code of the card was wrong"),
        ("4000000000000119", "The card could not be processed"),
    ],
)
def test_a_declined_card_says_why_that_nothing_moved_and_what_to_do(
    outside: Running, number: str, sentence: str
) -> None:
    anna = visitor()
    address = anna.draft(anna.add_card(outside, number), "20")
    anna.client.post(address, {"fee": anna.fee(address)})
    charge()
    page = anna.get(f"{address}/done")
    for part in ("The card was not charged", sentence, "No money moved", "Try another way"):
        assert part in page
    assert str(ADVICE[only_movement(anna).reason]) in page
    assert anna.maturing == 0


def test_a_lost_answer_is_said_and_ends_as_one_booking(outside: Running) -> None:
    anna = visitor()
    address = anna.draft(anna.add_card(outside, "4000000000008021"), "20")
    anna.client.post(address, {"fee": anna.fee(address)})
    charge()
    page = anna.get(f"{address}/done")
    assert "The answer of the card’s bank is missing" in page
    assert 'http-equiv="refresh"' in page
    from okpay.funding.models import TopUp

    TopUp.objects.filter(customer_id=anna.customer.id).update(due_at="2020-01-01T00:00Z")
    charge()
    assert "The money is in your wallet" in anna.get(f"{address}/done")
    assert anna.maturing == 20_00
    assert only_movement(anna).state is State.COMPLETED


def test_another_fee_than_the_one_shown_charges_nothing(outside: Running) -> None:
    anna = visitor()
    address = anna.draft(anna.add_card(outside), "20")
    for fee in ("0", "19", "", "x"):
        answer = anna.client.post(address, {"fee": fee, "amount": "1", "card": "x", "key": "x"})
        assert answer.status_code == 409
        assert b"The fee has changed" in answer.content
    assert movements.record(anna.customer.id) == []


def test_nobody_elses_draft_or_card_can_be_used(outside: Running) -> None:
    anna, mallory = visitor(), visitor()
    card = anna.add_card(outside)
    address = anna.draft(card, "20")
    for path in (address, f"{address}/done"):
        mallory.get(path, 404)
    assert mallory.client.post(address, {"fee": "20"}).status_code == 404
    mallory.add_card(outside, "4111111111111111")
    answer = mallory.client.post("/topup", {"card": str(card.id), "amount": "20"})
    assert answer.status_code == 200
    assert movements.record(mallory.customer.id) == []


@pytest.mark.parametrize(
    ("amount", "sentence"),
    [
        ("", "This field is required"),
        ("0", "Write an amount above zero"),
        ("-5", "above zero"),
        ("1.234", "does not have so many decimals"),
        ("1e3", "Write an amount in figures"),
        ("abc", "Write an amount in figures"),
        ("99999999999999999999999", "more than can be moved"),
        ("90000000000000000", "limit"),
        ("5000", "may still top up"),
    ],
)
def test_an_amount_that_cannot_be_is_said_beside_it(outside: Running, amount: str, sentence: str) -> None:
    anna = visitor()
    card = anna.add_card(outside)
    answer = anna.client.post("/topup", {"card": str(card.id), "amount": amount})
    assert answer.status_code == 200
    text = answer.content.decode()
    assert 'id="amount-error"' in text
    assert sentence in text, text


def test_what_is_refused_at_the_last_moment_is_said_and_charges_nothing(outside: Running) -> None:
    anna = visitor()
    card = anna.add_card(outside)
    address = anna.draft(card, "20")
    fee = anna.fee(address)
    anna.client.post(f"/account/methods/{card.id}/remove")
    answer = anna.client.post(address, {"fee": fee})
    assert answer.status_code == 409
    assert b"no longer among your cards" in answer.content
    assert movements.record(anna.customer.id) == []


def test_during_maintenance_nothing_is_charged(outside: Running) -> None:
    anna = visitor()
    card = anna.add_card(outside)
    address = anna.draft(card, "20")
    ledger.set_holds_only(True)
    try:
        assert "During maintenance no card is charged" in anna.get(address, 409)
    finally:
        ledger.set_holds_only(False)
    anna.get(address)


def test_every_code_has_a_sentence() -> None:
    codes = CardRefused.codes | TopUpRefused.codes
    assert codes <= set(WORDS)
    assert EventRefused.codes <= set(every_code()), "events are answered by code: no person reads them"
    for code in codes:
        assert "%(" not in said(code, {"remaining_minor": 5_00, "most": 10, "window": "day"}, "USD")
