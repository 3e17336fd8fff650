"""What was typed into the card form, and what is wrong with it. Nothing here is kept or logged."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, field
from datetime import datetime

from okpay_sandbox.acquirer.cards import NumberFault, code_length, digits_of, fault_of

LONGEST = 60
MOST_YEARS = 30
_EXPIRY = re.compile(r"(\d{1,2})\s*[/.\-\s]\s*(\d{2}|\d{4})|(\d{2})(\d{2}|\d{4})")
NUMBER_FAULTS = {
    NumberFault.MISSING: "fault_number_missing",
    NumberFault.INCORRECT: "fault_number_incorrect",
    NumberFault.NOT_FOR_TESTS: "fault_number_not_test",
}


@dataclass(frozen=True)
class Entry:
    """The fields as they were typed, and the name of the words for each that is wrong."""

    number: str = field(default="", repr=False)
    expiry: str = ""
    code: str = field(default="", repr=False)
    month: int = 0
    year: int = 0
    faults: dict[str, str] = field(default_factory=dict)

    @property
    def digits(self) -> str:
        """The number without spaces and dashes."""
        return digits_of(self.number)


def read_entry(form: dict[str, str], now: datetime) -> Entry:
    """Return what was typed, checked against the month that it is.

    A card is good until its month ends. Source: ISO/IEC 7813, expiration date.
    """
    number, expiry, code = (form.get(name, "").strip()[:LONGEST] for name in ("number", "expiry", "code"))
    faults: dict[str, str] = {}
    digits = digits_of(number)
    if fault := fault_of(digits):
        faults["number"] = NUMBER_FAULTS[fault]
    month, year = _month_and_year(expiry)
    if not expiry:
        faults["expiry"] = "fault_expiry_missing"
    elif not month:
        faults["expiry"] = "fault_expiry_malformed"
    elif (year, month) < (now.year, now.month):
        faults["expiry"] = "fault_expiry_past"
    elif year > now.year + MOST_YEARS:
        faults["expiry"] = "fault_expiry_far"
    plain = unicodedata.normalize("NFKC", code)
    if not plain:
        faults["code"] = "fault_code_missing"
    elif not re.fullmatch(rf"[0-9]{{{code_length(digits)}}}", plain):
        faults["code"] = "fault_code_length"
    return Entry(number, expiry, code, month, year, faults)


def _month_and_year(typed: str) -> tuple[int, int]:
    """Return month and year of `12 / 34`, `12/2034` or `1234`; zeros when it says neither."""
    found = _EXPIRY.fullmatch(unicodedata.normalize("NFKC", typed))
    if found is None:
        return 0, 0
    month, year = int(found[1] or found[3]), int(found[2] or found[4])
    return (month, year if year > 99 else 2000 + year) if 1 <= month <= 12 else (0, 0)
