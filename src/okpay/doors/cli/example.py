"""A small example for an empty trial: two fictional people, a top-up, a transfer with a fee, a held bill."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from uuid import UUID, uuid5

from django.db import transaction

from okpay.base import clock
from okpay.ledger import actions, queries
from okpay.ledger.records import Capture, Item, Leg, NewAccount, Post, Reserve, Side

_NAMESPACE = UUID("8c6ad1e0-5f1b-4a5e-9f0c-2d7a3f6c1b40")
ANNA, BEN, BANK, FEES, BILLER = 1_001, 1_002, 2_001, 2_002, 2_003
"""Numbers below what the clock gives out: they cannot meet an account of a real customer."""


def post_example() -> Iterator[str]:
    """Open the example's accounts and post its entries; what is there already stays as it is."""
    with transaction.atomic():
        actions.open_accounts(
            [
                NewAccount(ANNA, "USD", Side.CREDIT, "available"),
                NewAccount(BEN, "USD", Side.CREDIT, "available"),
                NewAccount(BANK, "USD", Side.DEBIT, "bank", None, "bank.example:USD"),
                NewAccount(FEES, "USD", Side.CREDIT, "fees.transfer", None, "fees.transfer.example:USD"),
                NewAccount(
                    BILLER, "USD", Side.CREDIT, "biller.clearing", None, "biller.clearing.example:USD"
                ),
            ]
        )
    for sentence, item in _items():
        with transaction.atomic():
            (result,) = actions.post_many([item])
        yield f"{sentence}: {result.outcome.name.lower()}, entry {result.id}"


def _items() -> Iterator[tuple[str, Item]]:
    yield (
        "Anna tops up 100.00 USD by bank transfer",
        Post(_id("topup"), "topup.bank", (Leg(BANK, ANNA, 100_00),)),
    )
    yield (
        "Anna sends Ben 25.00 USD and pays a fee of 0.30 USD",
        Post(_id("transfer"), "example.send", (Leg(ANNA, BEN, 25_00), Leg(ANNA, FEES, 30))),
    )
    hold = queries.hold(_id("hold"))
    deadline = clock.now() + timedelta(days=7) if hold is None else hold.expires_at
    yield (
        "Anna's bill of 40.00 USD is held",
        Reserve(_id("hold"), "bill.reserve", ANNA, 40_00, deadline),
    )
    yield (
        "The biller takes 32.50 USD of it; the rest is free again",
        Capture(_id("capture"), "bill.accept", _id("hold"), (Leg(ANNA, BILLER, 32_50),)),
    )


def _id(name: str) -> UUID:
    return uuid5(_NAMESPACE, name)
