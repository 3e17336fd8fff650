"""Amounts that are none, and money that may not go where it is sent."""

from __future__ import annotations

import time

import pytest

from okpay.identity import queries as people
from tests.doors.api.conftest import NewProgram
from tests.factories.transfers import new_holder

REFUSED = (
    "-1", "0", '"-0"', '"0.00"', "0.001", "1.005", "1e3", '"1e3"', '"1E+2"', '"NaN"', '"Infinity"', '"0x10"', '" 1"',
    '"1 "', '"1,00"', '"1_000"',
    '"٣"', '"１"', '"1.0.0"', '".5"', '"5."', "9223372036854775808", "1" + "0" * 40, "true",
    "null", "[]", "{}", '"1\\u0000"', "0.5", '"100"', "1.0",
)  # fmt: skip
UNREADABLE = ("NaN", "Infinity", "-Infinity", "٣", "0x10", "01", "+1", ".5", "5.", "1_000", "")


def _body(to: str, amount: str, currency: str = "USD") -> bytes:
    return (
        f'{{"recipient":{{"type":"email","value":"{to}"}},'
        f'"amount":{{"amount":{amount},"currency":"{currency}"}}}}'
    ).encode()


@pytest.mark.parametrize("amount", REFUSED)
def test_what_is_no_amount_is_refused_and_nothing_moves(program: NewProgram, amount: str) -> None:
    anna, ben = new_holder(available_minor=100_00), new_holder()
    answer = program(anna).post("/v1/transfers", raw=_body(ben.email.address, amount))
    assert answer.status in (400, 422) if "u0000" in amount else answer.status == 422
    assert (anna.available, ben.available) == (100_00, 0)
    if answer.code == "invalid_request":
        assert answer.json["errors"][0]["pointer"].startswith("#/amount")


@pytest.mark.parametrize("amount", UNREADABLE)
def test_what_is_no_json_is_refused_and_nothing_moves(program: NewProgram, amount: str) -> None:
    anna, ben = new_holder(available_minor=100_00), new_holder()
    answer = program(anna).post("/v1/transfers", raw=_body(ben.email.address, amount))
    assert (answer.status, answer.code) == (400, "json_malformed")
    assert (anna.available, ben.available) == (100_00, 0)


def test_a_name_that_stands_twice_is_refused(program: NewProgram) -> None:
    anna, ben = new_holder(available_minor=100_00), new_holder()
    twice = _body(ben.email.address, "1").replace(b'"amount":1', b'"amount":1,"amount":2')
    answer = program(anna).post("/v1/transfers", raw=twice)
    assert (answer.status, answer.code, answer.json["key"]) == (400, "json_duplicate_key", "amount")
    assert ben.available == 0


def test_a_number_of_ten_thousand_digits_costs_nothing(program: NewProgram) -> None:
    anna, ben = new_holder(available_minor=100_00), new_holder()
    client = program(anna)
    client.get("/v1/accounts")
    started = time.process_time()
    answer = client.post("/v1/transfers", raw=_body(ben.email.address, "1" * 10_000))
    assert answer.status in (400, 422)
    assert time.process_time() - started < 1


def test_more_than_a_float_can_hold_loses_no_unit(program: NewProgram) -> None:
    anna, ben = new_holder(available_minor=100_00), new_holder()
    answer = program(anna).post("/v1/transfers", raw=_body(ben.email.address, "9007199254740993"))
    assert answer.status == 422
    assert answer.code in ("funds_missing", "send_limit_reached")
    quoted = program(anna).get("/v1/fee_quote?kind=transfer&amount=9007199254740993&currency=USD")
    assert quoted.json["amount"]["amount"] == 9007199254740993


@pytest.mark.parametrize("currency", ["usd", "US", "USDX", "XXX", "", "€", "ＵＳＤ"])
def test_what_is_no_currency_is_refused(program: NewProgram, currency: str) -> None:
    anna, ben = new_holder(available_minor=100_00), new_holder()
    answer = program(anna).post("/v1/transfers", raw=_body(ben.email.address, "1", currency))
    assert answer.status == 422
    assert answer.code in ("invalid_request", "currency_unknown")


def test_a_currency_without_a_wallet_is_refused(program: NewProgram) -> None:
    anna, ben = new_holder(available_minor=100_00), new_holder("JP")
    for currency in ("JPY", "KWD"):
        answer = program(anna).post("/v1/transfers", raw=_body(ben.email.address, "1", currency))
        assert (answer.status, answer.code) == (422, "currency_unknown")
        assert answer.json["errors"][0]["pointer"] == "#/amount/currency"
    answer = program(anna).send(ben.email.address, 1)
    assert (answer.status, answer.code) == (422, "recipient_other_currency")
    assert (anna.available, ben.available) == (100_00, 0)


def test_nobody_sends_to_themselves(program: NewProgram) -> None:
    anna = new_holder(available_minor=100_00)
    phone = people.phone_of(anna.user.pk)
    assert phone is not None
    for to in (anna.email.address, anna.email.address.upper(), f" {anna.email.address}", phone[0]):
        answer = program(anna).send(to, 1)
        assert (answer.status, answer.code) == (422, "transfer_to_oneself")
    assert anna.available == 100_00


def test_a_fee_that_was_not_quoted_is_refused(program: NewProgram) -> None:
    anna, ben = new_holder(available_minor=100_00), new_holder()
    client = program(anna)
    quote = client.get("/v1/fee_quote?kind=transfer&amount=1000&currency=USD").json
    wrong = client.send(
        ben.email.address, 10_00, fee={"amount": quote["fee"]["amount"] + 1, "currency": "USD"}
    )
    assert (wrong.status, wrong.code) == (422, "fee_changed")
    assert wrong.json["fee_minor"] == quote["fee"]["amount"]
    mixed = client.send(ben.email.address, 10_00, fee={"amount": 0, "currency": "EUR"})
    assert (mixed.status, mixed.code) == (422, "mixed_currencies")
    assert ben.available == 0
    assert client.send(ben.email.address, 10_00, fee=quote["fee"]).status == 201
