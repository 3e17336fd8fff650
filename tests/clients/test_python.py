"""The Python client: every operation, typed as the document says, refusals, pages, and bad lines with one effect."""

from __future__ import annotations

import re
import time
import uuid
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any, get_type_hints, is_typeddict

import pytest
from django.conf import settings

import okpay_client.client
from okpay.doors.api.openapi import document
from okpay.doors.api.operations import OPERATIONS
from okpay_client import Client, OkpayError, Patience, Unanswered, new_transfer, records
from tests.clients.bad_line import Fault, bad_line
from tests.doors.api.conftest import api_port, served
from tests.doors.api.programs import new_key
from tests.factories.funding import new_card
from tests.factories.transfers import Holder, new_holder, nobody

__all__ = ["api_port"]

NewClient = Callable[..., Client]
BRISK = Patience(timeout=20, first_pause=0.01, longest_pause=0.05)


@pytest.fixture
def client(api_port: int) -> Iterator[NewClient]:
    """Make clients of people, on the line to the API or on another."""
    made: list[Client] = []
    secrets: dict[Any, str] = {}

    def make(holder: Holder, url: str = "", patience: Patience = BRISK) -> Client:
        # What a key has done is known to that key alone.
        secret = secrets.setdefault(holder.user.pk, new_key(holder).secret)
        made.append(Client(url or f"http://127.0.0.1:{api_port}", secret, patience=patience))
        return made[-1]

    yield make
    for one in made:
        one.close()


def test_there_is_a_method_for_every_operation() -> None:
    wanted = {re.sub(r"([A-Z])", lambda found: f"_{found[0].lower()}", one.name) for one in OPERATIONS}
    assert wanted == {name for name in vars(Client) if not name.startswith("_")} - {"close"}


def test_its_records_are_the_shapes_of_the_document() -> None:
    schemas = document("http://localhost:8000")["components"]["schemas"]
    found = {name: one for name, one in vars(records).items() if is_typeddict(one) and name[0] != "_"}
    for name, record in found.items():
        wanted = set(schemas[name]["properties"])
        assert set(get_type_hints(record)) == wanted, name
        # Every answer has all of its members, but for a row of a list: that has one of two.
        needed = set(schemas[name]["required"]) if name in ("NewTransfer", "BulkRow") else wanted
        assert record.__required_keys__ == needed, name


def test_every_operation_answers(client: NewClient) -> None:
    anna, ben = new_holder(available_minor=100_00), new_holder()
    okpay = client(anna)
    assert okpay.get_health()["status"] == "ok"
    (account,) = okpay.list_accounts()
    assert account["available"] == {"amount": 100_00, "currency": "USD"}
    assert okpay.get_account(account["id"]) == account
    quote = okpay.get_fee_quote(kind="transfer", amount=12_50, currency="USD")
    sent = okpay.create_transfer(
        email=ben.user.email, amount=12_50, currency="USD", fee=quote["fee"]["amount"], note="午饭"
    )
    assert (sent["state"], sent["note"], ben.available) == ("completed", "午饭", 12_50)
    assert okpay.get_transfer(sent["id"]) == sent
    assert okpay.get_movement(sent["id"])["timeline"][-1]["state"] == "completed"
    assert okpay.get_receipt(sent["id"], language="zh-Hans").startswith(b"%PDF")
    waiting = okpay.create_transfer(email=nobody().address, amount=5_00, currency="USD")
    assert okpay.cancel_transfer(waiting["id"])["state"] == "cancelled"
    rows = okpay.create_bulk_transfer(
        [
            new_transfer(email=ben.user.email, amount=1_00, currency="USD"),
            new_transfer(email=anna.user.email, amount=1_00, currency="USD"),
        ]
    )
    assert rows[0]["transfer"]["state"] == "completed"
    assert rows[1]["error"]["code"] == "transfer_to_oneself"
    card = new_card(anna)
    assert [one["id"] for one in okpay.list_cards()] == [str(card.id)]
    top_up = okpay.create_top_up(card=str(card.id), amount=20_00, currency="USD")
    assert okpay.get_top_up(top_up["id"]) == top_up
    assert okpay.list_limits()["level"] == 1
    since = datetime.now(UTC) - timedelta(hours=1)
    assert {one["id"] for one in okpay.list_movements(since=since)} >= {sent["id"], waiting["id"]}
    assert list(okpay.list_movements(until=since)) == []
    list(okpay.list_events())


def test_a_refusal_says_all_that_the_api_said(client: NewClient) -> None:
    anna, ben = new_holder(available_minor=1_00), new_holder()
    with pytest.raises(OkpayError) as caught:
        client(anna).create_transfer(email=ben.user.email, amount=5_00, currency="USD", idempotency_key="a")
    error = caught.value
    assert (error.code, error.status, error.idempotency_key) == ("funds_missing", 422, "a")
    assert error.data == {"available_minor": 1_00}
    assert error.type == f"{settings.ORIGIN}/developers/errors/funds_missing"
    assert uuid.UUID(error.request_id)
    assert "no money was moved" in error.detail
    with pytest.raises(OkpayError) as caught:
        client(anna).create_transfer(email=ben.user.email, amount=-5, currency="USD")
    assert caught.value.errors[0]["pointer"] == "#/amount/amount"


