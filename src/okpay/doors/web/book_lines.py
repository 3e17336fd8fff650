"""The records of the ledger as the lines of a page: money with its currency, sides and states in words."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from okpay.base.money import Money
from okpay.ledger.records import Account, AccountStatus, Entry, Hold, Operation, Posting, Seal, Side

SIDES: dict[Side, Promise] = {Side.DEBIT: _("Debit"), Side.CREDIT: _("Credit")}
STATUSES: dict[AccountStatus, tuple[str, Promise]] = {
    AccountStatus.ACTIVE: ("done", _("Active")),
    AccountStatus.NO_DEBIT: ("waiting", _("No debit")),
    AccountStatus.FROZEN: ("frozen", _("Frozen")),
    AccountStatus.CLOSED: ("failed", _("Closed")),
}
OPERATIONS: dict[Operation, Promise] = {
    Operation.POST: _("Posted"),
    Operation.RESERVE: _("Hold reserved"),
    Operation.CAPTURE: _("Hold captured"),
    Operation.RELEASE: _("Hold released"),
    Operation.EXPIRE: _("Hold expired"),
    Operation.REVERSE: _("Reversal"),
}


def name(account: Account) -> str:
    """Return what a page calls an account: its code, or its purpose and number."""
    return account.code or f"{account.purpose} {account.id}"


def account_line(account: Account) -> dict[str, Any]:
    """Return what a page shows of an account."""
    state, words = STATUSES[account.status]
    return {
        "id": account.id,
        "name": name(account),
        "purpose": account.purpose,
        "side": SIDES[account.normal_side],
        "state": state,
        "state_words": words,
        "balance": Money(account.balance_minor, account.currency),
        "held": Money(account.held_minor, account.currency),
        "floor": None if account.floor_minor is None else Money(account.floor_minor, account.currency),
    }


def posting_line(posting: Posting, entry: Entry) -> dict[str, Any]:
    """Return what an account's page shows of a posting."""
    debit, credit = _sides(posting)
    return {
        "entry_id": posting.entry_id,
        "kind": entry.kind,
        "operation": OPERATIONS[entry.operation],
        "booked_at": entry.booked_at,
        "debit": debit,
        "credit": credit,
        "balance": Money(posting.balance_minor, posting.currency),
    }


def side_line(posting: Posting, account_name: str) -> dict[str, Any]:
    """Return what an entry's page shows of a posting."""
    debit, credit = _sides(posting)
    balance = Money(posting.balance_minor, posting.currency)
    return {
        "account_id": posting.account_id,
        "account_name": account_name,
        "debit": debit,
        "credit": credit,
        "balance": balance,
    }


def totals(postings: Iterable[Posting]) -> list[dict[str, Any]]:
    """Return the totals of both sides by currency; sums may be larger than one amount can be."""
    sums: dict[str, list[int]] = {}
    for posting in postings:
        sides = sums.setdefault(posting.currency, [0, 0])
        sides[posting.amount_minor < 0] += abs(posting.amount_minor)
    return [
        {"currency": currency, "debit": debit, "credit": credit} for currency, (debit, credit) in sums.items()
    ]


def hold_line(hold: Hold, account: Account) -> dict[str, Any]:
    """Return what an account's page shows of an open hold."""
    remaining = Money(hold.remaining_minor, account.currency)
    return {"id": hold.id, "remaining": remaining, "booked_at": hold.booked_at, "expires_at": hold.expires_at}


def seal_line(seal: Seal) -> dict[str, Any]:
    """Return what the page of seals shows of one."""
    return {
        "number": seal.number,
        "sealed_at": seal.sealed_at,
        "entry_count": seal.entry_count,
        "hash": seal.hash.hex(),
        "previous_hash": seal.previous_hash.hex(),
    }


def _sides(posting: Posting) -> tuple[Money | None, Money | None]:
    amount = Money(abs(posting.amount_minor), posting.currency)
    return (amount, None) if posting.amount_minor > 0 else (None, amount)
