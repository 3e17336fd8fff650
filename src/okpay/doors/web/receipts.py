"""A movement as a receipt: what one of its parties may see of it, and the words in their language."""

from __future__ import annotations

from collections.abc import Sequence
from zoneinfo import ZoneInfo

from django.conf import settings
from django.utils import translation
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from okpay.customers import queries as customers
from okpay.doors.web import movement_words
from okpay.identity import queries as identity
from okpay.identity.records import Person
from okpay.movements import queries as movements
from okpay.movements.records import Entry, Line, Movement, State, TimelineEvent
from okpay.regions import queries as regions
from okpay.statements import queries as statements
from okpay.statements.records import LANGUAGES, Moment, Party, Receipt, ReceiptWords


def receipt_in(entry: Entry, language: str) -> bytes:
    """Return the receipt of a movement as PDF in a language, for the customer whose line it is."""
    customer = customers.customer(entry.line.customer_id)
    assert customer is not None
    zone = regions.country(customer.country).limits_zone
    with translation.override(language):
        events = movements.timeline(entry.movement.id)
        paper = receipt_of(entry.movement, entry.line, events, identity.person(customer.user_id), zone)
        return statements.receipt_pdf(paper, words_of(entry.movement, zone))


def receipt_of(
    movement: Movement, line: Line, events: Sequence[TimelineEvent], reader: Person, zone: ZoneInfo
) -> Receipt:
    """Return the receipt of a movement for one of its parties, in the present language."""
    is_payer = line.sign < 0
    bears_fee = movement_words.bears_fee(movement, is_payer=is_payer)
    mine, other = Party(reader.legal_name, reader.email), Party(line.counterparty)
    language = get_language() or "en"
    return Receipt(
        reference=movement.reference,
        tone=movement_words.TONES[movement.state],
        amount=movement.amount,
        fee=movement.fee if bears_fee else None,
        total=movement.total if bears_fee else None,
        payer=mine if is_payer else other,
        payee=other if is_payer else mine,
        note=movement.note,
        created_at=movement.created_at,
        completed_at=movement.changed_at if movement.state is State.COMPLETED else None,
        timeline=tuple(Moment(event.at, movement_words.event_line(movement.kind, event)) for event in events),
        operator=settings.OPERATOR or "OKPay",
        language=language if language in LANGUAGES else "en",
        zone=zone,
        is_test_money=settings.TRIAL,
    )


def words_of(movement: Movement, zone: ZoneInfo) -> ReceiptWords:
    """Return the words around a receipt, in the present language."""
    return ReceiptWords(
        title=_("Receipt"),
        kind=str(movement_words.KINDS[movement.kind]),
        state=str(movement_words.STATES[movement.state]),
        test_money=_("TEST MONEY"),
        test_money_sentence=_("This is a receipt for test money. It is worth nothing and proves no payment."),
        payer=str(movement_words.payer_label(movement.kind)),
        payee=_("To"),
        amount=_("Amount"),
        fee=_("Fee"),
        total=str(movement_words.total_label(movement.kind)),
        reference=_("Reference"),
        created=_("Started"),
        completed=_("Completed"),
        note=_("Note"),
        timeline=_("How it went"),
        zone=_("Times are those of %(zone)s.") % {"zone": zone.key},
        page=_("Page {page} of {pages}"),
    )