def test_pages_are_turned_as_they_are_needed(client: NewClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(okpay_client.client, "PAGE", 2)
    anna, ben = new_holder(available_minor=100_00), new_holder()
    okpay = client(anna)
    sent = [
        okpay.create_transfer(email=ben.user.email, amount=minor, currency="USD")["id"]
        for minor in range(1, 6)
    ]
    assert [one["id"] for one in okpay.list_movements()] == sent[::-1]
    pages = okpay.list_movements()
    assert next(pages)["id"] == sent[-1]


FAULTS: list[list[Fault]] = [
    [Fault.CUT_BEFORE],
    [Fault.CUT_AFTER],
    [Fault.CUT_WITHIN],
    [Fault.GATEWAY],
    [Fault.CUT_AFTER, Fault.CUT_WITHIN, Fault.CUT_BEFORE, Fault.GATEWAY],
]


@pytest.mark.parametrize("faults", FAULTS, ids=lambda faults: "+".join(fault.name for fault in faults))
def test_a_bad_line_is_tried_again_with_the_same_key_and_moves_money_once(
    client: NewClient, api_port: int, faults: list[Fault]
) -> None:
    anna, ben = new_holder(available_minor=100_00), new_holder()
    with bad_line(api_port, *faults) as line:
        okpay = client(anna, line.url)
        sent = okpay.create_transfer(email=ben.user.email, amount=12_50, currency="USD")
        assert sent["state"] == "completed"
        assert len(line.keys()) == len(faults) + 1
        assert len(set(line.keys())) == 1
        assert len(set(line.requests)) == 1
    assert (anna.available, ben.available) == (100_00 - sent["total"]["amount"], 12_50)


def test_it_waits_as_long_as_it_is_asked_to(client: NewClient, api_port: int) -> None:
    with bad_line(api_port, Fault.BUSY) as line:
        started = time.monotonic()
        assert client(new_holder(), line.url).list_accounts()
        assert time.monotonic() - started >= 1
        impatient = Patience(longest_retry_after=0.5)
    with bad_line(api_port, Fault.BUSY) as line, pytest.raises(OkpayError) as caught:
        client(new_holder(), line.url, impatient).list_accounts()
    assert (caught.value.code, caught.value.status) == ("overloaded", 503)


def test_it_slows_down_where_it_is_too_fast(monkeypatch: pytest.MonkeyPatch, client: NewClient) -> None:
    monkeypatch.setattr(settings, "API_RATE", 2.0)
    with served() as port:
        okpay = client(new_holder(), f"http://127.0.0.1:{port}")
        assert all(okpay.list_accounts() for _ in range(12))
        okpay.close()


def test_who_gives_up_says_under_which_key_to_go_on(client: NewClient, api_port: int) -> None:
    anna, ben = new_holder(available_minor=100_00), new_holder()
    body: dict[str, Any] = {"email": ben.user.email, "amount": 12_50, "currency": "USD"}
    with bad_line(api_port, *[Fault.CUT_AFTER] * 3) as line:
        with pytest.raises(Unanswered) as caught:
            client(anna, line.url, Patience(tries=3, first_pause=0.01)).create_transfer(**body)
        key = caught.value.idempotency_key
        assert set(line.keys()) == {key}
    assert ben.available == 12_50
    again = client(anna).create_transfer(**body, idempotency_key=key)
    assert again["state"] == "completed"
    assert ben.available == 12_50


def test_what_is_no_answer_of_the_wallet_is_told(client: NewClient, api_port: int) -> None:
    with bad_line(api_port, *[Fault.GATEWAY] * 2) as line, pytest.raises(OkpayError) as caught:
        client(new_holder(), line.url, Patience(tries=2, first_pause=0.01)).list_accounts()
    assert (caught.value.code, caught.value.status) == ("http_502", 502)


def test_nothing_but_an_id_comes_into_a_path(client: NewClient) -> None:
    for text in ("../accounts", "x", "", "1?limit=1"):
        with pytest.raises(ValueError, match="UUID"):
            client(new_holder()).get_transfer(text)


@pytest.mark.parametrize("url", ["localhost:8000", "ftp://localhost", "http://", "http://localhost/v1"])
def test_a_base_url_that_is_none(url: str) -> None:
    with pytest.raises(ValueError, match="base URL"):
        Client(url, "okp_test_x")


def test_a_transfer_has_one_address() -> None:
    for email, phone in ((None, None), ("ben@example.com", "+12025550100")):
        with pytest.raises(ValueError, match="not both"):
            new_transfer(amount=1, currency="USD", email=email, phone=phone)
