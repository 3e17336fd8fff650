"""Send: the list function that every door hands its commands to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from itertools import islice
from json.encoder import encode_basestring
from uuid import UUID

from django.db import transaction

from okpay.base.arrays import texts, uuids
from okpay.base.database import execute_prepared, require_transaction
from okpay.base.errors import BrokenInvariant, Unavailable
from okpay.base.idempotency import Claim
from okpay.base.ids import new_uuid7s
from okpay.base.money import Money
from okpay.customers.records import Customer
from okpay.identity import actions as identity
from okpay.identity.records import ConfirmationUse
from okpay.ledger import actions as ledger
from okpay.ledger import queries as book
from okpay.ledger.records import Count, Funds, Item, Outcome, Result
from okpay.movements import actions as movements
from okpay.movements.records import (
    Accepted,
    CommandAnswer,
    Kind,
    Movement,
    NewMovement,
    Reason,
    Refused,
    State,
    lines_of,
)
from okpay.pricing import queries as pricing
from okpay.pricing.errors import FeeRefused
from okpay.regions import queries as regions
from okpay.regions.records import LEVELS, Flow
from okpay.risk import queries as risk
from okpay.risk.records import Proposal
from okpay.transfers import models, payees, plan
from okpay.transfers.actions.ceiling import over_ceiling
from okpay.transfers.actions.lookups import may_look_up, most_a_day
from okpay.transfers.actions.waits import first_check, terms_of
from okpay.transfers.plan import NOTHING, Split
from okpay.transfers.records import Payee, SendCommand, binding
from okpay.wallets import actions as wallets
from okpay.wallets.records import Carried, Wallet

OPERATION = "transfers.send"
MOST_PASSES = 20
"""How often a list is planned anew because the book decided otherwise; after that each is done alone."""

_PAYEE_SIDE = frozenset({Outcome.ACCOUNT_FROZEN, Outcome.ACCOUNT_CLOSED})
_ADD_CONTACTS = """
INSERT INTO transfers_contact (customer_id, address_kind, address, payee_key, added_at)
SELECT u.customer_id, u.kind, u.address, u.payee_key, %s
  FROM unnest(%s::uuid[], %s::text[], %s::text[], %s::uuid[]) u (customer_id, kind, address, payee_key)
