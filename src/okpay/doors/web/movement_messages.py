"""Tell people what became of their movements: a listener of the outbox that posts notices and queues mails and SMS.

It is a door's, and not the notifications room's, for two reasons. That room does not decide who is told; and every mail
holds links, which only a door knows, and goes out as all mails to people do (`accounts/mails.py`: their language, their
phrase). What it writes, it writes in the relay's transaction, and so exactly once.

An event says that a movement came into a state. What would no longer be true is not told: a transfer that was cancelled
before the relay came round invites nobody.

Three decisions about what strangers write:

- A note stands in the notice, between quotation marks that it cannot close, and in no mail: a mail program makes links
  of what looks like one, and a genuine mail of ours must not carry anybody's.
- A name stands in the text where nothing in it could be taken for an address or a number (`harmless_name`), otherwise
  it says "somebody". No subject holds one.
- Somebody who is not a user learns who (the name that others see), how much, and until when. That depends on the
  transfer alone, and the words are in the sender's language, whoever the address may belong to.

A frozen payee is told nothing while a transfer waits for that, and the payer only sees that it waits.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.urls import reverse

from okpay.base import clock
from okpay.base.email_addresses import masked_email
from okpay.base.outbox import Event, Listener
from okpay.base.phone_numbers import masked_phone, shown_phone
from okpay.base.texts import harmless_name
from okpay.customers import queries as customers
from okpay.customers.records import Customer
from okpay.doors.web.accounts import mails
from okpay.identity import queries as people
from okpay.identity.records import AddressKind, Names, Recovery
from okpay.movements import queries as movements
from okpay.movements.events import MOVEMENT_CHANGED
from okpay.movements.records import Kind, Movement, Reason, State, TimelineEvent, Turn
from okpay.notifications import actions as notifications
from okpay.notifications.errors import RecipientMalformed
from okpay.notifications.records import Channel
from okpay.transfers import queries as transfers
from okpay.transfers.records import Recipient

SLOW = timedelta(minutes=1)
"""A top-up that took longer than this is told by mail as well: its owner has left the page."""
_UNPROVEN = frozenset({Reason.ADDRESS_NOT_REGISTERED, Reason.ADDRESS_NOT_PROVEN})


def listener() -> Listener:
    """Return the listener that tells people of their movements."""
    return Listener("movement_messages", frozenset({MOVEMENT_CHANGED}), _tell_all)


@dataclass(frozen=True, slots=True)
class _Change:
    """A movement that came into a state, with its parties as users."""

    event: Event
    movement: Movement
    state: State
    reason: Reason
    payer_id: UUID | None
    payee_id: UUID | None
    sender: str
    """What the payer is called."""
    language: str
    """The payer's."""

    @property
    def is_true_still(self) -> bool:
        """Whether the movement waits for the same thing now."""
        return (self.movement.state, self.movement.reason) == (self.state, self.reason)

    def is_first(self, *, reason: Reason | None = None, turn: Turn | None = None) -> bool:
        """Whether this is the first time that it came to this state and reason, or that it was this one's turn."""
        same = (
            event
            for event in movements.timeline(self.movement.id)
            if event.state is self.state
            and (reason is None or event.reason is reason)
            and (turn is None or event.turn is turn)
        )
        first: TimelineEvent | None = next(same, None)
        return first is not None and first.at == self.event.occurred_at


def _tell_all(events: Sequence[Event]) -> None:
    found = movements.movements([event.subject for event in events])
    ids = {id_ for movement in found.values() for id_ in (movement.payer_id, movement.payee_id) if id_}
    parties = customers.customers(ids)
    names = people.names({party.user_id for party in parties.values()})
    changes = [_change(event, found[event.subject], parties, names) for event in events]
    for change in changes:
        if change.movement.kind is Kind.TRANSFER:
            _tell_of_transfer(change)
        elif change.movement.kind is Kind.TOP_UP:
            _tell_of_top_up(change)
    _invite([change for change in changes if _is_to_invite(change)])


def _change(
    event: Event, movement: Movement, parties: Mapping[UUID, Customer], names: Mapping[UUID, Names]
) -> _Change:
    def user(customer_id: UUID | None) -> UUID | None:
        party = parties.get(customer_id) if customer_id else None
        return party.user_id if party and party.user_id in names else None

    state, reason = State[event.data["state"].upper()], Reason(event.data["reason"])
    payer_id = user(movement.payer_id)
    payer = names[payer_id] if payer_id else None
    sender, language = (payer.display_name, payer.language) if payer else ("", "en")
    return _Change(event, movement, state, reason, payer_id, user(movement.payee_id), sender, language)


def _tell_of_transfer(change: _Change) -> None:
    match change.state:
        case State.COMPLETED:
            _arrived(change)
        case State.CANCELLED:
            _notice(change.payer_id, "transfer_cancelled", **_to(change))
        case State.RETURNED:
            _returned(change)
        case State.PENDING if change.is_true_still and change.reason is Reason.RECIPIENT_LIMIT:
            _over_limit(change)
        case State.PENDING if change.is_true_still and change.movement.turn is Turn.PAYER:
            _needs_payer(change)
        case _:
            pass


def _arrived(change: _Change) -> None:
    movement = change.movement
    told: dict[str, Any] = {"sender": change.sender, "amount": movement.amount}
    _notice(change.payee_id, "transfer_arrived", **told, note=movement.note)
    _mail(
        change.payee_id,
        "transfer_arrived",
        **told,
        reference=movement.reference,
        at=change.event.occurred_at,
        wallet_link=mails.address_of(reverse("wallet")),
    )
    if movement.events > 1:
        # What arrived at once the payer has seen on the page.
        _notice(change.payer_id, "transfer_delivered", **_to(change))


