"""Fill the database that OKPAY_DATABASE_URL names with the bench's people, some thousand rows a statement."""

from __future__ import annotations

import sys
from datetime import UTC, datetime

import django
from django.db import transaction

from bench.people import PEOPLE, email
from okpay.base.ids import new_bigint_id, new_uuid7
from okpay.ledger.records import Leg, Limits, LimitSubject, NewAccount, Outcome, Post, Side

COUNTRY, CURRENCY, LEVEL = "US", "USD", 3
FUNDS_MINOR = 1_000_000
"""Far below what a level may hold: what is sent around stays below it, too."""
LIMITS = Limits(*[1_000_000_000_000_000] * 5)
"""Every window is counted and compared, and none is ever used up."""
_CHUNK = 1_000


def main() -> None:
    """Open the people, chunk by chunk, and give each money."""
    django.setup()
    for start in range(0, PEOPLE, _CHUNK):
        numbers = range(start, min(start + _CHUNK, PEOPLE))
        with transaction.atomic():
            accounts = _open(numbers)
        with transaction.atomic():
            _pay_in(accounts)
        print(f"  {numbers[-1] + 1:,} of {PEOPLE:,} people", file=sys.stderr, flush=True)


def _open(numbers: range) -> list[int]:
    # Only now: models need the registry. The rooms open one person after another, with a hash that takes its time.
    from allauth.account.models import EmailAddress

    from okpay.customers.models import Customer
    from okpay.identity.models import User
    from okpay.ledger import actions as ledger
    from okpay.wallets.models import Wallet

    now = datetime.now(UTC)
    users, customers, purses, subjects = [], [], [], []
    for number in numbers:
        user_id, customer_id = new_uuid7(), new_uuid7()
        flows = [new_bigint_id() for _ in range(4)]
        available, maturing = new_bigint_id(), new_bigint_id()
        users.append(
            User(
                id=user_id,
                email=email(number),
                legal_name=f"Person {number}",
                display_name=f"Person {number}",
                country=COUNTRY,
                language="en",
                opened_at=now,
            )
        )
        customers.append(
            Customer(
                id=customer_id,
                user_id=user_id,
                kind=1,
                country=COUNTRY,
                level=LEVEL,
                send_subject_id=flows[0],
                receive_subject_id=flows[1],
                top_up_subject_id=flows[2],
                withdraw_subject_id=flows[3],
                opened_at=now,
            )
        )
        purses.append(Wallet(new_uuid7(), customer_id, CURRENCY, available, maturing, now))
        subjects += [LimitSubject(flow, CURRENCY, "America/New_York", LIMITS) for flow in flows]
    User.objects.bulk_create(users)
    EmailAddress.objects.bulk_create(
        EmailAddress(user=user, email=user.email, primary=True, verified=True) for user in users
    )
    ledger.open_limit_subjects(subjects)
    Customer.objects.bulk_create(customers)
    Wallet.objects.bulk_create(purses)
    ledger.open_accounts(
        [
            NewAccount(id_, CURRENCY, Side.CREDIT, purpose)
            for purse in purses
            for id_, purpose in (
                (purse.available_account_id, "available"),
                (purse.maturing_account_id, "maturing"),
            )
        ]
    )
    return [purse.available_account_id for purse in purses]


def _pay_in(accounts: list[int]) -> None:
    from okpay.ledger import actions as ledger
    from okpay.ledger import queries as book

    ledger.open_house_accounts(
        [("bank", CURRENCY), ("fees.transfer", CURRENCY), ("transfer.transit", CURRENCY)]
    )
    bank = book.house_account_id("bank", CURRENCY)
    results = ledger.post_many(
        [Post(new_uuid7(), "funding", (Leg(bank, id_, FUNDS_MINOR),)) for id_ in accounts]
    )
    assert all(result.outcome == Outcome.POSTED for result in results), results


if __name__ == "__main__":
    main()
