"""How the proof of fuzzing makes its requests: loaded by schemathesis, and by nobody else.

Random requests alone never find somebody to send to, nor an amount that there is. So a part of those that fit the
document gets a real recipient and a small amount; what does not fit is left as it is.
"""

from __future__ import annotations

import os
import re
from typing import Any

import schemathesis

_NOISE = {
    "name": "Accept-Language",
    "in": "header",
    "required": False,
    "schema": {"type": "string"},
}
_CURRENCY = "USD"
_LARGEST_MINOR = 10**15
_MOST_MINOR = 500
_LONGEST_DELAY = 720
_LONGEST_ADDRESS = 254
_UUID = re.compile("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


@schemathesis.hook
def before_load_schema(context: Any, schema: dict[str, Any]) -> None:
    """Let every operation have a header that it does not read, so that none has but one request."""
    for operations in schema["paths"].values():
        for operation in operations.values():
            operation.setdefault("parameters", []).append(_NOISE)


@schemathesis.hook
def map_body(context: Any, body: Any) -> Any:
    """Give most of what fits the document a recipient or a card whom there is, and an amount that there is."""
    rows = body.get("transfers") if isinstance(body, dict) else None
    for row in rows if isinstance(rows, list) else [body]:
        if isinstance(row, dict):
            _settle(row)
    return body


def _settle(row: dict[str, Any]) -> None:
    amount: Any = row.get("amount")
    recipient, delay = row.get("recipient"), row.get("delay_hours")
    if not _is_money(amount):
        return
    chance = amount["amount"]
    amount["amount"] = chance % _MOST_MINOR + 1
    # The others keep what they have, so that what is refused is seen as well.
    if chance % 4:
        amount["currency"] = _CURRENCY
    if chance % 5 and _is_money(row.get("fee")):
        row["fee"] = None
    if chance % 7 and type(delay) is int and 0 <= delay <= _LONGEST_DELAY:
        row["delay_hours"] = 0
    if chance % 3 and isinstance(row.get("card"), str) and _UUID.fullmatch(row["card"]):
        row["card"] = os.environ["FUZZ_CARD"]
    if chance % 3 and isinstance(recipient, dict) and recipient.get("type") == "email":
        value = recipient.get("value")
        if isinstance(value, str) and 0 < len(value) <= _LONGEST_ADDRESS:
            recipient["value"] = os.environ["FUZZ_RECIPIENT"]


def _is_money(value: Any) -> bool:
    """Tell whether a value is an amount as the document has it: what is none must stay none."""
    if not isinstance(value, dict) or value.keys() != {"amount", "currency"}:
        return False
    minor, currency = value["amount"], value["currency"]
    fits = type(minor) is int and 1 <= minor <= _LARGEST_MINOR
    return fits and isinstance(currency, str) and re.fullmatch("[A-Z]{3}", currency) is not None