def _returned(change: _Change) -> None:
    _notice(change.payer_id, "transfer_returned", **_to(change))
    _mail(
        change.payer_id,
        "transfer_returned",
        **_to(change, masked=True),
        reference=change.movement.reference,
        at=change.event.occurred_at,
        **_lock_link(change.payer_id),
    )


def _over_limit(change: _Change) -> None:
    until = change.movement.deadline_at
    if until is None or not change.is_first(reason=Reason.RECIPIENT_LIMIT):
        return
    told = {"sender": change.sender, "amount": change.movement.amount, "until": until}
    _notice(change.payee_id, "transfer_over_limit", **told)
    link = mails.address_of(reverse("account_limits"))
    _mail(change.payee_id, "transfer_over_limit", **told, limits_link=link, expires_at=until)


def _needs_payer(change: _Change) -> None:
    until = change.movement.deadline_at
    # Where it was so from the beginning, the payer was told by the page.
    if until is None or change.event.occurred_at == change.movement.created_at:
        return
    if not change.is_first(turn=Turn.PAYER):
        return
    _notice(change.payer_id, "transfer_needs_payer", **_to(change), until=until)
    _mail(
        change.payer_id,
        "transfer_needs_payer",
        **_to(change, masked=True),
        reference=change.movement.reference,
        until=until,
        wallet_link=mails.address_of(reverse("wallet")),
        expires_at=until,
    )


def _tell_of_top_up(change: _Change) -> None:
    movement = change.movement
    owner_id = change.payee_id or change.payer_id
    facts: dict[str, Any] = {"reference": movement.reference, "at": change.event.occurred_at}
    match change.state:
        case State.COMPLETED:
            _notice(owner_id, "top_up_completed", amount=movement.amount)
            if change.event.occurred_at - movement.created_at > SLOW:
                _mail(owner_id, "top_up_completed", amount=movement.amount, **facts, **_lock_link(owner_id))
        case State.DECLINED:
            told = {"amount": movement.amount, "reason": change.reason.value}
            _notice(owner_id, "top_up_declined", **told)
            if any(event.state is State.UNKNOWN for event in movements.timeline(movement.id)):
                _mail(owner_id, "top_up_declined", **told, **facts, **_lock_link(owner_id))
        case State.UNKNOWN if movement.state is State.UNKNOWN and change.is_first():
            _notice(owner_id, "top_up_unknown", amount=movement.amount)
        case _:
            pass


def _is_to_invite(change: _Change) -> bool:
    return (
        change.movement.kind is Kind.TRANSFER
        and change.state is State.PENDING
        and change.reason in _UNPROVEN
        and change.is_true_still
        and change.payer_id is not None
    )


def _invite(changes: Sequence[_Change]) -> None:
    waiting = [(change, transfers.waiting(change.movement.id)) for change in changes]
    whom = [(waits.recipient, change) for change, waits in waiting if waits is not None]
    # Each address is locked while its invitations are counted: in one order, whoever else does the same.
    for recipient, change in sorted(whom, key=lambda pair: pair[0].address):
        until = change.movement.deadline_at
        assert until is not None, "what is pending has a deadline"
        is_mail = recipient.kind is AddressKind.EMAIL
        is_free = change.reason is Reason.ADDRESS_NOT_REGISTERED
        template = ("" if is_mail else "phone_") + "invitation" + ("" if is_free else "_unproven")
        page = "account_signup" if is_free else "addresses"
        try:
            notifications.invite(
                about=change.movement.id,
                channel=Channel.MAIL if is_mail else Channel.SMS,
                to=recipient.address,
                template=template,
                language=change.language,
                data={
                    "sender": change.sender,
                    "amount": change.movement.amount,
                    "until": until,
                    "link": mails.address_of(reverse(page)),
                },
                now=clock.now(),
                expires_at=until,
            )
        except RecipientMalformed:
            # Written in the form of an address, and none that a message could be sent to: nobody can be told.
            continue


def _to(change: _Change, *, masked: bool = False) -> dict[str, Any]:
    """Return the amount and what the payer calls the recipient: as they typed it, or the name that others see."""
    return {"amount": change.movement.amount, "recipient": _recipient(change.movement, masked=masked)}


def _recipient(movement: Movement, *, masked: bool) -> str:
    line = movements.line_of(movement.payer_id, movement) if movement.payer_id else None
    if line is None:
        return ""
    called = line.counterparty
    # The key tells an address that the payer typed from a name that looks like one.
    if Recipient(AddressKind.EMAIL, called).key == movement.payee_key:
        return masked_email(called) if masked else called
    if Recipient(AddressKind.PHONE, called).key == movement.payee_key:
        return masked_phone(called) if masked else shown_phone(called)
    return harmless_name(called)


def _lock_link(user_id: UUID | None) -> dict[str, str]:
    return {"lock_link": mails.recovery_link(Recovery.LOCK, user_id)} if user_id else {}


def _notice(user_id: UUID | None, code: str, **data: Any) -> None:
    if user_id is not None:
        notifications.post_notice(user_id=user_id, code=code, data=data, now=clock.now())


def _mail(user_id: UUID | None, template: str, **data: Any) -> None:
    # Whoever has proven nothing but a number finds it in the inbox: another address may be somebody else's.
    if user_id is not None and people.has_proven_email(user_id):
        mails.tell(user_id, template, **data)
