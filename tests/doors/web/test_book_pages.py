"""What the pages of the book say of a small book."""

from __future__ import annotations

import re

import pytest
from django.test import Client

from tests.journeys.book import sample_book


@pytest.fixture
def client() -> Client:
    """A visitor who reads English."""
    return Client(headers={"host": "localhost", "accept-language": "en"})


def _text(client: Client, address: str) -> str:
    page = client.get(address)
    assert page.status_code == 200, address
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page.content.decode()).replace("&nbsp;", " "))


def test_an_entry_shows_both_sides_and_equal_totals(client: Client) -> None:
    text = _text(client, f"/book/entries/{sample_book().purchase_id}")
    assert "payment.capture" in text
    assert text.count("97.10 USD") == 3  # debit, credit, and the shop's balance after it
    assert text.count("100.00 USD") == 2


def test_an_entry_about_a_hold_says_that_no_money_moved(client: Client) -> None:
    assert "moved no money" in _text(client, f"/book/entries/{sample_book().hold_id}")


def test_an_account_shows_its_balance_its_hold_and_its_postings(client: Client) -> None:
    text = _text(client, f"/book/accounts/{sample_book().wallet_id}")
    assert "2,400.00 USD" in text
    assert text.count("45.50 USD") == 2
    assert str(sample_book().hold_id) in text


def test_an_unused_account_says_what_to_expect(client: Client) -> None:
    assert "No postings here" in _text(client, f"/book/accounts/{sample_book().unused_id}")


def test_the_trial_balance_balances(client: Client) -> None:
    sample_book()
    text = _text(client, "/book/trial-balance")
    assert "USD" in text
    assert "does not balance" not in text


def test_seals_are_listed_with_the_hash_before(client: Client) -> None:
    sample_book()
    assert re.search(r"[0-9a-f]{64} after [0-9a-f]{64}", _text(client, "/book/seals"))
