"""The largest balance that a level may hold: asked after posting, under the locks that posting took."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from okpay.ledger import queries as book
from okpay.transfers import payees
from okpay.transfers.records import Payee


def over_ceiling(arrivals: Sequence[tuple[Payee, int]]) -> list[int]:
    """Return which arrivals, just posted in their order, bring a payee above what they may hold.

    Each is judged as if those before it that fit had arrived, and the others had not. Amounts are in minor units.
    """
    balances = book.balances([*{id_ for payee, _ in arrivals for id_ in payees.account_ids(payee)}])
    held: dict[UUID, int] = {}
    for payee, _ in arrivals:
        assert payee.customer is not None
        held[payee.customer.id] = sum(balances[id_] for id_ in payees.account_ids(payee))
    for payee, minor in arrivals:
        assert payee.customer is not None
        held[payee.customer.id] -= minor
    too_much = []
    for index, (payee, minor) in enumerate(arrivals):
        assert payee.customer is not None
        if held[payee.customer.id] + minor > payees.ceiling_minor(payee):
            too_much.append(index)
        else:
            held[payee.customer.id] += minor
    return too_much
