"""The net below the rule that nobody logs what is personal or secret. AC-46."""

from __future__ import annotations

import time

import pytest

from okpay.config.redaction import LONGEST_TEXT, redact, redact_path
from tests.config.corpus import CARDS, NO_CARDS, PEOPLE, SECRETS

ASCII = str.maketrans("０１２３４５６７８９", "0123456789")
FULL_WIDTH = str.maketrans("0123456789", "０１２３４５６７８９")


def grouped(digits: str, separator: str) -> str:
    return separator.join(digits[place : place + 4] for place in range(0, len(digits), 4))


@pytest.mark.parametrize("card", CARDS)
@pytest.mark.parametrize("separator", ["", " ", "-", "\u00a0", "–", ".", " - ", "\u3000", "\u200b", "+"])
@pytest.mark.parametrize("is_full_width", [False, True])
def test_a_card_number_is_masked_however_it_is_written(
    card: str, separator: str, is_full_width: bool
) -> None:
    written = grouped(card, separator)
    if is_full_width:
        written = written.translate(FULL_WIDTH)
    masked = f"{card[:6]}…{card[-4:]}"
    assert redact(f"paid with {written}.") == f"paid with {masked}."
    assert redact(f"n{written}n") == f"n{masked}n"
    # Beside other digits, some of which may look like a number together with some of it, less is shown at most.
    left = redact(f"7 {written} 12/29").translate(ASCII)
    assert sum(map(str.isdecimal, left)) <= 10 + len("71229")


@pytest.mark.parametrize("text", NO_CARDS)
def test_what_is_no_card_number_stays(text: str) -> None:
    assert redact(text) == text


def test_two_card_numbers_are_two() -> None:
    assert redact("4242424242424242 5555555555554444") == "424242…4242 555555…4444"


@pytest.mark.parametrize("text", PEOPLE)
def test_addresses_and_numbers_of_people_go(text: str) -> None:
    for written in (text, f"no account for {text}: refused", f"({text})", f"<{text}>"):
        left = redact(written).lower()
        assert not any(part in left for part in ("anna", "example", "安娜", "555", "0042", "7946")), left


@pytest.mark.parametrize(("text", "secret"), SECRETS)
def test_secrets_go(text: str, secret: str) -> None:
    assert secret not in redact(text)


@pytest.mark.parametrize(
    "text",
    [
        "/countries/DE", "/book/entries/0193a1b2-4242-7242-8242-424242424242", "the database does not answer",
        "relay failed on 0193a1b2-0000-7000-8000-000000000000 (KeyError), again in 0:00:05", "mail_login_failed",
        "2026-11-26T06:00:00.123+00:00", "1700000000 of 2,000,000 rows", "PostgreSQL 18.1 on port 5432",
    ],
)  # fmt: skip
def test_what_says_what_happened_stays(text: str) -> None:
    assert redact(text) == text
    assert redact_path(text) == text


def test_a_path_that_matches_nothing_hides_what_looks_like_a_key() -> None:
    assert redact_path("/claim/is899WdWuGYU4im1xW2PQ/x") == "/claim/…/x"
    assert redact_path("/static/design/tokens.0a1b2c3d4e5f.css") == "/static/design/tokens.0a1b2c3d4e5f.css"
    assert redact_path("/../../etc/passwd") == "/../../etc/passwd"


def test_a_long_text_is_cut_and_leaves_no_half_of_a_card_number() -> None:
    text = "x" * (LONGEST_TEXT - 10) + "4242424242424242"
    assert "4242" not in redact(text)
    assert len(redact(text)) <= LONGEST_TEXT + 1


@pytest.mark.parametrize("piece", ["1 ", "1", "1-", "a@", "@", "+1 ", "pin=", '"', "(2", "://", "/1a", "é"])
def test_no_text_takes_long(piece: str) -> None:
    started = time.process_time()
    redact_path(piece * 100_000)
    assert time.process_time() - started < 0.5
