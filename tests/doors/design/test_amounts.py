"""Figures of an amount: every decimal its currency has, grouped as the language does."""

from __future__ import annotations

import pytest
from django.template import engines
from django.utils import translation

from okpay.base.amounts import figures
from okpay.base.money import Money


@pytest.mark.parametrize(
    ("minor", "currency", "text"),
    [
        (0, "USD", "0.00"),
        (5, "USD", "0.05"),
        (123450, "USD", "1,234.50"),
        (-123456789, "EUR", "−1,234,567.89"),
        (1234567, "JPY", "1,234,567"),
        (1, "KWD", "0.001"),
        (-1, "KWD", "−0.001"),
        (2**63 - 1, "USD", "92,233,720,368,547,758.07"),
        (10**30, "JPY", "1" + ",000" * 10),
    ],
)
@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_figures(minor: int, currency: str, text: str, language: str) -> None:
    assert figures(minor, currency, language) == text


def test_a_sign_is_shown_where_it_is_asked_for() -> None:
    assert figures(100, "USD", "en", signed=True) == "+1.00"
    assert figures(0, "USD", "en", signed=True) == "0.00"
    assert figures(-100, "USD", "en", signed=True) == "−1.00"


def test_other_languages_point_and_group_in_their_own_way() -> None:
    assert figures(123456789, "EUR", "de") == "1.234.567,89"


def test_money_is_never_shown_without_its_currency() -> None:
    with translation.override("en"):
        shown = engines["django"].from_string("{% money amount %}").render({"amount": Money(-9710, "USD")})
    assert "−97.10" in shown
    assert '<span class="money-currency">USD</span>' in shown
    assert 'value="-97.10 USD"' in shown
