"""How the proof of fuzzing makes its requests: loaded by schemathesis, and by nobody else.

Random requests alone never find somebody to send to, nor an amount that there is. So a part of those that fit the
document gets a real recipient and a small amount; what does not fit is left as it is.
"""

from __future__ import annotations

import os
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


@schemathesis.hook
def before_load_schema(context: Any, schema: dict[str, Any]) -> None:
    """Let every operation have a header that it does not read, so that none has but one request."""
    for operations in schema["paths"].values():
        for operation in operations.values():
            operation.setdefault("parameters", []).append(_NOISE)


@schemathesis.hook
def map_body(context: Any, body: Any) -> Any:
    """Give what fits the document a recipient whom there is, and an amount that there is."""
    rows = body.get("transfers") if isinstance(body, dict) else None
    for row in rows if isinstance(rows, list) else [body]:
        if isinstance(row, dict):
            _settle(row)
    return body


def _settle(row: dict[str, Any]) -> None:
    recipient, amount = row.get("recipient"), row.get("amount")
    if isinstance(recipient, dict) and recipient.get("type") == "email":
        value = recipient.get("value")
        # Two of three: the others stay unknown, or are no addresses at all.
        if isinstance(value, str) and 0 < len(value) < 254 and len(value) % 3:
            recipient["value"] = os.environ["FUZZ_RECIPIENT"]
    if not isinstance(amount, dict):
        return
    minor, currency = amount.get("amount"), amount.get("currency")
    if type(minor) is int and 1 <= minor <= _LARGEST_MINOR:
        amount["amount"] = minor % _MOST_MINOR + 1
        if isinstance(currency, str) and len(currency) == 3 and currency.isupper() and minor % 4:
            amount["currency"] = _CURRENCY
