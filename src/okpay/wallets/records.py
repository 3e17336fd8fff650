"""The nouns of this room: a wallet, and how much there is in it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from okpay.base.money import Money


@dataclass(frozen=True, slots=True)
class Wallet:
    """What one owner holds in one currency, by the accounts of the book that it stands on."""

    id: UUID
    owner_id: UUID
    currency: str
    available_account_id: int
    maturing_account_id: int
    """Money from cards: it can be spent and sent at once, and not withdrawn before its day."""
    opened_at: datetime

    @property
    def account_ids(self) -> tuple[int, int]:
        """Both accounts."""
        return self.available_account_id, self.maturing_account_id


@dataclass(frozen=True, slots=True)
class WalletBalance:
    """How much there is in a wallet, all of it in the wallet's currency."""

    wallet_id: UUID
    currency: str
    available: Money
    """What can be spent now: both accounts together, less what is held."""
    maturing: Money
    """The part of `available` that cannot be withdrawn yet."""
    held: Money
    """What is kept aside on both accounts for movements that are not finished."""

    @property
    def balance(self) -> Money:
        """What the wallet holds in the book: what is available and what is held."""
        return self.available + self.held


@dataclass(frozen=True, slots=True)
class NewLot:
    """An amount that comes onto a maturing account, in minor units, and when it may leave to a bank."""

    maturing_account_id: int
    amount_minor: int
    matures_at: datetime


@dataclass(frozen=True, slots=True)
class Carried:
    """An amount that is sent from one maturing account to another, in minor units."""

    from_account_id: int
    to_account_id: int
    amount_minor: int
    at: datetime
    """When it may leave to a bank where the sender's account has no day of its own."""
