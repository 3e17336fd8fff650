"""The people of the proofs over HTTP: each with a proven address, money, and an API key that may do everything."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

PASSWORD = "seven quiet herons at noon"  # noqa: S105 - of people who do not exist
CURRENCY = "USD"
LEVEL = 3
FUNDS_MINOR = 1_000_000
"""Far below what the level may hold, so that what is sent around is never refused for being too much."""
POOR_EVERY = 20
"""Every so manieth has no money: whatever they send is refused until somebody sends them some."""


@dataclass(frozen=True)
class Holder:
    """Somebody who sends by the API."""

    number: int
    customer_id: UUID
    email: str
    secret: str
    account_id: int
    funds_minor: int


def open_holders(count: int) -> list[Holder]:
    """Open people as the operator opens them, and give them money out of nowhere."""
    holders = [_open(number) for number in range(count)]
    _pay_in([holder for holder in holders if holder.funds_minor])
    return holders


def _open(number: int) -> Holder:
    from django.db import transaction

    from okpay.base import clock
    from okpay.customers import actions as customers
    from okpay.identity import actions as identity
    from okpay.identity.records import Scope
    from okpay.wallets import queries as wallets

    email, now = f"holder{number:04}@example.com", clock.now()
    with transaction.atomic():
        user = identity.open_user(
            email=email, legal_name=f"Holder {number}", display_name=f"Holder {number}", country="US",
            language="en", password=PASSWORD, now=now,
        )  # fmt: skip
        identity.prove_email(user_id=user.pk, email=email, now=now)
        customer = customers.open_customer(user_id=user.pk, country="US", now=now)
    with transaction.atomic():
        customers.set_level(customer_id=customer.id, level=LEVEL, now=now)
        made = identity.create_api_key(
            user_id=user.pk, name="Proof", scopes=tuple(Scope), networks=(), expires_at=None, is_live=False, now=now
        )  # fmt: skip
    wallet = wallets.wallet(customer.id, CURRENCY)
    assert wallet is not None
    funds = 0 if number % POOR_EVERY == POOR_EVERY - 1 else FUNDS_MINOR
    return Holder(number, customer.id, email, made.secret, wallet.available_account_id, funds)


def _pay_in(holders: list[Holder]) -> None:
    from django.db import transaction

    from okpay.base.ids import new_uuid7
    from okpay.ledger import actions as ledger
    from okpay.ledger import queries as book
    from okpay.ledger.records import Leg, Post

    with transaction.atomic():
        ledger.open_house_accounts([("bank", CURRENCY)])
    bank = book.house_account_id("bank", CURRENCY)
    with transaction.atomic():
        results = ledger.post_many(
            [Post(new_uuid7(), "funding", (Leg(bank, one.account_id, one.funds_minor),)) for one in holders]
        )
    assert all(result.accepted for result in results), results
