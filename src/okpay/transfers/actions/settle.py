"""End what waits: it arrives, is cancelled, or comes back. One of the three, whoever comes at the same moment."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction

from okpay.base.arrays import instants, uuids
from okpay.base.database import execute_prepared, require_transaction
from okpay.base.errors import BrokenInvariant, Unavailable
from okpay.base.idempotency import Claim, hash_of
from okpay.base.retrying import is_retriable, lost_connection
from okpay.customers import queries as customers
from okpay.customers.records import Customer
from okpay.identity import queries as people
from okpay.ledger import actions as ledger
from okpay.ledger import queries as book
from okpay.ledger.records import Count, Item, Outcome, Result
from okpay.movements import actions as movements
from okpay.movements.records import (
    Accepted,
    CommandAnswer,
    Line,
    Movement,
    Reason,
    Refused,
    State,
    Step,
    line_of,
)
from okpay.regions.records import Flow
from okpay.transfers import models, payees, plan
from okpay.transfers.actions.ceiling import over_ceiling
from okpay.transfers.actions.send import MOST_PASSES
from okpay.transfers.actions.waits import LOOK_AGAIN, next_check, terms_of
from okpay.transfers.plan import Split
from okpay.transfers.queries import waiting_from
from okpay.transfers.records import CancelCommand, Payee, Waiting
from okpay.wallets import actions as wallets
from okpay.wallets import queries as owned
from okpay.wallets.records import Carried, Wallet

CANCEL = "transfers.cancel"
AT_ONCE = 100
PUT_OFF = timedelta(minutes=1)
"""How long one rests that could not be looked at because of a fault: the others go on."""
_BUSY = timedelta(seconds=1)

# These rows are locked before the movements, and cancelling takes them the other way round: neither deadlocks, for
# nothing is waited for here. What hears of a fact meanwhile waits for us, and has its say afterwards.
_DUE = """
SELECT movement_id FROM transfers_waiting WHERE check_at <= %s
 ORDER BY check_at LIMIT %s FOR NO KEY UPDATE SKIP LOCKED
"""
_EXPIRED = """
SELECT movement_id FROM transfers_waiting WHERE expires_at <= %s AND check_at <= %s
 ORDER BY expires_at LIMIT %s FOR NO KEY UPDATE SKIP LOCKED
"""
_THIS_ONE = """
SELECT movement_id FROM transfers_waiting WHERE movement_id = %s AND check_at <= %s FOR NO KEY UPDATE SKIP LOCKED
"""
_CHECK_LATER = """
UPDATE transfers_waiting w SET check_at = u.check_at
  FROM unnest(%s::uuid[], %s::timestamptz[]) u (id, check_at) WHERE w.movement_id = u.id
