"""Write down what somebody wants to send, before they confirm it."""

from __future__ import annotations

import unicodedata
from datetime import datetime, timedelta
from functools import lru_cache
from uuid import UUID

from okpay.base.database import require_transaction
from okpay.base.email_addresses import InvalidEmail, normalise_email
from okpay.base.errors import BrokenInvariant
from okpay.base.ids import new_uuid7
from okpay.base.money import Money
from okpay.base.phone_numbers import InvalidPhone, normalise_phone
from okpay.customers import queries as customers
from okpay.identity.records import AddressKind
from okpay.regions import queries as regions
from okpay.transfers import models
from okpay.transfers.actions.lookups import may_look_up, most_a_day
from okpay.transfers.errors import InvalidTransfer, TransferRefused
from okpay.transfers.records import DRAFT_LASTS, LONGEST_NOTE, Draft, Recipient

MOST_CLEARED = 1_000
KEPT = timedelta(days=1)
"""How long a draft is kept: whoever comes back to it is shown what became of it."""


@lru_cache(maxsize=20_000)
def read_recipient(text: str, *, country: str) -> Recipient:
    """Read an e-mail address or a telephone number as people in a country write it.

    What was read lately is remembered: programs send to the same people again and again, and reading costs more than
    all else that is done before a transfer is written.

    Raises: InvalidTransfer `recipient_unreadable`.
    """
    try:
        if "@" in text:
            return Recipient(AddressKind.EMAIL, normalise_email(text))
        return Recipient(AddressKind.PHONE, normalise_phone(text, country=country))
    except (InvalidEmail, InvalidPhone):
        raise InvalidTransfer("recipient_unreadable", field="recipient") from None


def read_note(text: str) -> str:
    """Return a note as it is kept: composed, on one line.

    Raises: InvalidTransfer `note_too_long`, `note_unreadable`.
    """
    note = " ".join(unicodedata.normalize("NFC", text).split())
    if len(note) > LONGEST_NOTE:
        raise InvalidTransfer("note_too_long", field="note", longest=LONGEST_NOTE)
    # Characters that turn the direction of writing could make a note say something else than what it holds.
    if any(
        unicodedata.category(one) in ("Cc", "Cs", "Co")
        or one in "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
        for one in note
    ):
        raise InvalidTransfer("note_unreadable", field="note")
    return note


def draft_transfer(
    *, customer_id: UUID, recipient: Recipient, amount: Money, note: str, delay_hours: int, now: datetime
) -> Draft:
    """Write a draft. The first look at an address counts against the number that the pack allows a day.

    Raises: InvalidTransfer `note_too_long`, `note_unreadable`, `delay_not_offered`. TransferRefused
        `new_recipients_used_up`. BrokenInvariant outside a transaction.
    """
    require_transaction()
    payer = customers.customer(customer_id)
    if payer is None:
        raise BrokenInvariant("only a customer sends")
    region = regions.country(payer.country)
    if delay_hours not in (0, *region.transfers.delays_hours):
        raise InvalidTransfer("delay_not_offered", field="delay")
    draft = Draft(new_uuid7(), customer_id, recipient, amount, read_note(note), delay_hours, now)
    if may_look_up([(payer, recipient)], now=now) == [False]:
        raise TransferRefused("new_recipients_used_up", most=most_a_day(payer))
    models.Draft(
        id=draft.id,
        customer_id=customer_id,
        address_kind=recipient.kind,
        address=recipient.address,
        currency=amount.currency,
        amount_minor=amount.minor,
        note=draft.note,
        delay_hours=delay_hours,
        created_at=now,
    ).save(force_insert=True)
    return draft


def clear_old(*, now: datetime) -> int:
    """Delete drafts that nobody comes back to, at most `MOST_CLEARED`; return how many."""
    old = models.Draft.objects.filter(created_at__lt=now - DRAFT_LASTS - KEPT).order_by("created_at")
    ids = list(old.values_list("id", flat=True)[:MOST_CLEARED])
    return models.Draft.objects.filter(id__in=ids).delete()[0] if ids else 0
