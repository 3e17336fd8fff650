"""JSON as a door accepts it: each key once, no NaN, no float, no text that the database cannot keep."""

from __future__ import annotations

import json
import re
from collections import Counter
from decimal import Decimal
from typing import Any, NoReturn

from okpay.base.errors import InvalidInput

LARGEST_BYTES = 1_000_000
DEEPEST = 32
_TOKEN = re.compile(rb'["\[\]{}]')
_REST_OF_STRING = re.compile(rb'[^"\\]*+(?:\\.[^"\\]*+)*+"?', re.DOTALL)
"""What follows the quotation mark that begins a string: to its end, or to the end of all where it has none.

Possessive, so that a body without an end is read once and not once for each of its characters.
"""


class InvalidJson(InvalidInput):
    """The body is not JSON that is accepted here."""

    codes = frozenset({"json_malformed", "json_duplicate_key", "json_too_large", "json_too_deep"})


def parse_json(body: bytes | str) -> Any:
    """Parse a body; a number with a fraction or an exponent becomes a Decimal, never a float.

    Raises: InvalidJson `json_malformed` (not JSON or not UTF-8, NaN, a lone surrogate, a NUL character, an
    integer of thousands of digits), `json_duplicate_key`, `json_too_large` (over a million bytes),
    `json_too_deep` (over 32 levels). Source: RFC 8259; RFC 8785, section 3.1 for what interoperates.
    """
    raw = body.encode("utf-8", "surrogatepass") if isinstance(body, str) else body
    if len(raw) > LARGEST_BYTES:
        raise InvalidJson("json_too_large", limit_bytes=LARGEST_BYTES)
    # Fewer brackets than levels cannot be too deep; only a larger body has to be walked.
    suspicious = raw.count(b"[") + raw.count(b"{") > DEEPEST
    if suspicious and _too_deep(raw):
        raise InvalidJson("json_too_deep", limit=DEEPEST)
    try:
        value = _decoder.decode(raw.decode("utf-8"))
        if b"\\u" in raw:
            _check_text(value)
    except InvalidJson:
        raise
    except ValueError:
        raise InvalidJson("json_malformed") from None
    return value


def _each_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    value = dict(pairs)
    if len(value) != len(pairs):
        counts = Counter(name for name, _ in pairs)
        twice = next(name for name, count in counts.items() if count > 1)
        raise InvalidJson("json_duplicate_key", key=twice[:100])
    return value


def _no_constant(_: str) -> NoReturn:
    raise InvalidJson("json_malformed")


_decoder = json.JSONDecoder(object_pairs_hook=_each_once, parse_float=Decimal, parse_constant=_no_constant)


def _too_deep(raw: bytes) -> bool:
    depth, place = 0, 0
    while (found := _TOKEN.search(raw, place)) is not None:
        place = found.end()
        if found[0] == b'"':
            rest = _REST_OF_STRING.match(raw, place)
            assert rest is not None
            place = rest.end()
        elif found[0] in b"[{":
            depth += 1
            if depth > DEEPEST:
                return True
        else:
            depth -= 1
    return False


def _check_text(value: Any) -> None:
    texts = [value]
    while texts:
        part = texts.pop()
        if isinstance(part, dict):
            texts.extend(part)
            texts.extend(part.values())
        elif isinstance(part, list):
            texts.extend(part)
        elif isinstance(part, str):
            part.encode()  # a lone surrogate is a UnicodeEncodeError, which is a ValueError
            if "\0" in part:
                raise InvalidJson("json_malformed")
