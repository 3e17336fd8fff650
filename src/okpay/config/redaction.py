"""Take out of a text what logs must not hold: card numbers, addresses, telephone numbers, secrets.

This is the net below, not the rule. The rule is that nobody logs such things; a net does not know names, for example.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

LONGEST_TEXT = 2000
"""What is longer is cut, so that looking through it stays cheap."""
GAP = "…"

_BETWEEN = r"[\s.+_/\-\u00b7\u200b-\u200f\u2010-\u2015\u2060\u2212\u30fb\ufeff\uff0d]"
_UUID = r"[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}"
_DIGITS = re.compile(rf"{_UUID}|\d(?:{_BETWEEN}{{0,3}}\d){{12,}}")
_GROUP = re.compile(r"\d+")
_CUT_DIGITS = re.compile(rf"(?:\d|{_BETWEEN})+$")
_SHORTEST_CARD, _LONGEST_CARD = 13, 19
"""Source: ISO/IEC 7812-1."""

_PHONE = re.compile(
    rf"(?P<id>{_UUID})"
    rf"|(?<![\w.])(?:[+＋]|00)[\s(]?\d(?:[()\s.\-]{{0,2}}\d){{6,14}}(?!\d)"
    # The two countries whose numbers people write without the one of the country most: China, and North America.
    r"|(?<!\d)1[3-9]\d[\s\-]?\d{4}[\s\-]?\d{4}(?!\d)"
    r"|(?<!\d)\(?[2-9]\d\d\)?[-. ]\d{3}[-. ]\d{4}(?!\d)"
)
_EMAIL = re.compile(
    r"""(?:"[^"\s]{1,64}"|[^\s@＠<>()\[\],;:"'/=?&%]{1,64})(?:@|＠|%40)(?:\[[^\]\s]{1,80}\]|[\w.\-]{1,253})"""
)
_IN_PLACE: tuple[tuple[re.Pattern[str], str], ...] = (
    # Addresses that mails lead to: what stands behind them opens an account. Patterns of them are no secret.
    (
        re.compile(r"(/account/(?:confirm-email|recover|password/reset/key)/)(?!<[\w:]+>)[^\s\"]+"),
        rf"\1{GAP}",
    ),
    (re.compile(r"(?i)\b((?:authorization|(?:set-)?cookie)[\"']?\s*[:=]\s*).+"), rf"\1{GAP}"),
    (re.compile(r"(?i)\b(bearer\s+)[\w.~+/=\-]+"), rf"\1{GAP}"),
    (re.compile(r"(?<![A-Za-z0-9])(okp_(?:test|live)_)[\w\-]+"), rf"\1{GAP}"),
    (re.compile(r"(://)[^/\s@]+@"), rf"\1{GAP}@"),
    (re.compile(r"(://[^\s?#\"']*)[?#][^\s\"']*"), rf"\1?{GAP}"),
    (
        re.compile(
            r"(?i)\b((?:\w*password|passwd|passphrase|pwd|\w*secret|\w*token|api[-_]?key|\w*session(?:_?id)?|"
            r"cvc|cvv|pin|otp)[\"']?\s*[:=]\s*[\"']?)[^\s\"'&;,]+"
        ),
        rf"\1{GAP}",
    ),
    (re.compile(r"(?i)\b(code[\"']?\s*[:=]?\s*[\"']?)\d{4,8}\b"), rf"\1{GAP}"),
)
_TOKEN = re.compile(r"(?<=/)(?!" + _UUID + r"(?:/|$))(?=[^/]*\d)[\w:.~\-]{20,}")


def redact(text: str) -> str:
    """Return a text without what is recognised as personal or secret.

    Card numbers keep their first six digits and their last four. Source: PCI DSS 4.0, requirement 3.4.1.
    """
    if len(text) > LONGEST_TEXT:
        # Digits at the cut may be the beginning of a card number that no longer shows as one.
        text = _CUT_DIGITS.sub("", text[:LONGEST_TEXT]) + GAP
    for pattern, instead in _IN_PLACE:
        text = pattern.sub(instead, text)
    text = _EMAIL.sub(f"{GAP}@{GAP}", text)
    text = _DIGITS.sub(lambda found: _without_cards(found[0]), text)
    return _PHONE.sub(lambda found: found["id"] or GAP, text)


def redact_path(path: str) -> str:
    """Return an address that matches no route, as `redact` does, and without parts that look like keys."""
    path = redact(path)
    return path if path.startswith("/static/") else _TOKEN.sub(GAP, path)


def _without_cards(run: str) -> str:
    """Return digits with what stands between them; card numbers, which begin and end with a group, are masked."""
    if re.fullmatch(_UUID, run):
        return run
    shown, kept_to = [], 0
    for start, end in _cards(run):
        digits = "".join(str(int(digit)) for digit in run[start:end] if digit.isdecimal())
        shown += [run[kept_to:start], f"{digits[:6]}{GAP}{digits[-4:]}"]
        kept_to = end
    return "".join([*shown, run[kept_to:]])


def _cards(run: str) -> Iterator[tuple[int, int]]:
    """Yield where card numbers stand. Those that overlap, of which one must be chance, are one place."""
    groups = [(found.start(), found.end(), _ascii(found[0])) for found in _GROUP.finditer(run)]
    begun, ended = 0, 0
    for first, (start, _, _) in enumerate(groups):
        digits, end = "", 0
        for _, group_end, group in groups[first : first + _LONGEST_CARD]:
            digits += group
            if len(digits) > _LONGEST_CARD:
                break
            if len(digits) >= _SHORTEST_CARD and _passes_luhn(digits):
                end = group_end
        if not end:
            continue
        if ended and start >= ended:
            yield begun, ended
        if start >= ended:
            begun = start
        ended = max(ended, end)
    if ended:
        yield begun, ended


def _ascii(digits: str) -> str:
    return "".join(str(int(digit)) for digit in digits)


def _passes_luhn(digits: str) -> bool:
    """Tell whether the check digit fits. Source: ISO/IEC 7812-1, annex B."""
    total = 0
    for place, digit in enumerate(reversed(digits)):
        value = int(digit) * (1 + place % 2)
        total += value - 9 if value > 9 else value
    return total % 10 == 0