ON CONFLICT DO NOTHING
"""


class _PlannedWrong(Exception):
    """The book decided otherwise than some plans of this pass: they were changed, and all is done again."""


@dataclass(slots=True)
class _Order:
    """One command on its way to its answer."""

    command: SendCommand
    payer: Customer
    wallet: Wallet
    payer_name: str
    payee: Payee
    movement_id: UUID
    reason: Reason = Reason.NONE
    refused: Refused | None = None
    short: Refused | None = None
    """That there is too little, in this pass: it stands when no other plan was changed."""
    split: Split = NOTHING
    """What the payer pays, by account: `sent` and `fee` together."""
    sent: Split = NOTHING
    fee: Split = NOTHING
    fee_minor: int = 0
    """By the schedule."""
    made: NewMovement | None = None

    @property
    def total_minor(self) -> int:
        return self.command.amount.minor + self.fee_minor


def send_many(commands: Sequence[SendCommand]) -> list[CommandAnswer]:
    """Make each transfer once, whole in the caller's transaction, and return for each what became of it.

    The same key with the same body gets the first answer again, a refusal too. What arrives at once is one entry of
    the book; what cannot arrive yet is held and waits. A list function for the batcher.

    Raises: BrokenInvariant outside a transaction, or for a payer who is no customer. django.db.OperationalError with
        SQLSTATE 40001, 40P01 or 55P03: try the whole transaction again.
    """
    require_transaction()
    if not commands:
        return []
    ids = new_uuid7s(len(commands))
    claims = [
        Claim(command.principal, command.key, OPERATION, body_hash(command), id_)
        for command, id_ in zip(commands, ids, strict=True)
    ]
    now = max(command.now for command in commands)
    return movements.answer_each(
        claims,
        lambda fresh: _decide([commands[index] for index in fresh], [ids[index] for index in fresh]),
        now=now,
    )


def send_lists(lists: Sequence[tuple[SendCommand, ...]]) -> list[list[CommandAnswer]]:
    """Make the transfers of several lists as one, and return for each list what became of its transfers, in order.

    A list function for the batcher over whole lists, each with as much weight as it is long. Raises: as `send_many`.
    """
    answers = iter(send_many([command for commands in lists for command in commands]))
    return [list(islice(answers, len(commands))) for commands in lists]


def body_hash(command: SendCommand) -> bytes:
    """Return what tells one wish from another under a key: `hash_of` amount, currency, delay, fee, note and recipient.

    Not the confirmation: whoever asks again has typed the payment password anew.
    """
    # The canonical JSON of `hash_of`, spelt out: most of what a claim costs would be the walk through a dictionary.
    amount, fee = command.amount, "null" if command.fee is None else command.fee.minor
    text = (
        f'{{"amount":{amount.minor},"currency":"{amount.currency}","delay":{command.delay_hours},"fee":{fee}'
        f',"note":{encode_basestring(command.note)}'
        f',"recipient":["{command.recipient.kind.value}",{encode_basestring(command.recipient.address)}]}}'
    )
    return sha256(text.encode()).digest()


def _decide(commands: list[SendCommand], ids: list[UUID]) -> list[CommandAnswer]:
    orders = _orders(commands, ids)
    _check(orders)
    for _ in range(MOST_PASSES):
        try:
            with transaction.atomic():
                _attempt(orders)
        except _PlannedWrong:
            continue
        return [_answer(order) for order in orders]
    # It changes as fast as it is planned. The batcher then does each alone, and a caller may try again.
    raise Unavailable("overloaded")


def _answer(order: _Order) -> CommandAnswer:
    if order.refused is not None:
        return order.refused
    assert order.made is not None
    return Accepted.now(order.made)


def _orders(commands: list[SendCommand], ids: list[UUID]) -> list[_Order]:
    known = payees.everybody(commands)
    orders = []
    for command, id_ in zip(commands, ids, strict=True):
        currency = command.amount.currency
        payer = known.payers.get(command.customer_id)
        purse = known.purses.get((command.customer_id, currency))
        if payer is None or purse is None or payer.user_id != command.user_id:
            raise BrokenInvariant("a door lets only a customer send, and only from a wallet of theirs")
        name, payee = known.names[command.user_id].display_name, known.payees[command.recipient, currency]
        orders.append(_Order(command, payer, purse, name, payee, id_))
    return orders


def _check(orders: list[_Order]) -> None:
    """Refuse what needs no book to be refused, and use up the confirmations of the rest."""
    for order in orders:
        order.refused = _refusal(order)
    refusals = risk.refusals([_proposal(order) for order in orders])
    for order, verdict in zip(orders, refusals, strict=True):
        if order.refused is None and verdict is not None:
            left = verdict.allowance.minor if verdict.allowance else 0
            order.refused = Refused("level_allowance", {"remaining_minor": left})
    _count_new_addresses([order for order in orders if order.refused is None])
    confirmed = [order for order in orders if order.refused is None and order.command.confirmation_id]
    uses = [
        ConfirmationUse(
            order.command.confirmation_id,
            order.command.user_id,
            binding(
                order.command.recipient,
                order.command.amount,
                Money(order.fee_minor, order.command.amount.currency),
            ),
        )
        for order in confirmed
        if order.command.confirmation_id is not None
    ]
    if uses:
        now = max(order.command.now for order in confirmed)
        for order, refused in zip(confirmed, identity.use_confirmations(uses, now=now), strict=True):
            if refused is not None:
                order.refused = Refused(refused)


def _count_new_addresses(orders: list[_Order]) -> None:
    """Refuse what is one new address too many for somebody whose identity nobody knows.

    What is confirmed has been counted when it was looked at. Programs look by sending: a cent, or what waits and is
    taken back, tells who has an account.
    """
    counted = [
        order for order in orders if order.command.confirmation_id is None and order.payer.level == LEVELS[0]
    ]
    if not counted:
        return
    now = max(order.command.now for order in counted)
    may = may_look_up([(order.payer, order.payee.recipient) for order in counted], now=now)
    for order, is_free in zip(counted, may, strict=True):
        if not is_free:
            order.refused = Refused("new_recipients_used_up", {"most": most_a_day(order.payer)})


def _refusal(order: _Order) -> Refused | None:
    command, payee = order.command, order.payee
    if not payees.may_send(order.payer, command.amount.currency):
        return Refused("transfers_not_offered")
    if payee.customer is not None:
        if payee.customer.id == order.payer.id:
            return Refused("transfer_to_oneself")
        if not payees.is_offered(order.payer, payee.customer):
            return Refused("transfers_not_offered")
        if not payees.holds_currency(payee, command.amount.currency):
            return Refused("recipient_other_currency")
    kind = payees.fee_kind(order.payer, payee)
    try:
        order.fee_minor = pricing.fee_minor(
            kind=kind, country=order.payer.country, level=order.payer.level, amount=command.amount
        )
    except FeeRefused as error:
        return Refused.of(error)
    if command.fee is not None and command.fee != Money(order.fee_minor, command.amount.currency):
        return Refused("fee_changed", {"fee_minor": order.fee_minor})
    return None


def _proposal(order: _Order) -> Proposal:
    command, payer = order.command, order.payer
    return Proposal(
        Kind.TRANSFER, payer.id, order.payee.key, command.amount, payer.country, payer.level, command.now
    )


def _attempt(orders: list[_Order]) -> None:
    """Plan, post and write down; raise _PlannedWrong when plans were changed by what the book said."""
    wanted = [order for order in orders if order.refused is None]
    if not wanted:
        return
    funds = _funds(wanted)
    for order in wanted:
        _plan(order, funds)
    planned = [order for order in wanted if order.short is None]
    items = [_items(order) for order in planned]
    results = ledger.post_many([item for those in items for item in those]) if planned else []
    changed, place = False, 0
    for order, those in zip(planned, items, strict=True):
        changed |= _take(order, results[place : place + len(those)], is_alone=len(wanted) == 1)
        place += len(those)
    _refuse_what_is_larger(wanted)
    changed |= _over_ceiling(
        [order for order in planned if order.refused is None and order.reason is Reason.NONE]
    )
    if changed:
        raise _PlannedWrong
    for order in wanted:
        order.refused = order.refused or order.short
    _write([order for order in planned if order.refused is None])


def _funds(orders: list[_Order]) -> Funds:
    """Return what the accounts have that take part."""
    house = plan.house_accounts({order.wallet.currency for order in orders})
    ids = {book.house_account_id(purpose, currency) for purpose, currency in house}
    wanted = set(ids)
    for order in orders:
        wanted.update(order.wallet.account_ids, payees.account_ids(order.payee))
    funds = book.funds([*wanted])
    if not ids <= funds.available_minor.keys():
        ledger.open_house_accounts(house)
    return funds


def _plan(order: _Order, funds: Funds) -> None:
    command, wallet, free = order.command, order.wallet, funds.available_minor
    if order.reason is Reason.NONE:
        order.reason = payees.reason_to_wait(order.payee, command.amount, funds.shut)
    if order.reason is Reason.NONE and command.delay_hours:
        order.reason = Reason.DELAYED
    if order.reason is Reason.NONE and funds.holds_only:
        order.reason = Reason.MAINTENANCE
    maturing_id, available_id = wallet.maturing_account_id, wallet.available_account_id
    split = plan.split_of(
        order.total_minor, maturing_minor=free[maturing_id], available_minor=free[available_id]
    )
    if split is None:
        have = max(0, free[maturing_id]) + max(0, free[available_id])
        order.short = Refused("funds_missing", {"available_minor": have})
        return
    order.short, order.split = None, split
    order.sent, order.fee = split.part(command.amount.minor)
    # Whoever comes later in the list can spend what came before, and no more.
    free[maturing_id] -= split.maturing_minor
    free[available_id] -= split.available_minor
    if order.reason is Reason.NONE and order.payee.wallet is not None:
        free[order.payee.wallet.maturing_account_id] += order.sent.maturing_minor
        free[order.payee.wallet.available_account_id] += order.sent.available_minor


def _items(order: _Order) -> list[Item]:
    amount_minor = order.command.amount.minor
    count = Count(order.payer.subject_id(Flow.SEND), amount_minor)
    if order.reason is not Reason.NONE:
        return plan.reserve(order.movement_id, order.wallet, order.split, _expires_at(order), count)
    assert order.payee.wallet is not None
    assert order.payee.customer is not None
    counts = (count, Count(order.payee.customer.subject_id(Flow.RECEIVE), amount_minor))
    return [plan.at_once(order.movement_id, order.wallet, order.payee.wallet, order.sent, order.fee, counts)]


def _take(order: _Order, results: Sequence[Result], *, is_alone: bool) -> bool:
    """Note what the book said of one order; tell whether everything must be done again with another plan.

    So it must after a refusal too, unless the order is alone: others were planned as if this one had been done.
    """
    refused = next((result for result in results if not result.accepted), None)
    if refused is None:
        return False
    again = not is_alone or any(result.accepted for result in results)
    outcome, culprit = refused.outcome, refused.culprit_id
    if outcome is Outcome.MAINTENANCE:
        order.reason = Reason.MAINTENANCE
        return True
    if outcome in _PAYEE_SIDE and culprit in payees.account_ids(order.payee):
        order.reason = Reason.RECIPIENT_FROZEN
        return True
    if outcome.limit_window:
        if culprit != order.payer.subject_id(Flow.SEND):
            order.reason = Reason.RECIPIENT_LIMIT
            return True
        data = {"window": outcome.limit_window, "remaining_minor": refused.remaining_minor or 0}
        order.refused = Refused("send_limit_reached", data)
        return again
    if outcome is Outcome.INSUFFICIENT_FUNDS:
        # Somebody spent from one of the accounts since they were read: the next pass reads them anew.
        return True
    if outcome in (Outcome.ACCOUNT_FROZEN, Outcome.ACCOUNT_CLOSED, Outcome.ACCOUNT_NO_DEBIT):
        order.refused = Refused("payer_frozen")
        return again
    if outcome is Outcome.BALANCE_OUT_OF_RANGE:
        order.reason = Reason.RECIPIENT_LIMIT
        return True
    raise BrokenInvariant(f"a transfer was refused by the book as {outcome.name}: {refused}")


def _refuse_what_is_larger(orders: list[_Order]) -> None:
    """Refuse what is more than a payer's limit has left, where the book has said how much that is.

    Else it would say so of one order in each pass: of the next one as soon as the refusal of the last has freed the
    money that this one lacked.
    """
    left: dict[tuple[UUID, str], Refused] = {}
    for order in orders:
        place = order.payer.id, order.command.amount.currency
        refused = order.refused
        if refused is not None and refused.code == "send_limit_reached":
            left[place] = refused
        elif (
            refused is None
            and place in left
            and order.command.amount.minor > left[place].data["remaining_minor"]
        ):
            order.refused = left[place]


def _over_ceiling(orders: list[_Order]) -> bool:
    """Let those wait that would bring a payee above what they may hold; tell whether there are any.

    Read after posting, under the locks that posting took: nobody else adds to these accounts meanwhile.
    """
    arrivals = [(order.payee, order.command.amount.minor) for order in orders]
    too_much = over_ceiling(arrivals)
    for index in too_much:
        orders[index].reason = Reason.RECIPIENT_LIMIT
    return bool(too_much)


def _write(orders: list[_Order]) -> None:
    if not orders:
        return
    for order in orders:
        order.made = _movement(order)
    movements.open_many([order.made for order in orders if order.made])
    waiting = [order for order in orders if order.reason is not Reason.NONE]
    models.Waiting.objects.bulk_create(
        models.Waiting(
            movement_id=order.movement_id,
            address_kind=order.payee.recipient.kind,
            address=order.payee.recipient.address,
            held_maturing_minor=order.split.maturing_minor,
            held_available_minor=order.split.available_minor,
            expires_at=_expires_at(order),
            arrives_at=_arrives_at(order),
            check_at=first_check(order.reason, now=order.command.now, arrives_at=_arrives_at(order)),
        )
        for order in waiting
    )
    _carry([order for order in orders if order.reason is Reason.NONE])
    now = max(order.command.now for order in orders)
    recipients = [order.payee.recipient for order in orders]
    execute_prepared(
        _ADD_CONTACTS,
        [
            now,
            uuids([order.payer.id for order in orders]),
            texts([recipient.kind.value for recipient in recipients]),
            texts([recipient.address for recipient in recipients]),
            uuids([order.payee.key for order in orders]),
        ],
    )


def _movement(order: _Order) -> NewMovement:
    command, payee = order.command, order.payee
    is_final = order.reason is Reason.NONE
    turn, next_step = terms_of(order.reason)
    is_seen = payee.customer is not None and order.reason not in (Reason.DELAYED, Reason.RECIPIENT_CURRENCY)
    movement = Movement(
        id=order.movement_id,
        kind=Kind.TRANSFER,
        state=State.COMPLETED if is_final else State.PENDING,
        reason=order.reason,
        turn=turn,
        next_step=next_step,
        deadline_at=None
        if is_final
        else plan.deadline_of(order.reason, _arrives_at(order), _expires_at(order)),
        currency=command.amount.currency,
        amount_minor=command.amount.minor,
        fee_minor=order.fee_minor,
        payer_id=order.payer.id,
        payee_id=payee.customer.id if payee.customer is not None and is_seen else None,
        payee_key=payee.key,
        note=command.note,
        events=1,
        created_at=command.now,
        changed_at=command.now,
    )
    lines = lines_of(
        movement,
        payer_sees=payee.display_name if payee.customer else payee.recipient.address,
        payee_sees=order.payer_name,
        at=command.now,
        also=payee.recipient.address,
    )
    return NewMovement(movement, lines)


def _carry(orders: list[_Order]) -> None:
    wallets.carry_maturing(
        [
            Carried(
                order.wallet.maturing_account_id,
                order.payee.wallet.maturing_account_id,
                minor,
                order.command.now,
            )
            for order in orders
            if (minor := order.sent.maturing_minor) and order.payee.wallet
        ]
    )


def _arrives_at(order: _Order) -> datetime | None:
    hours = order.command.delay_hours
    return order.command.now + timedelta(hours=hours) if hours else None


def _expires_at(order: _Order) -> datetime:
    begins = _arrives_at(order) or order.command.now
    return begins + timedelta(days=regions.country(order.payer.country).transfers.wait_days)
