"""What people write is shown as text, letter by letter, and is never markup, never code, and never too much."""

from __future__ import annotations

import time

import pytest

from okpay.statements.queries import receipt_pdf
from okpay.statements.rendering import LONGEST_TEXT, readable
from tests.statements.reading import described, kinds_of_objects, reach, squeezed, text_of
from tests.statements.samples import ENGLISH, with_text
from tests.statements.test_receipts import ACTIVE, LARGEST_FILE

MARKUP = [
    '#import "@preview/cetz:0.3.0": *',
    '#read("/etc/passwd")',
    '#eval("1+1")',
    "#panic()",
    "#sys.inputs",
    "#while true {}",
    "#set page(width: 1pt)",
    "$x^2$ $ integral $",
    "= Heading *bold* _italic_ `raw`",
    "- list + list / term: x",
    "<label> @reference",
    "\\u{41} \\# \\",
    "]] )) }} [[ (( {{",
    "/* comment */ // comment",
    "--- -- ... ~ '' \"\"",
    "{page} {pages} %s %(x)s {0} {{7*7}} ${7*7}",
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "javascript:alert(1)",
    "https://example.com/a",
    "(ends a string) Tj ET endstream endobj",
    "'; DROP TABLE ledger_entry; --",
]
SCRIPTS = [
    "张" * 60,
    "Nguyễn Thị Ánh Tuyết",
    "สมชาย ใจดี",
    "김철수 이영희",
    "山田 太郎 ひらがな カタカナ",
    "Иван Петров Αλέξανδρος",
    "𠮷野家 龘",
    "🎉👍🏽👩‍👩‍👧🇨🇳",
]


@pytest.mark.parametrize("text", MARKUP)
def test_markup_is_shown_and_does_nothing(text: str) -> None:
    pdf = receipt_pdf(with_text(text), ENGLISH)
    assert squeezed(text_of(pdf)).count(squeezed(text)) >= 6
    assert not kinds_of_objects(pdf) & ACTIVE


@pytest.mark.parametrize("text", SCRIPTS)
def test_names_of_every_country_have_letters(text: str) -> None:
    pdf = receipt_pdf(with_text(text), ENGLISH)
    # The promise of PDF/UA stands only where every letter has its shape.
    assert b"pdfuaid" in described(pdf)
    assert squeezed(text) in squeezed(text_of(pdf))


def test_text_from_right_to_left_stays_in_its_line() -> None:
    pdf = receipt_pdf(with_text("שלום مرحبا"), ENGLISH)
    assert "1,234.50EUR" in squeezed(text_of(pdf))


@pytest.mark.parametrize("text", ["ᚠᚢᚦ", "\u0378", "𪚥", "Z̷̡a̴l̶g̵o̸"])
def test_letters_without_a_shape_do_not_stop_a_receipt(text: str) -> None:
    pdf = receipt_pdf(with_text(text), ENGLISH)
    assert "1,234.50EUR" in squeezed(text_of(pdf))


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("abc\u202edef", "abcdef"),
        ("\u2066a\u2069\u200fb", "ab"),
        ("a\x00b\x1bc\nd\u2028e", "a b c d e"),
        ("\ue000\ud800", "\ufffd\ufffd"),
        ("   ", ""),
        ("x" * LONGEST_TEXT, "x" * LONGEST_TEXT),
        ("x" * (LONGEST_TEXT + 1), "x" * (LONGEST_TEXT - 1) + "…"),
    ],
)
def test_what_turns_or_breaks_a_line_is_taken_out(text: str, shown: str) -> None:
    assert readable(text) == shown
    assert squeezed(shown[:9]) in squeezed(text_of(receipt_pdf(with_text(text), ENGLISH)))


@pytest.mark.parametrize(
    "text",
    [
        "x" * 100_000,
        "字" * 100_000,
        "".join(chr(0x4E00 + 31 * number) for number in range(500)),
        "🎉" * 10_000,
        "e" + "\u0301" * 10_000,
        " ".join("ab" for _ in range(10_000)),
    ],
    ids=["one word", "one letter", "500 different letters", "signs", "marks on marks", "words"],
)
def test_the_longest_text_takes_neither_long_nor_much(text: str) -> None:
    started = time.monotonic()
    pdf = receipt_pdf(with_text(text), ENGLISH)
    assert time.monotonic() - started < 2
    assert len(pdf) < LARGEST_FILE


def test_a_long_word_stays_inside_the_page() -> None:
    assert reach(receipt_pdf(with_text("W" * 400), ENGLISH)) < 595
