"""One transfer in pgbench's language: the very call that `post_many` makes for a list of one plain item.

pgbench is the client of TPC-B, too, so that what differs between the two figures is the server's work alone.
"""

from __future__ import annotations

from collections.abc import Sequence

import psycopg

from bench.book import ACCOUNTS, HOT_ACCOUNT
from okpay.base.ids import new_uuid7
from okpay.ledger.actions.arguments import PLAIN_CALL, plain_arguments
from okpay.ledger.records import Count, Leg, Post

_PAYER, _PAYEE, _AMOUNT = 1_000_001, 1_000_002, 999_999_999
"""Stand-ins in the call, each replaced by a variable."""
_UNIFORM = """\\set payer random(1, {accounts})
\\set step random(1, {accounts} - 1)
\\set payee case when :payer + :step > {accounts} then :payer + :step - {accounts} else :payer + :step end
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
    values = plain_arguments(item)
    assert values is not None, "the express lane takes a transfer with one count"
    variables = {
        str(values[0]): new_id,
        str(item.id): new_id,
        str(_PAYER): ":payer",
        str(_PAYEE): ":payee",
        str(_AMOUNT): ":amount",
    }
    start = (_HOT if hot else _UNIFORM).format(accounts=ACCOUNTS, hot=HOT_ACCOUNT)
    return f"{start}\\set amount random(1, 1000)\n{_statement(values, variables)};\n"


def _statement(values: Sequence[str | None], variables: dict[str, str]) -> str:
    expressions = ["NULL" if value is None else variables.get(value, f"'{value}'") for value in values]
    return " ".join(PLAIN_CALL.replace("%s", "{}").format(*expressions).split())
