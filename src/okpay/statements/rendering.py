"""Set a paper with Typst: our template, the data beside it as JSON, and fonts from installed packages.

What people wrote reaches the template as values of `sys.inputs` and is shown as text. It is never part of the source
that Typst reads, so no name or note can be markup. Compiling takes a time that grows with the length of the data only,
and that has a bound here.
"""

from __future__ import annotations

import importlib.util
import json
import re
import unicodedata
from dataclasses import asdict
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

import typst
from babel import Locale
from babel.dates import format_datetime

from okpay.base.amounts import figures
from okpay.base.errors import BrokenInvariant
from okpay.base.money import Money
from okpay.statements.records import LANGUAGES, Party, Receipt, ReceiptWords

LONGEST_NAME = 200
LONGEST_TEXT = 500
LONGEST_TIMELINE = 100

_TEMPLATES = Path(__file__).parent / "templates"
_FONT_PACKAGES = ("manimgx_fonts", "manimgx_fonts_cjk")
_INSTANTS = {"en": "d MMM y, HH:mm:ss", "zh-hans": "y年M月d日 HH:mm:ss"}
_OFFSETS = {"en": "'UTC'xxx", "zh-hans": "'UTC'xxx"}
# Marks that turn the direction of what follows: a name must not reorder the line around it.
_TURNING = re.compile("[\u200e\u200f\u061c\u202a-\u202e\u2066-\u2069]")
_UNPRINTABLE = {
    "Cc": " ",
    "Zl": " ",
    "Zp": " ",
    "Cs": "\N{REPLACEMENT CHARACTER}",
    "Co": "\N{REPLACEMENT CHARACTER}",
}


def receipt_pdf(receipt: Receipt, words: ReceiptWords) -> bytes:
    """Return a receipt as PDF: A4, tagged, in one language, with its fonts inside; the same bytes for the same data.

    Source: PDF/UA-1 (ISO 14289-1), but for a receipt with letters that none of our fonts has: those show as boxes,
    which that standard forbids.
    """
    data = json.dumps(_told(receipt, words), ensure_ascii=False)
    written_at = receipt.completed_at or receipt.created_at
    try:
        return _compiled("receipt.typ", data, written_at, standards=["ua-1"])
    except typst.TypstError as refused:
        if not refused.message.startswith("PDF/UA-1 error"):
            raise
        return _compiled("receipt.typ", data, written_at, standards=[])


def _compiled(template: str, data: str, written_at: datetime, *, standards: list[typst.PDFStandard]) -> bytes:
    made = typst.compile(
        _TEMPLATES / template,
        root=_TEMPLATES,
        font_paths=_fonts(),
        ignore_system_fonts=True,
        sys_inputs={"data": data},
        pdf_standards=standards,
        # Whole seconds are all that a PDF can say.
        timestamp=written_at.replace(microsecond=0),
    )
    assert isinstance(made, bytes)
    return made


@cache
def _fonts() -> typst.Fonts:
    folders: list[str] = []
    for package in _FONT_PACKAGES:
        found = importlib.util.find_spec(package)
        if found is None or not found.submodule_search_locations:
            raise BrokenInvariant(f"the package {package} with the fonts of receipts is not installed")
        folders += found.submodule_search_locations
    # Never the machine's own: a receipt looks the same wherever it is made.
    return typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=folders)


def _told(receipt: Receipt, words: ReceiptWords) -> dict[str, Any]:
    """Return what the template is given: texts and nothing else, each short enough and readable in one line."""
    if receipt.language not in LANGUAGES:
        raise BrokenInvariant(f"no paper is written in {receipt.language!r}")
    if len(receipt.timeline) > LONGEST_TIMELINE:
        raise BrokenInvariant(f"a timeline of {len(receipt.timeline)} lines does not fit a receipt")
    language = receipt.language
    return {
        "language": language,
        "words": {name: readable(text) for name, text in asdict(words).items()},
        "tone": receipt.tone.value,
        "reference": readable(receipt.reference),
        "amount": _amount(receipt.amount, language),
        "fee": _amount(receipt.fee, language),
        "total": _amount(receipt.total, language),
        "payer": _party(receipt.payer),
        "payee": _party(receipt.payee),
        "note": readable(receipt.note),
        "created": _instant(receipt.created_at, receipt),
        "completed": _instant(receipt.completed_at, receipt) if receipt.completed_at else None,
        "timeline": [
            {"at": _instant(moment.at, receipt), "words": readable(moment.words)}
            for moment in receipt.timeline
        ],
        "operator": readable(receipt.operator, LONGEST_NAME),
        "is_test_money": receipt.is_test_money,
    }


def readable(text: str, longest: int = LONGEST_TEXT) -> str:
    """Return a text on one line, without control characters and marks that turn the direction, and not too long."""
    flat = "".join(_UNPRINTABLE.get(unicodedata.category(letter), letter) for letter in text[: 2 * longest])
    one_line = " ".join(_TURNING.sub("", flat).split())
    return one_line if len(one_line) <= longest else one_line[: longest - 1] + "…"


def _party(party: Party) -> dict[str, str]:
    return {"name": readable(party.name, LONGEST_NAME), "address": readable(party.address, LONGEST_NAME)}


def _amount(money: Money | None, language: str) -> dict[str, str] | None:
    if money is None:
        return None
    return {"figures": figures(money.minor, money.currency, language), "currency": money.currency}


def _instant(at: datetime, receipt: Receipt) -> dict[str, str]:
    locale = Locale.parse(receipt.language, sep="-")

    def shown(pattern: str) -> str:
        return format_datetime(at, pattern, tzinfo=receipt.zone, locale=locale)

    return {"time": shown(_INSTANTS[receipt.language]), "offset": shown(_OFFSETS[receipt.language])}
