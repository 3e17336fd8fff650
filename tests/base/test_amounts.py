"""Amounts at the door: what people type, what machines send, and what is shown."""

from __future__ import annotations

import time
from decimal import Decimal
from typing import Any

import pytest

from okpay.base.amounts import (
    InvalidAmount,
    format_money,
    format_plain,
    parse_amount,
    read_money,
    write_money,
)
from okpay.base.errors import InvalidInput
from okpay.base.money import LARGEST_MINOR, AmountOutOfRange, InvalidCurrency, Money
from okpay.base.strict_json import InvalidJson, parse_json


@pytest.mark.parametrize(
    ("text", "currency", "locale", "minor"),
    [
        ("1.234,50", "EUR", "de", 123450),
        ("1,234.50", "USD", "en", 123450),
        ("1,234.50", "CNY", "zh-Hans", 123450),
        ("1234.5", "USD", "en", 123450),
        ("1234,5", "EUR", "de", 123450),
        ("1.234", "EUR", "de", 123400),
        ("1,234", "USD", "en", 123400),
        ("1,234,567.89", "USD", "zh-hans", 123456789),
        ("1 234,50", "EUR", "fr", 123450),
        ("1\u202f234,50", "EUR", "fr", 123450),
        ("1000", "JPY", "en", 1000),
        ("1,000", "JPY", "en", 1000),
        ("1.234", "KWD", "en", 1234),
        ("1,234.567", "KWD", "en", 1234567),
        ("1,234,567", "KWD", "en", 1234567000),
        ("0.01", "USD", "en", 1),
        ("007", "USD", "en", 700),
        ("92233720368547758.07", "USD", "en", LARGEST_MINOR),
        ("90071992547409.93", "USD", "en", 9007199254740993),
    ],
)
def test_what_people_type_is_read_in_their_language(
    text: str, currency: str, locale: str, minor: int
) -> None:
    assert parse_amount(text, currency, locale) == Money(minor, currency)


