"""Requests as they are typed in a terminal."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

KEY = "$OKPAY_KEY"
"""Where the key is read from, so that none lands in the history of a shell."""


def command(
    url: str, *, has_key: bool = True, idempotency_key: str = "", body: Any = None, into: str = ""
) -> str:
    """Return a request as a command of several lines."""
    # A URL with a query has an ampersand, which is the shell's own.
    lines = [f"curl '{url}'" if "?" in url else f"curl {url}"]
    if has_key:
        lines.append(f'-H "Authorization: Bearer {KEY}"')
    if idempotency_key:
        lines.append(f"-H 'Idempotency-Key: {idempotency_key}'")
    if body is not None:
        lines += ["-H 'Content-Type: application/json'", f"-d '{json.dumps(body)}'"]
    elif idempotency_key:
        lines.append("-X POST")
    if into:
        lines.append(f"-o {into}")
    return " \\\n  ".join(lines)


def first_steps(origin: str) -> Mapping[str, str]:
    """Return the requests of the first steps."""
    transfer = {
        "recipient": {"type": "email", "value": "ben@example.com"},
        "amount": {"amount": 1250, "currency": "USD"},
        "note": "Lunch",
    }
    return {
        "accounts": command(f"{origin}/v1/accounts"),
        "transfer": command(f"{origin}/v1/transfers", idempotency_key="lunch-0001", body=transfer),
        "movements": command(f"{origin}/v1/movements?limit=5"),
    }
