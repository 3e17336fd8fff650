"""What is to become of each transfer of a list, worked out before it is posted, and turned into items of the book.

A plan is made from what was read without locks. The book decides under locks; where it decides otherwise, the plan is
changed and everything since the savepoint is done again.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID, uuid5

from okpay.ledger import queries as book
from okpay.ledger.records import Capture, Count, Expire, Item, Leg, Post, Release, Reserve
from okpay.movements.records import Reason
from okpay.wallets.records import Wallet

FEES = "fees.transfer"
TRANSIT = "transfer.transit"


@dataclass(frozen=True, slots=True)
class Split:
    """How much of an amount lies on each account of a wallet: what came by card goes first."""

    maturing_minor: int
    available_minor: int

    @property
    def total_minor(self) -> int:
        """Both together."""
        return self.maturing_minor + self.available_minor

    def part(self, first_minor: int) -> tuple[Split, Split]:
        """Divide it: the first part of an amount, and the rest."""
        if first_minor == self.total_minor:
            return self, NOTHING
        maturing = min(self.maturing_minor, first_minor)
        first = Split(maturing, first_minor - maturing)
        return first, Split(self.maturing_minor - maturing, self.available_minor - first.available_minor)


NOTHING = Split(0, 0)


def split_of(total_minor: int, *, maturing_minor: int, available_minor: int) -> Split | None:
    """Take an amount from what two accounts have, card money first, or return None where they have too little."""
    from_maturing = max(0, min(maturing_minor, total_minor))
    rest = total_minor - from_maturing
    return Split(from_maturing, rest) if rest <= max(0, available_minor) else None


def hold_id(movement_id: UUID, purpose: str) -> UUID:
    """Return the id of the hold that a waiting transfer has on one of its payer's accounts."""
    return uuid5(movement_id, f"hold.{purpose}")


def house_accounts(currencies: set[str]) -> list[tuple[str, str]]:
    """Return the purposes and currencies of the house's accounts that transfers need."""
    return [(purpose, currency) for currency in currencies for purpose in (FEES, TRANSIT)]


def at_once(
    movement_id: UUID,
    payer: Wallet,
    payee: Wallet,
    sent: Split,
    fee: Split,
    counts: tuple[Count, ...],
) -> Post:
    """Return the entry of a transfer that arrives at once: what came by card stays card money at the payee's."""
    legs = _legs(
        (
            (payer.maturing_account_id, payee.maturing_account_id, sent.maturing_minor),
            (payer.available_account_id, payee.available_account_id, sent.available_minor),
        )
    )
    if fee.total_minor:
        fees = book.house_account_id(FEES, payer.currency)
        legs += _legs(
            (
                (payer.maturing_account_id, fees, fee.maturing_minor),
                (payer.available_account_id, fees, fee.available_minor),
            )
        )
    return Post(movement_id, "transfer.send", legs, counts)


def reserve(movement_id: UUID, payer: Wallet, split: Split, expires_at: datetime, count: Count) -> list[Item]:
    """Return the holds of a transfer that waits. The first of them counts the whole against the payer's limit."""
    parts = (
        ("maturing", payer.maturing_account_id, split.maturing_minor),
        ("available", payer.available_account_id, split.available_minor),
    )
    items: list[Item] = []
    for purpose, account_id, minor in parts:
        if minor:
            counts = () if items else (count,)
            id_ = hold_id(movement_id, purpose)
            items.append(Reserve(id_, "transfer.reserve", account_id, minor, expires_at, counts))
    return items


def complete(
    movement_id: UUID, payer: Wallet, payee: Wallet, held: Split, amount_minor: int, count: Count
) -> list[Item]:
    """Return the entries by which a transfer that waited arrives.

    By way of a house account that is empty again afterwards: captures do not count against limits, and what arrives
    must count against the payee's.
    """
    sent, fee = held.part(amount_minor)
    fees = book.house_account_id(FEES, payer.currency)
    transit = book.house_account_id(TRANSIT, payer.currency)
    items: list[Item] = []
    for purpose, account_id, sent_minor, fee_minor in (
        ("maturing", payer.maturing_account_id, sent.maturing_minor, fee.maturing_minor),
        ("available", payer.available_account_id, sent.available_minor, fee.available_minor),
    ):
        legs = _legs(((account_id, transit, sent_minor), (account_id, fees, fee_minor)))
        if legs:
            id_ = uuid5(movement_id, f"complete.{purpose}")
            items.append(Capture(id_, "transfer.complete", hold_id(movement_id, purpose), legs))
    arrival = (
        (transit, payee.maturing_account_id, sent.maturing_minor),
        (transit, payee.available_account_id, sent.available_minor),
    )
    items.append(Post(uuid5(movement_id, "arrive"), "transfer.arrive", _legs(arrival), (count,)))
    return items


def give_back(movement_id: UUID, held: Split, *, expired: bool) -> list[Item]:
    """Return the entries that free what is held."""
    items: list[Item] = []
    for purpose, minor in (("maturing", held.maturing_minor), ("available", held.available_minor)):
        if minor and expired:
            id_ = uuid5(movement_id, f"expire.{purpose}")
            items.append(Expire(id_, "transfer.expire", hold_id(movement_id, purpose)))
        elif minor:
            id_ = uuid5(movement_id, f"cancel.{purpose}")
            items.append(Release(id_, "transfer.cancel", hold_id(movement_id, purpose)))
    return items


def deadline_of(reason: Reason, arrives_at: datetime | None, expires_at: datetime) -> datetime:
    """Return when a transfer that waits resolves itself: a delayed one arrives, every other one comes back."""
    return arrives_at if reason is Reason.DELAYED and arrives_at is not None else expires_at


def _legs(amounts: tuple[tuple[int, int, int], ...]) -> tuple[Leg, ...]:
    return tuple(Leg(debit, credit, minor) for debit, credit, minor in amounts if minor)
