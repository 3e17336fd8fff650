"""What cannot be shown now: too many readers of the book, no database. AC-48."""

from __future__ import annotations

import threading

import pytest
from django.db import OperationalError
from django.test import Client

from okpay.doors.web import heavy
from okpay.ledger import queries as ledger


@pytest.fixture
def client() -> Client:
    """A visitor who reads English."""
    return Client(headers={"host": "localhost", "accept-language": "en"})


def test_a_third_reader_of_the_book_is_told_to_come_back(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    inside, leave = threading.Semaphore(0), threading.Event()

    def slow() -> list[object]:
        inside.release()
        leave.wait(10)
        return []

    monkeypatch.setattr(ledger, "trial_balance", slow)
    statuses: list[int] = []
    readers = [
        threading.Thread(target=lambda: statuses.append(_status("/book/trial-balance")))
        for _ in range(heavy.AT_ONCE)
    ]
    for reader in readers:
        reader.start()
    for _ in readers:
        assert inside.acquire(timeout=10)
    turned_away = client.get("/book/trial-balance")
    assert turned_away.status_code == 503
    assert int(turned_away.headers["Retry-After"]) >= 1
    assert "Your money is untouched" in turned_away.content.decode()
    assert client.get("/").status_code == 200
    leave.set()
    for reader in readers:
        reader.join(10)
    assert statuses == [200] * heavy.AT_ONCE
    assert client.get("/book/trial-balance").status_code == 200


def test_a_page_that_fails_leaves_the_gate_open(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(**_: object) -> None:
        raise RuntimeError

    with monkeypatch.context() as patch:
        patch.setattr(ledger, "seals", broken)
        client.raise_request_exception = False
        for _ in range(heavy.AT_ONCE + 1):
            assert client.get("/book/seals").status_code == 500
    assert client.get("/book/seals").status_code == 200


def test_without_a_database_the_book_says_come_back_and_public_pages_stand(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(**_: object) -> None:
        raise OperationalError("connection refused at a secret address")

    monkeypatch.setattr(ledger, "accounts", away)
    page = client.get("/book")
    assert page.status_code == 503
    assert "Retry-After" in page.headers
    assert "secret address" not in page.content.decode()
    assert client.get("/fees").status_code == 200


def _status(address: str) -> int:
    return Client(headers={"host": "localhost"}).get(address).status_code
