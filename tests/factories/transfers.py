"""People who can send each other money, and transfers between them, each in a transaction of its own."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from unittest.mock import patch
from uuid import UUID

from django.db import transaction

from okpay.base import clock
from okpay.base.ids import new_uuid7
from okpay.base.money import Money
from okpay.customers.records import Customer
from okpay.identity.records import AddressKind
from okpay.ledger import queries as book
from okpay.movements import queries as movements
from okpay.movements.records import Accepted, CommandAnswer, Movement
from okpay.pricing import queries as pricing
from okpay.pricing.records import FeeKind
from okpay.regions import packs
from okpay.regions import queries as regions
from okpay.transfers import actions
from okpay.transfers.records import CancelCommand, Recipient, SendCommand
from okpay.wallets import queries as wallets
from okpay.wallets.records import Wallet
from tests.factories.customers import new_customer
from tests.factories.people import open_person, unique_email
from tests.factories.wallets import pay_in


@dataclass(frozen=True)
class Holder:
    """A person with a wallet."""

    user: Any
    customer: Customer
    wallet: Wallet

    @property
    def email(self) -> Recipient:
        """Where they are sent money to."""
        return Recipient(AddressKind.EMAIL, self.user.email)

    @property
    def available(self) -> int:
        """What they can spend, card money counted, in minor units."""
        return book_available(self.wallet)


def new_holder(
    country: str = "US", *, level: int = 1, available_minor: int = 0, maturing_minor: int = 0, **person: Any
) -> Holder:
    """Open a person with both addresses proven, a customer at a level, and money in the wallet."""
    user = open_person(country=country, **person)
    customer = new_customer(country, user_id=user.pk, level=level)
    wallet = wallets.wallet(customer.id, regions.country(country).default_currency)
    assert wallet is not None
    pay_in(wallet.available_account_id, available_minor, wallet.currency)
    pay_in(wallet.maturing_account_id, maturing_minor, wallet.currency)
    return Holder(user, customer, wallet)


def nobody() -> Recipient:
    """Return an address that nobody has registered."""
    return Recipient(AddressKind.EMAIL, unique_email("nobody"))


def command(payer: Holder, recipient: Recipient, minor: int, **changes: Any) -> SendCommand:
    """Return a command as a page would hand it in, without a payment password."""
    amount = Money(minor, payer.wallet.currency)
    kind = FeeKind.TRANSFER
    fee = pricing.quote(
        kind=kind, country=payer.customer.country, level=payer.customer.level, amount=amount
    ).fee
    values: dict[str, Any] = {
        "customer_id": payer.customer.id,
        "user_id": payer.user.pk,
        "principal": payer.customer.id,
        "key": str(new_uuid7()),
        "recipient": recipient,
        "amount": amount,
        "fee": fee,
        "note": "",
        "delay_hours": 0,
        "confirmation_id": None,
        "now": clock.now(),
    }
    return SendCommand(**{**values, **changes})


def send(*commands: SendCommand) -> list[CommandAnswer]:
    """Send a list in one transaction."""
    with transaction.atomic():
        return actions.send_many(list(commands))


def sent(payer: Holder, recipient: Recipient, minor: int, **changes: Any) -> Movement:
    """Send once, and return the movement."""
    (answer,) = send(command(payer, recipient, minor, **changes))
    assert isinstance(answer, Accepted), answer
    return movement_of(answer.movement_id)


def cancel(payer: Holder, movement_id: UUID) -> CommandAnswer:
    """Take a transfer back."""
    with transaction.atomic():
        (answer,) = actions.cancel_many([CancelCommand(payer.customer.id, movement_id, clock.now())])
    return answer


def settle(now: datetime | None = None) -> None:
    """Go on until nothing is due."""
    while actions.settle_once(now=now or clock.now()):
        pass


def movement_of(movement_id: UUID) -> Movement:
    """Return a movement that exists."""
    found = movements.movement(movement_id)
    assert found is not None
    return found


def book_available(wallet: Wallet) -> int:
    """Return what can be spent from a wallet, in minor units."""
    accounts = book.accounts_by_id([wallet.available_account_id, wallet.maturing_account_id])
    return sum(account.available_minor for account in accounts.values())


@contextmanager
def country_changed(code: str, **changes: Any) -> Iterator[None]:
    """Let a country's pack say something else meanwhile, in this process."""
    whole = dict(packs.load())
    other = replace(whole[code], **changes)
    with patch.object(packs, "load", lambda: {**whole, code: other}):
        yield
