"""Read drafts, what will happen to them, and whom somebody has sent to."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from okpay.base.money import Money
from okpay.base.names import masked_name
from okpay.customers import queries as customers
from okpay.customers.records import Customer
from okpay.identity.records import AddressKind
from okpay.ledger import queries as book
from okpay.movements import queries as movements
from okpay.movements.records import Kind, Reason
from okpay.pricing import queries as pricing
from okpay.regions import queries as regions
from okpay.risk import queries as risk
from okpay.risk.records import Decision, Proposal
from okpay.transfers import models, payees
from okpay.transfers.errors import TransferRefused
from okpay.transfers.records import (
    Contact,
    Draft,
    Payee,
    Preview,
    Recipient,
    Waiting,
)
from okpay.transfers.verification import verify as verify
from okpay.wallets import queries as wallets

MOST_CONTACTS = 8


def draft(customer_id: UUID, draft_id: UUID) -> Draft | None:
    """Return a draft of a customer, or None: also where it is somebody else's."""
    row = models.Draft.objects.filter(id=draft_id, customer_id=customer_id).first()
    if row is None:
        return None
    recipient = Recipient(AddressKind(row.address_kind), row.address)
    amount = Money(row.amount_minor, row.currency)
    return Draft(row.id, row.customer_id, recipient, amount, row.note, row.delay_hours, row.created_at)


def preview(written: Draft, *, now: datetime) -> Preview:
    """Return what will happen when a draft is confirmed now, as far as can be told before.

    Raises: TransferRefused, for what would be refused now: `transfer_to_oneself`, `transfers_not_offered`,
        `recipient_other_currency`, `level_allowance`, `funds_missing`, `draft_lapsed`. FeeRefused.
    """
    if now >= written.lapses_at:
        raise TransferRefused("draft_lapsed")
    payer = customers.customer(written.customer_id)
    assert payer is not None
    (payee,) = payees.with_wallets(
        [(payees.resolve([written.recipient])[written.recipient], written.amount.currency)]
    )
    _refuse(payer, payee, written)
    quote = pricing.quote(
        kind=payees.fee_kind(payer, payee), country=payer.country, level=payer.level, amount=written.amount
    )
    (verdict,) = risk.judge(
        [Proposal(Kind.TRANSFER, payer.id, payee.key, written.amount, payer.country, payer.level, now)]
    )
    if verdict.decision is Decision.REFUSE:
        allowance = verdict.allowance.minor if verdict.allowance else 0
        raise TransferRefused("level_allowance", remaining_minor=allowance)
    _check_funds(payer, quote.total)
    funds = book.funds(payees.account_ids(payee))
    reason = payees.reason_to_wait(payee, written.amount, funds.shut)
    if reason is Reason.NONE and written.delay_hours:
        reason = Reason.DELAYED
    if reason is Reason.NONE and funds.holds_only:
        reason = Reason.MAINTENANCE
    arrives_at = now + timedelta(hours=written.delay_hours) if written.delay_hours else None
    wait = timedelta(days=regions.country(payer.country).transfers.wait_days)
    return Preview(
        written,
        masked_name(payee.legal_name) if payee.customer else "",
        quote.fee,
        quote.total,
        reason,
        arrives_at,
        (arrives_at or now) + wait,
        verdict.reasons,
    )


def contacts(customer_id: UUID, *, limit: int = MOST_CONTACTS) -> list[Contact]:
    """Return whom a customer has sent to, those of the latest transfers in front."""
    rows = list(models.Contact.objects.filter(customer_id=customer_id).order_by("-added_at")[:50])
    recipients = [Recipient(AddressKind(row.address_kind), row.address) for row in rows]
    known = payees.resolve(recipients) if recipients else {}
    # Whoever has proven the address since is sent to under a key of their own.
    keys = {
        recipient: {row.payee_key, known[recipient].key}
        for row, recipient in zip(rows, recipients, strict=True)
    }
    pairs = [(customer_id, key) for those in keys.values() for key in those]
    lately = movements.lately_sent(pairs) if pairs else {}
    found = []
    for recipient in recipients:
        name = known[recipient].display_name if known[recipient].customer else ""
        sent = [movement for key in keys[recipient] for movement in lately.get((customer_id, key), ())]
        found.append(
            Contact(recipient, name, max(sent, key=lambda movement: movement.created_at, default=None))
        )
    latest = sorted((contact for contact in found if contact.last), key=_last_at, reverse=True)
    return [*latest, *(contact for contact in found if not contact.last)][:limit]


def waiting(movement_id: UUID) -> Waiting | None:
    """Return what a transfer waits with, or None where it does not wait."""
    row = models.Waiting.objects.filter(movement_id=movement_id).first()
    return None if row is None else waiting_from(row)


def waiting_from(row: models.Waiting) -> Waiting:
    """Return the record of a row."""
    recipient = Recipient(AddressKind(row.address_kind), row.address)
    return Waiting(
        row.movement_id,
        recipient,
        row.held_maturing_minor,
        row.held_available_minor,
        row.expires_at,
        row.arrives_at,
    )


def _last_at(contact: Contact) -> datetime:
    assert contact.last is not None
    return contact.last.created_at


def _refuse(payer: Customer, payee: Payee, written: Draft) -> None:
    if not payees.may_send(payer, written.amount.currency):
        raise TransferRefused("transfers_not_offered")
    if payee.customer is None:
        return
    if payee.customer.id == payer.id:
        raise TransferRefused("transfer_to_oneself")
    if not payees.is_offered(payer, payee.customer):
        raise TransferRefused("transfers_not_offered")
    if not payees.holds_currency(payee, written.amount.currency):
        raise TransferRefused("recipient_other_currency")


def _check_funds(payer: Customer, total: Money) -> None:
    balances = {balance.currency: balance.available for balance in wallets.balances(payer.id)}
    available = balances.get(total.currency, Money(0, total.currency))
    if total > available:
        raise TransferRefused("funds_missing", available_minor=available.minor)
