"""Texts of strangers: one line each, and a name that is only a name."""

from __future__ import annotations

import pytest

from okpay.base.texts import harmless_name, one_line

NAMES = [
    "Anna",
    "王小明",
    "Anna Maria Smith-Jones",
    "J. R. R. Tolkien",
    "Ben 3",
    "O’Brien & Co",
    "👩‍🍳 Mei",
    "محمد",
]
SMUGGLED = [
    "https://evil.example/win",
    "evil.example",
    "www evil example",
    "ｅｖｉｌ．ｅｘａｍｐｌｅ",
    "evil。example",
    "evil\u200b.\u200bexample",
    "win@evil",
    "tel:911",
    "Call 0800 123 456",
    "Call ０８００１２３４",
    "Call ٠٨٠٠١٢٣",
    "OKPay Support",
    "O K Pay",
    "ＯＫＰａｙ",
    "a" * 61,
    "",
]


@pytest.mark.parametrize("name", NAMES)
def test_a_name_stays_as_it_is(name: str) -> None:
    assert harmless_name(f" {name}\n") == one_line(name)


@pytest.mark.parametrize("name", SMUGGLED)
def test_a_name_that_says_where_to_go_or_whom_to_call_is_none(name: str) -> None:
    assert harmless_name(name) == ""


def test_one_line_has_no_marks_that_turn_or_break_it() -> None:
    assert one_line("Bob\r\nBcc: x\u2028y\u202egnp\x00 \t z") == "Bob Bcc: x ygnp z"
