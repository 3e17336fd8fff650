"""Codes and links in texts, in both languages."""

from __future__ import annotations

import pytest

from okpay_sandbox.inbox.plain import plain_text
from okpay_sandbox.inbox.texts import clean, codes, links, one_line, pieces


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Your code is 482915.", ["482915"]),
        ("482915", ["482915"]),
        ("【OKPay】验证码918273，5分钟内有效。", ["918273"]),
        ("您的验证码是 73016455。", ["73016455"]),
        ("code:482915", ["482915"]),
        ("482915, then 482915, then 110022 and 220033 and 330044", ["482915", "110022", "220033"]),
        ("12345 and 123456789", []),
        ("Call +1 555 0100 or +15550100 now", []),
        ("https://wallet.example.com/verify/482915?x=730164", []),
        ("You paid 100000.00 USD or 1,000000", []),
        ("On 2026-04-30 at example", []),
        ("Reference 20260430-000012", []),
        ("from 482915@example.com", []),
        ("№ A482915 and 482915B", []),
    ],
)
def test_codes(text: str, expected: list[str]) -> None:
    assert codes(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("See https://a.example/x?a=1&b=2.", ["https://a.example/x?a=1&b=2"]),
        ("(https://a.example/x)", ["https://a.example/x"]),
        ("https://a.example/x_(y) next", ["https://a.example/x_(y)"]),
        ("打开 https://a.example/x，完成确认。", ["https://a.example/x"]),
        ("<https://a.example/x>", ["https://a.example/x"]),
        ('https://a.example/"onmouseover="x', ["https://a.example/"]),
        ("javascript:alert(1) data:text/html,x ftp://a.example", []),
        ("http://a.example http://a.example", ["http://a.example"]),
        ("https://...", ["https://"]),
    ],
)
def test_links(text: str, expected: list[str]) -> None:
    assert links(text) == expected
    assert "".join(piece for _, piece in pieces(text)) == text, "nothing is lost"


def test_what_cannot_be_stored_is_taken_out() -> None:
    assert clean("a\r\nb\rc\x00\x1b[0m\ud800\t") == "a\nb\nc[0m?\t"
    assert one_line(" a\r\n\t b\x07 ") == "a b"


def test_html_becomes_its_words() -> None:
    html = (
        "<html><head><title>T</title><style>p{}</style></head><body><p>Hello&nbsp;<b>Anna</b></p><script>x</script>"
        '<ul><li>one<li>two</ul><a href="https://a.example/x">Confirm</a> <a href="javascript:x">no</a></body>'
    )
    assert plain_text(html) == "Hello Anna\n\none\ntwo\nConfirm https://a.example/x no"