@pytest.mark.parametrize(
    ("text", "currency", "locale", "code"),
    [
        ("-1", "USD", "en", "amount_not_positive"),
        ("0", "USD", "en", "amount_not_positive"),
        ("-0", "USD", "en", "amount_not_positive"),
        ("0.00", "USD", "en", "amount_not_positive"),
        ("0.001", "USD", "en", "amount_too_precise"),
        ("1.005", "USD", "en", "amount_too_precise"),
        ("0.5", "JPY", "en", "amount_too_precise"),
        ("0.0001", "KWD", "en", "amount_too_precise"),
        ("1,234", "KWD", "en", "amount_ambiguous"),
        ("1.234", "KWD", "de", "amount_ambiguous"),
        ("92233720368547758.08", "USD", "en", "amount_out_of_range"),
        ("9223372036854775808", "USD", "en", "amount_out_of_range"),
        ("1" + "0" * 40, "USD", "en", "amount_out_of_range"),
        *(
            (text, "USD", "en", "amount_malformed")
            for text in (
                "1e3", "1E+2", "NaN", "Infinity", "0x10", " 1", "1 ", "1,00", "1_000", "٣", "１", "1.0.0", ".5", "5.",
                "1\u0000", "1" * 10_000, "", "-", "+1", "--1", "1,2345", "12,34.5", "1,,234", "1.234,50", "$1", "1\n",
                "½", "null", "true", "−1",
            )
        ),
        ("1.50", "EUR", "de", "amount_malformed"),
        ("1234.50", "EUR", "de", "amount_malformed"),
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_refused_with_a_code(text: str, currency: str, locale: str, code: str) -> None:
    start = time.thread_time()
    with pytest.raises(InvalidInput) as refused:
        parse_amount(text, currency, locale, field="total")
    assert (refused.value.code, refused.value.field) == (
        code,
        "amount" if code == "x" else refused.value.field,
    )
    assert time.thread_time() - start < 0.1


def test_currencies_without_a_minor_unit_are_refused_at_the_door() -> None:
    with pytest.raises(InvalidCurrency):
        parse_amount("1", "XAU", "en")
    with pytest.raises(InvalidCurrency):
        read_money({"amount": 1, "currency": "XXX"})


def test_the_wire_form_goes_there_and_back() -> None:
    for minor in (1, 9007199254740993, LARGEST_MINOR):
        body = parse_json(f'{{"amount": {minor}, "currency": "KWD"}}')
        assert read_money(body) == Money(minor, "KWD")
        assert write_money(Money(minor, "KWD")) == body


@pytest.mark.parametrize(
    ("amount", "code"),
    [
        ("-1", "amount_not_positive"),
        ("0", "amount_not_positive"),
        ("-0", "amount_not_positive"),
        ("9223372036854775808", "amount_out_of_range"),
        ("1" + "0" * 40, "amount_out_of_range"),
        *(
            (amount, "amount_malformed")
            for amount in (
                "0.001", "1.005", "1.0", "0.5", "1e3", '"-0"', '"0.00"', '"1"', '"1e3"', '"1E+2"', '"NaN"', '"0x10"',
                '" 1"', '"1,00"', '"1_000"', '"٣"', '"１"', '".5"', '"5."', "true", "false", "null", "[]", "{}", "[1]",
                '{"amount":1}', r'"1\u0001"',
            )
        ),
        *((amount, "json_malformed") for amount in ("NaN", "Infinity", "1" * 10_000, r'"1\u0000"', "01", "٣")),
        ('1, "amount": 2', "json_duplicate_key"),
    ],
)  # fmt: skip
def test_what_is_no_amount_on_the_wire_is_refused_with_a_code(amount: str, code: str) -> None:
    start = time.thread_time()
    with pytest.raises(InvalidInput) as refused:
        read_money(parse_json(f'{{"amount": {amount}, "currency": "USD"}}'))
    assert refused.value.code == code
    assert time.thread_time() - start < 0.1


@pytest.mark.parametrize(
    "value",
    [None, 5, "5", [], {}, {"amount": 1}, {"currency": "USD"}, {"amount": 1, "currency": 840},
     {"amount": 1, "currency": "USD", "minor": 1}, {"amount": Decimal(1), "currency": "USD"}],
)  # fmt: skip
def test_another_shape_is_refused(value: Any) -> None:
    with pytest.raises(InvalidAmount) as refused:
        read_money(value, field="price")
    assert (refused.value.code, refused.value.field) == ("amount_malformed", "price")


@pytest.mark.parametrize(
    ("minor", "currency", "locale", "shown"),
    [
        (123450, "EUR", "de", "1.234,50\xa0€"),
        (123450, "USD", "en", "$1,234.50"),
        (123450, "USD", "zh-Hans", "US$1,234.50"),
        (150, "CNY", "zh-hans", "¥1.50"),
        (150, "CNY", "en", "CN¥1.50"),
        (-5, "USD", "en", "-$0.05"),
        (1000, "JPY", "zh-Hans", "JP¥1,000"),
        (1234567, "KWD", "en", "KWD1,234.567"),
        (12345, "CLF", "en", "CLF1.2345"),
        (100, "HUF", "en", "HUF1.00"),  # CLDR would show no decimals
        (LARGEST_MINOR, "USD", "en", "$92,233,720,368,547,758.07"),
    ],
)
def test_amounts_are_shown_with_iso_decimals_and_their_currency(
    minor: int, currency: str, locale: str, shown: str
) -> None:
    assert format_money(Money(minor, currency), locale) == shown
    assert parse_amount(format_plain(Money(abs(minor), currency)), currency, "en").minor == abs(minor)


def test_json_is_refused_where_two_readers_might_differ() -> None:
    for body, code in {
        b'{"a":1,"a":1}': "json_duplicate_key",
        b'[{"b":{"a":1,"\\u0061":2}}]': "json_duplicate_key",
        b"": "json_malformed",
        b"{": "json_malformed",
        b'"\xff"': "json_malformed",
        b'"\\ud800"': "json_malformed",
        b'{"\\u0000":1}': "json_malformed",
        b"[" * 33 + b"]" * 33: "json_too_deep",
        b"[" * 33 + b'"' + b'\\"' * 490_000: "json_too_deep",
        b'["' + b'\\"[' * 200_000: "json_malformed",
        b'"' + b"\\" * 999_000: "json_malformed",
        b"{" + b",".join(b'"%d":1' % n for n in range(60_000)) + b',"z":1,"z":2}': "json_duplicate_key",
        b"[" * 500_000: "json_too_deep",
        b'"' + b"x" * 1_000_000 + b'"': "json_too_large",
    }.items():
        start = time.thread_time()
        with pytest.raises(InvalidJson) as refused:
            parse_json(body)
        assert refused.value.code == code, body[:40]
        # What is slow here is slow with the square of its length: it takes minutes, not a few tenths.
        assert time.thread_time() - start < 0.5


def test_json_keeps_every_digit_and_every_character() -> None:
    assert parse_json(b"[9007199254740993, 1.10]") == [9007199254740993, Decimal("1.10")]
    assert (
        parse_json('{"name": "王小明 \\u2028", "deep": ' + "[" * 31 + "]" * 31 + "}")["name"]
        == "王小明 \u2028"
    )
    assert parse_json('"' + "[" * 100 + '\\""') == "[" * 100 + '"'


def test_an_amount_over_the_limit_names_its_field() -> None:
    with pytest.raises(AmountOutOfRange) as refused:
        read_money({"amount": 2**63, "currency": "USD"}, field="total")
    assert refused.value.field == "total"
