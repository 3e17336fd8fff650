"""What stands in a text: links that can be followed, and verification codes."""

from __future__ import annotations

import re
import unicodedata

_LINK = re.compile(r"https?://[^\s<>\"'`，。；：！？、（）【】《》「」“”‘’]+", re.IGNORECASE)
_TRAILING = ".,;:!?)]}*_"
_NOT_CODES = re.compile(
    r"https?://\S+"  # numbers in links
    r"|\+\d[\d\s().-]{5,}\d"  # telephone numbers
    r"|\b\d{4}[-/.]\d{2}[-/.]\d{2}\b"  # days
    r"|\S+@\S+",
    re.IGNORECASE,
)
_CODE = re.compile(r"(?<![\w.,#/+-])\d{6,8}(?![\w@/]|[.,-]\d)", re.ASCII)
MOST_CODES = 3
_KEPT_CONTROLS = "\n\t"


def clean(text: str) -> str:
    """Return text that can be stored and shown: no half characters, no control characters, one kind of line end."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    whole = text.encode("utf-8", "replace").decode("utf-8")
    return "".join(sign for sign in whole if sign in _KEPT_CONTROLS or unicodedata.category(sign) != "Cc")


def one_line(text: str) -> str:
    """Return text on one line: what a header holds, whatever was smuggled into it."""
    return " ".join(clean(text).split())


def codes(text: str) -> list[str]:
    """Return the verification codes in a text: numbers of six to eight digits that stand alone."""
    found = _CODE.findall(_NOT_CODES.sub(" ", text))
    return list(dict.fromkeys(found))[:MOST_CODES]


def pieces(text: str) -> list[tuple[bool, str]]:
    """Return a text in pieces, each with whether it is a link."""
    split: list[tuple[bool, str]] = []
    end = 0
    for match in _LINK.finditer(text):
        link = _trimmed(match[0])
        if match.start() > end:
            split.append((False, text[end : match.start()]))
        split.append((True, link))
        end = match.start() + len(link)
    if end < len(text):
        split.append((False, text[end:]))
    return split


def links(text: str) -> list[str]:
    """Return the links in a text, each once."""
    return list(dict.fromkeys(piece for is_link, piece in pieces(text) if is_link))


def _trimmed(link: str) -> str:
    # A full stop or a closing bracket behind a link belongs to the sentence, unless the link opened the bracket.
    while link[-1] in _TRAILING and not (link[-1] == ")" and "(" in link):
        link = link[:-1]
    return link