"""
_log = logging.getLogger(__name__)

_DELETE = "DELETE FROM transfers_waiting WHERE movement_id = ANY (%s)"


class _PlannedWrong(Exception):
    """The book decided otherwise than some plans of this pass: they were changed, and all is done again."""


@dataclass(slots=True)
class _Case:
    """One transfer that waits, and what it is to become in this pass."""

    movement: Movement
    waiting: Waiting
    state: State
    """COMPLETED, CANCELLED or RETURNED, or PENDING where it goes on waiting for `reason`."""
    reason: Reason = Reason.NONE
    payer: Customer | None = None
    wallet: Wallet | None = None
    payer_name: str = ""
    payee: Payee | None = None

    @property
    def held(self) -> Split:
        return Split(self.waiting.held_maturing_minor, self.waiting.held_available_minor)


def settle_once(*, now: datetime) -> int:
    """Look at what has been due for longest, up to `AT_ONCE`, and return how many ended or are due later now.

    Commits by itself, since it is the whole of a background round. During maintenance only what has expired ends.
    When the list fails, each is done alone, and what fails alone is put off: nobody waits for a neighbour's fault.

    Raises: django.db.Error when the database does not answer.
    """
    ids: list[UUID] = []
    try:
        with transaction.atomic():
            ids = _due(now)
            return _look_at(ids, now)
    except Exception as error:
        if not ids or lost_connection(error):
            raise
        return sum(_alone(id_, now) for id_ in ids)


def _due(now: datetime) -> list[UUID]:
    if book.holds_only():
        rows = execute_prepared(_EXPIRED, [now, now, AT_ONCE])
    else:
        rows = execute_prepared(_DUE, [now, AT_ONCE])
    return [row[0] for row in rows]


def _look_at(ids: list[UUID], now: datetime) -> int:
    locked = movements.lock_many(ids, skip_locked=True)
    if busy := [id_ for id_ in ids if id_ not in locked]:
        # Somebody is deciding about them at this moment: they are out of the way of those behind them.
        execute_prepared(_CHECK_LATER, [uuids(busy), instants([now + _BUSY] * len(busy))])
    cases = _cases(locked, now)
    if cases:
        _settle(cases, locked, now)
    return len(cases)


def _alone(movement_id: UUID, now: datetime) -> int:
    try:
        with transaction.atomic():
            return _look_at([row[0] for row in execute_prepared(_THIS_ONE, [movement_id, now])], now)
    except Exception as error:
        if lost_connection(error):
            raise
        # A lock that was not to be had is no fault, and goes away by itself.
        is_busy = is_retriable(error)
        pause = LOOK_AGAIN if is_busy else PUT_OFF
        _log.log(
            logging.WARNING if is_busy else logging.ERROR,
            "transfer %s could not be looked at, again in %s",
            movement_id,
            pause,
            exc_info=error,
        )
        execute_prepared(_CHECK_LATER, [uuids([movement_id]), instants([now + pause])])
        return 1


def cancel_many(commands: Sequence[CancelCommand]) -> list[CommandAnswer]:
    """Take back transfers that wait, whole in the caller's transaction. Cancelling again gets the same answer.

    Under a key that answer is kept, a refusal too; without one, what stands now is looked at again. A refusal:
    `transfer_not_found` (also where it is somebody else's), `transfer_not_pending`. A list function for the batcher.
    """
    require_transaction()
    keyed = [index for index, command in enumerate(commands) if command.key]
    answers: dict[int, CommandAnswer] = {}

    def decide(fresh: list[int]) -> list[CommandAnswer]:
        # Those without a key too: there is one posting call.
        wanted = [index for index, command in enumerate(commands) if not command.key]
        wanted += [keyed[place] for place in fresh]
        answers.update(zip(wanted, _cancel([commands[index] for index in wanted]), strict=True))
        return [answers[keyed[place]] for place in fresh]

    if keyed:
        claims = [_claim(commands[index]) for index in keyed]
        now = max(command.now for command in commands)
        answers.update(zip(keyed, movements.answer_each(claims, decide, now=now), strict=True))
    if len(answers) < len(commands):
        decide([])
    return [answers[index] for index in range(len(commands))]


def _claim(command: CancelCommand) -> Claim:
    body = {"movement": str(command.movement_id)}
    return Claim(command.principal or command.customer_id, command.key, CANCEL, hash_of(body))


def _cancel(commands: Sequence[CancelCommand]) -> list[CommandAnswer]:
    locked = movements.lock_many([command.movement_id for command in commands])
    rows = models.Waiting.objects.filter(movement_id__in=list(locked))
    waiting = {row.movement_id: waiting_from(row) for row in rows}
    answers: list[CommandAnswer] = []
    cases: dict[UUID, _Case] = {}
    for command in commands:
        movement = locked.get(command.movement_id)
        if movement is None or movement.payer_id != command.customer_id:
            answers.append(Refused("transfer_not_found"))
        elif movement.id in waiting:
            cases[movement.id] = _Case(movement, waiting[movement.id], State.CANCELLED)
            answers.append(Accepted(movement.id))
        elif movement.state is State.CANCELLED:
            answers.append(Accepted(movement.id))
        else:
            answers.append(Refused("transfer_not_pending", {"state": movement.state.name.lower()}))
    if cases:
        _settle(list(cases.values()), locked, max(command.now for command in commands))
    return answers


def _cases(locked: dict[UUID, Movement], now: datetime) -> list[_Case]:
    """Read, under the movements' locks, what waits, and decide what it is to become."""
    rows = models.Waiting.objects.filter(movement_id__in=list(locked))
    cases = [_Case(locked[row.movement_id], waiting_from(row), State.COMPLETED) for row in rows]
    payers = customers.customers({case.movement.payer_id for case in cases if case.movement.payer_id})
    names = people.names({payer.user_id for payer in payers.values()})
    purses = owned.wallets_of(payers.keys(), {case.movement.currency for case in cases})
    theirs = payees.with_wallets(
        [(payee, case.movement.currency) for payee, case in zip(_payees(cases), cases, strict=True)]
    )
    funds = book.funds([id_ for payee in theirs for id_ in payees.account_ids(payee)])
    for case, payee in zip(cases, theirs, strict=True):
        assert case.movement.payer_id is not None
        case.payer = payers[case.movement.payer_id]
        case.payer_name = names[case.payer.user_id].display_name
        case.wallet = purses[case.payer.id, case.movement.currency]
        case.payee = payee
        case.reason = payees.reason_to_wait(payee, case.movement.amount, funds.shut)
        if not _may_have_it(case, payee):
            case.reason = Reason.RECIPIENT_CURRENCY
        if case.waiting.expires_at <= now:
            case.state, case.reason = State.RETURNED, Reason.NONE
        elif case.reason is not Reason.NONE:
            case.state = State.PENDING
        elif case.waiting.arrives_at is not None and case.waiting.arrives_at > now:
            case.state, case.reason = State.PENDING, Reason.DELAYED
    return cases


def _payees(cases: list[_Case]) -> list[Payee]:
    """Return whom each goes to: the customer it was sent to or shown to, or else whoever has proven the address."""
    found = payees.resolve({case.waiting.recipient for case in cases})
    bound = payees.of_customers(
        [(case.movement.payee_id or case.movement.payee_key, case.waiting.recipient) for case in cases]
    )
    return [payee or found[case.waiting.recipient] for payee, case in zip(bound, cases, strict=True)]


def _may_have_it(case: _Case, payee: Payee) -> bool:
    """Tell whether whoever claims a transfer may: not the payer themselves, nor somebody it may not be sent to."""
    if payee.customer is None or payee.customer.id in (case.movement.payee_id, case.movement.payee_key):
        return True
    assert case.payer is not None
    return payee.customer.id != case.payer.id and payees.is_offered(case.payer, payee.customer)


def _settle(cases: list[_Case], locked: dict[UUID, Movement], now: datetime) -> None:
    for _ in range(MOST_PASSES + 3 * len(cases)):
        try:
            with transaction.atomic():
                _attempt(cases, locked, now)
        except _PlannedWrong:
            continue
        return
    raise Unavailable("overloaded")


def _attempt(cases: list[_Case], locked: dict[UUID, Movement], now: datetime) -> None:
    ended = [case for case in cases if case.state.is_final]
    others = [case for case in cases if not case.state.is_final and _tells_more(case)]
    steps = [_step(case, now) for case in [*ended, *others]]
    movements.advance_many(steps, locked)
    if ended:
        execute_prepared(_DELETE, [uuids([case.movement.id for case in ended])])
    _look_again([case for case in cases if not case.state.is_final], now)
    arriving = [case for case in ended if case.state is State.COMPLETED]
    house = plan.house_accounts({case.movement.currency for case in arriving})
    if arriving:
        ledger.open_house_accounts(house)
    items = [_items(case) for case in ended]
    results = ledger.post_many([item for those in items for item in those]) if ended else []
    changed, place = False, 0
    for case, those in zip(ended, items, strict=True):
        changed |= _take(case, results[place : place + len(those)])
        place += len(those)
    if not changed:
        changed = _over_ceiling(arriving)
    if changed:
        raise _PlannedWrong
    _carry(arriving, now)


def _tells_more(case: _Case) -> bool:
    return case.movement.reason is not case.reason


def _step(case: _Case, now: datetime) -> Step:
    movement, waiting = case.movement, case.waiting
    turn, next_step = terms_of(case.reason)
    deadline = (
        None if case.state.is_final else plan.deadline_of(case.reason, waiting.arrives_at, waiting.expires_at)
    )
    payee_id: UUID | None = None
    lines: tuple[Line, ...] = ()
    is_seen = case.state is State.COMPLETED or case.reason not in (Reason.DELAYED, Reason.RECIPIENT_CURRENCY)
    customer = case.payee.customer if case.payee is not None else None
    if customer is not None and movement.payee_id is None and is_seen and case.state is not State.RETURNED:
        payee_id = customer.id
        lines = (_payee_line(case, payee_id, now),)
    return Step(movement.id, case.state, now, case.reason, turn, next_step, deadline, payee_id, lines)


def _payee_line(case: _Case, payee_id: UUID, now: datetime) -> Line:
    return line_of(replace(case.movement, payee_id=payee_id), payee_id, counterparty=case.payer_name, at=now)


def _look_again(cases: list[_Case], now: datetime) -> None:
    if cases:
        at = [
            next_check(
                case.reason,
                now=now,
                arrives_at=case.waiting.arrives_at,
                expires_at=case.waiting.expires_at,
            )
            for case in cases
        ]
        execute_prepared(_CHECK_LATER, [uuids([case.movement.id for case in cases]), instants(at)])


def _items(case: _Case) -> list[Item]:
    if case.state is not State.COMPLETED:
        return plan.give_back(case.movement.id, case.held, expired=case.state is State.RETURNED)
    assert case.wallet is not None
    assert case.payee is not None
    assert case.payee.customer is not None
    assert case.payee.wallet is not None
    amount_minor = case.movement.amount_minor
    count = Count(case.payee.customer.subject_id(Flow.RECEIVE), amount_minor)
    return plan.complete(case.movement.id, case.wallet, case.payee.wallet, case.held, amount_minor, count)


def _take(case: _Case, results: Sequence[Result]) -> bool:
    """Note what the book said of one case; tell whether everything must be done again with another plan."""
    refused = next((result for result in results if not result.accepted), None)
    if refused is None:
        return False
    outcome = refused.outcome
    if outcome is Outcome.HOLD_EXPIRED:
        # The book's clock is past the deadline already.
        case.state, case.reason = State.RETURNED, Reason.NONE
    elif case.state is State.RETURNED and outcome is Outcome.HOLD_NOT_EXPIRED:
        # And here it is not there yet: it stays as it is, and is looked at again.
        case.state, case.reason = State.PENDING, case.movement.reason
    elif case.state is not State.COMPLETED:
        raise BrokenInvariant(f"what is held could not be given back: {refused}")
    elif outcome is Outcome.MAINTENANCE:
        case.state, case.reason = State.PENDING, Reason.MAINTENANCE
    elif outcome in (Outcome.ACCOUNT_FROZEN, Outcome.ACCOUNT_CLOSED):
        # Of the payee, or of the payer: neither may be told more than that it is being looked into.
        case.state, case.reason = State.PENDING, Reason.RECIPIENT_FROZEN
    elif outcome is Outcome.ACCOUNT_NO_DEBIT:
        case.state, case.reason = State.PENDING, Reason.RECIPIENT_FROZEN
    elif outcome is Outcome.BALANCE_OUT_OF_RANGE or outcome.limit_window:
        case.state, case.reason = State.PENDING, Reason.RECIPIENT_LIMIT
    elif outcome is Outcome.INSUFFICIENT_FUNDS and any(not result.accepted for result in results[:-1]):
        raise BrokenInvariant(f"a hold does not hold what it should: {refused}")
    else:
        raise BrokenInvariant(f"a transfer that waited was refused by the book: {refused}")
    return True


def _over_ceiling(cases: list[_Case]) -> bool:
    """Let those wait on that would bring a payee above what they may hold; tell whether there are any."""
    arrivals = [(case.payee, case.movement.amount_minor) for case in cases if case.payee is not None]
    too_much = over_ceiling(arrivals)
    for index in too_much:
        cases[index].state, cases[index].reason = State.PENDING, Reason.RECIPIENT_LIMIT
    return bool(too_much)


def _carry(cases: list[_Case], now: datetime) -> None:
    carried = []
    for case in cases:
        minor = case.held.part(case.movement.amount_minor)[0].maturing_minor
        if minor:
            assert case.wallet is not None
            assert case.payee is not None
            assert case.payee.wallet is not None
            theirs = case.payee.wallet.maturing_account_id
            carried.append(Carried(case.wallet.maturing_account_id, theirs, minor, now))
    wallets.carry_maturing(carried)
