"""The house's accounts: docs/ledger.md, "The chart of accounts", as the program opens them."""

from __future__ import annotations

import hashlib
from functools import cache

from okpay.base.errors import BrokenInvariant
from okpay.ledger.records import NewAccount, Side

HOUSE: dict[str, tuple[Side, int | None]] = {
    "bank": (Side.DEBIT, None),
    "bank.operating": (Side.DEBIT, None),
    "acquirer.clearing": (Side.DEBIT, None),
    "partner.prefunding": (Side.DEBIT, None),
    "disputes.provisional": (Side.DEBIT, 0),
    "suspense.outgoing": (Side.DEBIT, 0),
    "acquirer.authorised": (Side.CREDIT, None),
    "payout.clearing": (Side.CREDIT, None),
    "biller.clearing": (Side.CREDIT, None),
    "partner.clearing": (Side.CREDIT, None),
    "transfer.transit": (Side.CREDIT, 0),
    "suspense.incoming": (Side.CREDIT, 0),
    "proof.clearing": (Side.CREDIT, 0),
    "promotions.budget": (Side.CREDIT, 0),
    "fx.position": (Side.CREDIT, None),
    "capital": (Side.CREDIT, None),
    "fees.topup": (Side.CREDIT, None),
    "fees.withdrawal": (Side.CREDIT, None),
    "fees.transfer": (Side.CREDIT, None),
    "fees.merchant": (Side.CREDIT, None),
    "fees.bill": (Side.CREDIT, None),
    "fees.remittance": (Side.CREDIT, None),
    "fx.margin": (Side.CREDIT, None),
    "rounding": (Side.CREDIT, None),
    "cost.acquirer": (Side.DEBIT, None),
    "cost.bank": (Side.DEBIT, None),
    "cost.partner": (Side.DEBIT, None),
    "cost.proof": (Side.DEBIT, None),
    "promotions": (Side.DEBIT, None),
    "losses": (Side.DEBIT, None),
}
"""The normal side and the floor of each purpose; a test compares them with the page."""


@cache
def house_account_id(purpose: str, currency: str) -> int:
    """Return the id of one of the house's own accounts, which follows from its code, such as `fees.transfer:USD`.

    It lies in the second half of the numbers that an id may have: the clock gives out none of them before 2060.

    Raises: BrokenInvariant for a purpose that the chart does not know.
    """
    if purpose not in HOUSE:
        raise BrokenInvariant(f"the chart of accounts has no house account {purpose!r}")
    digest = hashlib.sha256(f"{purpose}:{currency}".encode()).digest()
    return 1 << 62 | int.from_bytes(digest[:8], "big") >> 2


def house_account(purpose: str, currency: str) -> NewAccount:
    """Return one of the house's own accounts as it is opened. Raises: BrokenInvariant, as `house_account_id`."""
    id_ = house_account_id(purpose, currency)
    side, floor_minor = HOUSE[purpose]
    return NewAccount(id_, currency, side, purpose, floor_minor, f"{purpose}:{currency}")
