"""One transfer in pgbench's language: the very call that `post_many` makes for a list of one.

pgbench is the client of TPC-B, too, so that what differs between the two figures is the server's work alone.
"""

from __future__ import annotations

import psycopg

from bench.book import ACCOUNTS, HOT_ACCOUNT
from okpay.base.ids import new_uuid7
from okpay.ledger.actions.arguments import CALL, arguments
from okpay.ledger.actions.facts import Facts
from okpay.ledger.records import Count, Leg, Post

_PAYER, _PAYEE, _AMOUNT = 1_000_001, 1_000_002, 999_999_999
"""Stand-ins in the call, each replaced by a variable. The payer's id is the lower one, which fixes all positions."""
_UNIFORM = """\\set one random(1, {accounts})
\\set step random(1, {accounts} - 1)
\\set other case when :one + :step > {accounts} then :one + :step - {accounts} else :one + :step end
\\set payer least(:one, :other)
\\set payee greatest(:one, :other)
"""
_HOT = """\\set payer random(1, {accounts})
\\set payee {hot}
"""
_UUIDV7_SINCE = 180000


def transfer_script(url: str, *, hot: bool) -> str:
    """Return the script of one transfer between random wallets, or from a random wallet to the hot one."""
    with psycopg.connect(url) as connection:
        # PostgreSQL before 18 cannot make ids that sort by time; random ones cost its index a little more.
        new_id = "uuidv7()" if connection.info.server_version >= _UUIDV7_SINCE else "gen_random_uuid()"
    item = Post(new_uuid7(), "transfer", (Leg(_PAYER, _PAYEE, _AMOUNT),), (Count(_PAYER, _AMOUNT),))
    call_id, *values = arguments([item], Facts())
    variables = {
        call_id: new_id,
        str(item.id): new_id,
        str(_PAYER): ":payer",
        str(_PAYEE): ":payee",
        str(_AMOUNT): ":amount",
    }
    start = (_HOT if hot else _UNIFORM).format(accounts=ACCOUNTS, hot=HOT_ACCOUNT)
    return f"{start}\\set amount random(1, 1000)\n{_statement([call_id, *values], variables)};\n"


def _statement(values: list[str], variables: dict[str, str]) -> str:
    before, *rest = CALL.split("%s::")
    parts = [" ".join(before.split())]
    for value, text in zip(values, rest, strict=True):
        kind = text[: min(text.find(mark) for mark in ",)" if mark in text)]
        parts.append(_expression(value, kind, variables) + " ".join(text[len(kind) :].split()))
    return " ".join(parts)


def _expression(value: str, kind: str, variables: dict[str, str]) -> str:
    if not kind.endswith("[]"):
        return f"{variables.get(value, repr(value))}::{kind}"
    # Each element with its own cast: as text the variables would be read again for every call.
    elements = [element for element in value.strip("{}").split(",") if element]
    listed = ", ".join(f"{variables.get(element, repr(element))}::{kind[:-2]}" for element in elements)
    return f"ARRAY[{listed}]::{kind}"
