"""Read the recipes and the chart of accounts of docs/ledger.md. The page itself explains their language."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

from okpay.base.money import InvalidCurrency, Money, exponent
from okpay.ledger.errors import REFUSALS
from okpay.ledger.records import AccountStatus, Outcome, Side
from tests.ledger.recipe_lines import (
    Block,
    Call,
    ChartLine,
    Expect,
    ExpectCounted,
    ItemLine,
    LegLine,
    LimitLine,
    Maintenance,
    Start,
    Statement,
    StatusLine,
    Wait,
)

PAGE = Path(__file__).resolve().parents[2] / "docs" / "ledger.md"

NAME = r"[a-z][a-z0-9_.]*"
ACCOUNT = rf"{NAME}(?:/{NAME})?"
AMOUNT = r"[0-9]+(?:\.[0-9]+)? [A-Z]{3}"
SIGNED = rf"-?{AMOUNT}"
WINDOW = r"(?P<window>day|week|month|year)"


class Unreadable(Exception):
    """A line of the page that is not in the language of recipes."""

    def __init__(self, line: int, why: str) -> None:
        super().__init__(f"docs/ledger.md:{line}: {why}")


def blocks(text: str) -> list[Block]:
    """Return the recipes of a page in their order, unread, each under the nearest heading.

    Raises: Unreadable when a fence is not closed.
    """
    found: list[Block] = []
    title, opened = "", 0
    fence: str | None = None
    lines: list[tuple[int, str]] = []
    for number, line in enumerate(text.splitlines(), 1):
        if fence is not None and line.startswith("```"):
            if fence == "recipe":
                found.append(Block(title, tuple(lines)))
            fence = None
        elif fence is not None:
            lines.append((number, line))
        elif line.startswith("```"):
            fence, opened, lines = line[3:].strip(), number, []
        elif line.startswith("#"):
            title = line.lstrip("# ")
    if fence is not None:
        raise Unreadable(opened, "this block is never closed")
    return found


def chart(text: str) -> dict[str, ChartLine]:
    """Return the chart of accounts of a page by purpose. Raises: Unreadable for a row with other words."""
    row = re.compile(
        r"\| `(?P<purpose>[a-z._]+)` \| (?P<owners>[a-z, ]+) \| (?P<side>debit|credit) \| (?P<floor>0|none) \| .+ \|"
    )
    found: dict[str, ChartLine] = {}
    inside = False
    for number, line in enumerate(text.splitlines(), 1):
        if line.startswith("| purpose |"):
            inside = True
        elif not line.startswith("|"):
            inside = False
        elif inside and not line.startswith("|---"):
            match = row.fullmatch(line)
            if match is None or match["purpose"] in found:
                raise Unreadable(number, "not a row of the chart, or one that stands there twice")
            owners = frozenset(match["owners"].split(", "))
            side = Side.DEBIT if match["side"] == "debit" else Side.CREDIT
            found[match["purpose"]] = ChartLine(match["purpose"], owners, side, match["floor"] == "0")
    return found


def read(block: Block) -> list[Statement]:
    """Return the statements of a recipe. Raises: Unreadable with the number of the line."""
    statements: list[Statement] = []
    in_call = False
    for number, raw in block.lines:
        text = re.sub(r"\s+", " ", raw).strip()
        if not text or text.startswith("#"):
            continue
        indented = raw.startswith("  ")
        in_call = in_call and indented
        part = _detail(number, text)
        if part is not None:
            if not statements or not isinstance(statements[-1], Call) or not statements[-1].items:
                raise Unreadable(number, "this line belongs to an item, and there is none above it")
            _attach(statements[-1], part)
        elif text == "in one call":
            statements.append(Call())
            in_call = True
        elif in_call:
            statements[-1].items.append(_item(number, text))  # type: ignore[union-attr]
        elif indented:
            raise Unreadable(number, "only legs, counts and the items of one call are indented")
        else:
            statements.append(_statement(number, text))
    return statements


def _attach(call: Call, part: LegLine | tuple[str, Money]) -> None:
    item = call.items[-1]
    if isinstance(part, LegLine):
        call.items[-1] = replace(item, legs=(*item.legs, part))
    else:
        call.items[-1] = replace(item, counts=(*item.counts, part))


def _detail(number: int, text: str) -> LegLine | tuple[str, Money] | None:
    leg = re.fullmatch(rf"debit ({ACCOUNT}) credit ({ACCOUNT}) ({AMOUNT})", text)
    if leg is not None:
        return LegLine(leg[1], leg[2], _money(number, leg[3]))
    count = re.fullmatch(rf"count ({NAME}) ({AMOUNT})", text)
    return None if count is None else (count[1], _money(number, count[2]))


def _item(number: int, text: str) -> ItemLine:
    refusal = None
    refused = re.fullmatch(r"(.+) \(refused: ([a-z_]+)\)", text)
    if refused is not None:
        text = refused[1]
        refusal = _refusal(number, refused[2])
    forms = (
        rf"(?P<operation>post) (?P<kind>{NAME})(?: as (?P<name>{NAME}))?",
        rf"(?P<operation>reserve) (?P<kind>{NAME}) (?P<account>{ACCOUNT}) (?P<amount>{AMOUNT})"
        rf" for (?P<span>[0-9]+ (?:hours?|days?)) as (?P<name>{NAME})",
        rf"(?P<operation>capture) (?P<kind>{NAME}) of (?P<of>{NAME})"
        rf"(?P<rest>, the rest stays held)?(?: as (?P<name>{NAME}))?",
        rf"(?P<operation>release|expire|reverse) (?P<kind>{NAME}) of (?P<of>{NAME})(?: as (?P<name>{NAME}))?",
        rf"(?P<operation>repeat) (?P<of>{NAME})",
    )
    for form in forms:
        match = re.fullmatch(form, text)
        if match is not None:
            found = match.groupdict()
            return ItemLine(
                line=number,
                operation=found["operation"],
                kind=found.get("kind") or "",
                name=found.get("name"),
                of=found.get("of"),
                account=found.get("account"),
                amount=_money(number, found["amount"]) if found.get("amount") else None,
                lasting=_span(found["span"]) if found.get("span") else None,
                final=not found.get("rest"),
                refusal=refusal,
            )
    raise Unreadable(number, f"cannot read {text!r}")


def _refusal(number: int, code: str) -> Outcome:
    for outcome, known in REFUSALS.items():
        if known == code:
            return outcome
    raise Unreadable(number, f"there is no refusal {code!r}")


def _statement(number: int, text: str) -> Statement:
    for form, make in _FORMS.items():
        match = re.fullmatch(form, text)
        if match is not None:
            return make(number, match)
    return Call([_item(number, text)])


def _start(number: int, match: re.Match[str]) -> Statement:
    return Start(match["account"], _money(number, match["amount"]))


def _limit(number: int, match: re.Match[str]) -> Statement:
    return LimitLine(match["person"], match["window"], _money(number, match["amount"]))


def _wait(number: int, match: re.Match[str]) -> Statement:
    return Wait(None if match["span"] == "until monday" else _span(match["span"]))


def _status(number: int, match: re.Match[str]) -> Statement:
    return StatusLine(match["account"], AccountStatus[match["status"].upper()], match["refusal"])


def _maintenance(number: int, match: re.Match[str]) -> Statement:
    return Maintenance(match["on"] == "on")


def _expect(number: int, match: re.Match[str]) -> Statement:
    balance = _money(number, match["balance"])
    held = _money(number, f"{match['held'] or '0'} {balance.currency}")
    available = match["available"] and _money(number, f"{match['available']} {balance.currency}")
    return Expect(number, match["account"], balance, held, available or None)


def _expect_counted(number: int, match: re.Match[str]) -> Statement:
    return ExpectCounted(number, match["person"], match["window"], _money(number, match["amount"]))


_FORMS: dict[str, Callable[[int, re.Match[str]], Statement]] = {
    rf"start (?P<account>{ACCOUNT}) (?P<amount>{AMOUNT})": _start,
    rf"limit (?P<person>{NAME}) per (?P<window>movement|day|week|month|year) (?P<amount>{AMOUNT})": _limit,
    r"wait (?P<span>[0-9]+ (?:hours?|days?)|until monday)": _wait,
    rf"status (?P<account>{ACCOUNT}) (?P<status>active|no_debit|frozen|closed)"
    r"(?: \(refused: (?P<refusal>[a-z_]+)\))?": _status,
    r"maintenance (?P<on>on|off)": _maintenance,
    rf"expect counted (?P<person>{NAME}) per {WINDOW} (?P<amount>{AMOUNT})": _expect_counted,
    rf"expect (?P<account>{ACCOUNT}) (?P<balance>{SIGNED})(?:, (?P<held>[0-9.]+) held)?"
    r"(?:, (?P<available>-?[0-9.]+) available)?": _expect,
}


def _span(text: str) -> timedelta:
    number, unit = text.split(" ")
    return timedelta(hours=int(number)) if unit.startswith("hour") else timedelta(days=int(number))


def _money(number: int, text: str) -> Money:
    digits, currency = text.split(" ")
    try:
        minor = Decimal(digits).scaleb(exponent(currency))
        if minor != int(minor) or len(digits.partition(".")[2]) != exponent(currency) * ("." in digits):
            raise ValueError
        return Money(int(minor), currency)
    except (ValueError, ArithmeticError, InvalidCurrency):
        raise Unreadable(number, f"{text!r} is not an amount of whole minor units") from None
