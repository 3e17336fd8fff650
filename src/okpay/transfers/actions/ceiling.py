"""The largest balance that a level may hold: asked after posting, under the locks that posting took."""

from __future__ import annotations

from collections.abc import Sequence

from okpay.ledger import queries as book
from okpay.transfers import payees
from okpay.transfers.records import Payee


def over_ceiling(arrivals: Sequence[tuple[Payee, int]]) -> list[int]:
    """Return which arrivals, just posted in their order, bring a payee above what they may hold.

    Each is judged as if those before it that fit had arrived, and the others had not. Amounts are in minor units.
    """
    purses = {payee.wallet.available_account_id: payee for payee, _ in arrivals if payee.wallet}
    balances = book.balances([id_ for payee in purses.values() for id_ in payees.account_ids(payee)])
    # By the account `available` of whoever gets it.
    held = {
        purse: sum([balances[id_] for id_ in payees.account_ids(payee)]) for purse, payee in purses.items()
    }
    for payee, minor in arrivals:
        assert payee.wallet is not None
        held[payee.wallet.available_account_id] -= minor
    too_much = []
    for index, (payee, minor) in enumerate(arrivals):
        assert payee.wallet is not None
        purse = payee.wallet.available_account_id
        if held[purse] + minor > payees.ceiling_minor(payee):
            too_much.append(index)
        else:
            held[purse] += minor
    return too_much
