"""The ledger in memory: what the posting function must do, said in plain Python, one item after another.

An executable specification, written against the contract and not against the SQL. Time is an input: whoever replays
a call gives the instant at which it was booked.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from uuid import UUID

from okpay.ledger.records import (
    MAX_MINOR,
    AccountStatus,
    Capture,
    Count,
    Expire,
    HoldStatus,
    Item,
    Leg,
    Outcome,
    Post,
    Release,
    Reserve,
    Result,
    Reverse,
    Side,
)
from tests.laws.windows import Subject

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)
CAN_BE_REVERSED = (Post, Capture)


class Refused(Exception):
    """The item may not be; nothing of it happens."""

    def __init__(
        self, outcome: Outcome, culprit_id: int | None = None, remaining_minor: int | None = None
    ) -> None:
        super().__init__(outcome.name)
        self.outcome, self.culprit_id, self.remaining_minor = outcome, culprit_id, remaining_minor


@dataclass(slots=True)
class Account:
    """An account as the model sees it; the balance is positive on its normal side."""

    id: int
    currency: str
    side: Side
    floor_minor: int | None = 0
    status: AccountStatus = AccountStatus.ACTIVE
    balance_minor: int = 0
    held_minor: int = 0
    sequence: int = 0

    @property
    def state(self) -> tuple[int, int, int]:
        """What posting changes: balance, held, sequence."""
        return self.balance_minor, self.held_minor, self.sequence


@dataclass(slots=True)
class Hold:
    """A hold as the model sees it."""

    id: UUID
    account: Account
    amount_minor: int
    counts: tuple[Count, ...]
    booked_at: datetime
    expires_at: datetime
    captured_minor: int = 0
    status: HoldStatus = HoldStatus.OPEN

    @property
    def remaining_minor(self) -> int:
        """What an open hold still holds."""
        return self.amount_minor - self.captured_minor


@dataclass(frozen=True, slots=True)
class Line:
    """One posting: positive for a debit, with the account's balance after it."""

    account_id: int
    sequence: int
    entry_id: UUID
    leg: int
    amount_minor: int
    balance_minor: int


@dataclass(slots=True)
class Book:
    """Everything the ledger knows, and the one thing that can be done with it."""

    accounts: dict[int, Account] = field(default_factory=dict)
    subjects: dict[int, Subject] = field(default_factory=dict)
    holds: dict[UUID, Hold] = field(default_factory=dict)
    entries: dict[UUID, Item] = field(default_factory=dict)
    lines: list[Line] = field(default_factory=list)
    reversed_ids: set[UUID] = field(default_factory=set)
    holds_only: bool = False
    _now: datetime = EPOCH
    _now_us: int = 0
    _not_to_be_seen: set[UUID] = field(default_factory=set)

    def post_many(
        self, items: Sequence[Item], booked_at: datetime, unseen: Iterable[UUID] = ()
    ) -> list[Result]:
        """Apply items in their order; a refused one changes nothing.

        `unseen` are originals that were posted only while this call was under way: it may look for them too early.
        """
        self._now, self._now_us = booked_at, (booked_at - EPOCH) // MICROSECOND
        self._not_to_be_seen = set(unseen)
        first: dict[UUID, tuple[Item, Result]] = {}
        results = []
        for item in items:
            if item.id in first:
                result = _repeated(item, *first[item.id])
            else:
                result = self._post(item)
                first[item.id] = item, result
            results.append(result)
        return results

    def _post(self, item: Item) -> Result:
        malformed = _malformed(item)
        if malformed is not None:
            return Result(item.id, malformed)
        known = self.entries.get(item.id)
        if known is not None:
            return Result(item.id, Outcome.REPLAYED if known == item else Outcome.KEY_REUSED)
        legs = self._legs(item)
        accounts = [(account, account.state) for account in self._touched(item, legs)]
        counts = [(subject, subject.state) for subject in self._counting(item)]
        lines = len(self.lines)
        try:
            self._judge(item, legs)
        except Refused as refusal:
            for account, state in accounts:
                account.balance_minor, account.held_minor, account.sequence = state
            for subject, used in counts:
                subject.state = used
            del self.lines[lines:]
            return Result(item.id, refusal.outcome, refusal.culprit_id, refusal.remaining_minor)
        self.entries[item.id] = item
        self._not_to_be_seen.add(item.id)
        return Result(item.id, Outcome.POSTED)

    def _judge(self, item: Item, legs: Sequence[Leg]) -> None:
        if self.holds_only and isinstance(item, Post | Capture | Reverse):
            raise Refused(Outcome.MAINTENANCE)
        match item:
            case Post():
                self._count(item.counts)
                self._move(item.id, legs)
            case Reserve():
                self._count(item.counts)
                self._reserve(item)
            case Capture():
                self._capture(item)
            case Release():
                self._close(self._open_hold(item.hold_id), HoldStatus.RELEASED)
            case Expire():
                hold = self._open_hold(item.hold_id)
                if hold.expires_at > self._now:
                    raise Refused(Outcome.HOLD_NOT_EXPIRED)
                self._close(hold, HoldStatus.EXPIRED)
            case Reverse():
                self._check_original(item.original_id)
                self._move(item.id, legs)
                self.reversed_ids.add(item.original_id)

    def _check_original(self, original_id: UUID) -> None:
        original = self.entries.get(original_id)
        if original is None or original_id in self._not_to_be_seen:
            raise Refused(Outcome.ORIGINAL_UNKNOWN)
        if not isinstance(original, CAN_BE_REVERSED):
            raise Refused(Outcome.NOT_REVERSIBLE)
        if original_id in self.reversed_ids:
            raise Refused(Outcome.ALREADY_REVERSED)

    def _open_hold(self, hold_id: UUID) -> Hold:
        hold = self.holds.get(hold_id)
        if hold is None:
            raise Refused(Outcome.HOLD_UNKNOWN)
        if hold.status is not HoldStatus.OPEN:
            raise Refused(Outcome.HOLD_CLOSED)
        return hold

    def _reserve(self, item: Reserve) -> None:
        account = self._account(item.account_id)
        _check_may_move(account, -item.amount_minor)
        if account.held_minor + item.amount_minor > MAX_MINOR:
            raise Refused(Outcome.BALANCE_OUT_OF_RANGE, account.id)
        account.held_minor += item.amount_minor
        self._next_sequence(account)
        self.holds[item.id] = Hold(
            item.id, account, item.amount_minor, item.counts, self._now, item.expires_at
        )

    def _capture(self, item: Capture) -> None:
        hold = self._open_hold(item.hold_id)
        account = hold.account
        if hold.expires_at <= self._now:
            raise Refused(Outcome.HOLD_EXPIRED)
        taken = sum(leg.amount_minor for leg in item.legs if _lowered_id(leg, account.side) == account.id)
        if taken == 0:
            raise Refused(Outcome.CAPTURE_OUTSIDE_HOLD, account.id)
        if taken > hold.remaining_minor:
            raise Refused(Outcome.CAPTURE_EXCEEDS_HOLD, account.id, hold.remaining_minor)
        account.held_minor -= taken
        self._move(item.id, item.legs)
        hold.captured_minor += taken
        if item.final or not hold.remaining_minor:
            self._close(hold, HoldStatus.CAPTURED)
        else:
            self._next_sequence(account)

    def _close(self, hold: Hold, status: HoldStatus) -> None:
        hold.account.held_minor -= hold.remaining_minor
        hold.status = status
        self._next_sequence(hold.account)
        for count in hold.counts:
            kept = -(-count.amount_minor * hold.captured_minor // hold.amount_minor)  # rounded up
            self.subjects[count.subject_id].give_back(count.amount_minor - kept, hold.booked_at)

    def _count(self, counts: Sequence[Count]) -> None:
        for count in counts:
            subject = self.subjects.get(count.subject_id)
            if subject is None:
                raise Refused(Outcome.LIMIT_SUBJECT_UNKNOWN, count.subject_id)
            broken = subject.count(count.amount_minor, self._now)
            if broken is not None:
                raise Refused(broken[0], subject.id, broken[1])

    def _move(self, entry_id: UUID, legs: Sequence[Leg]) -> None:
        for number, leg in enumerate(legs, 1):
            debit, credit = self._account(leg.debit_account_id), self._account(leg.credit_account_id)
            if debit.currency != credit.currency:
                raise Refused(Outcome.CURRENCY_MISMATCH, credit.id)
            for account, amount in ((debit, leg.amount_minor), (credit, -leg.amount_minor)):
                _check_may_move(account, amount * account.side)
                _check_range(account, amount * account.side)
            for account, amount in ((debit, leg.amount_minor), (credit, -leg.amount_minor)):
                account.balance_minor += amount * account.side
                sequence = self._next_sequence(account)
                self.lines.append(Line(account.id, sequence, entry_id, number, amount, account.balance_minor))

    def _next_sequence(self, account: Account) -> int:
        account.sequence = max(account.sequence + 1, self._now_us)
        return account.sequence

    def _account(self, account_id: int) -> Account:
        account = self.accounts.get(account_id)
        if account is None:
            raise Refused(Outcome.ACCOUNT_UNKNOWN, account_id)
        return account

    def _legs(self, item: Item) -> Sequence[Leg]:
        if isinstance(item, Post | Capture):
            return item.legs
        original = self.entries.get(item.original_id) if isinstance(item, Reverse) else None
        if isinstance(original, CAN_BE_REVERSED):
            return [
                Leg(leg.credit_account_id, leg.debit_account_id, leg.amount_minor)
                for leg in reversed(original.legs)
            ]
        return ()

    def _touched(self, item: Item, legs: Sequence[Leg]) -> list[Account]:
        ids = {account for leg in legs for account in (leg.debit_account_id, leg.credit_account_id)}
        if isinstance(item, Reserve):
            ids.add(item.account_id)
        accounts = [self.accounts[id_] for id_ in ids if id_ in self.accounts]
        if isinstance(item, Capture) and item.hold_id in self.holds:
            held = self.holds[item.hold_id].account
            accounts += [held] if held.id not in ids else []
        return accounts

    def _counting(self, item: Item) -> list[Subject]:
        if not isinstance(item, Post | Reserve) or not item.counts:
            return []
        ids = {count.subject_id for count in item.counts}
        return [self.subjects[id_] for id_ in ids if id_ in self.subjects]


def _repeated(item: Item, first: Item, result: Result) -> Result:
    """Answer an item whose id stands earlier in the same list."""
    if item != first:
        return Result(item.id, Outcome.KEY_REUSED)
    if result.outcome is Outcome.POSTED:
        return Result(item.id, Outcome.REPLAYED)
    return result


def _malformed(item: Item) -> Outcome | None:
    """Return why an item could not be posted whatever stands in the book."""
    legs = item.legs if isinstance(item, Post | Capture) else ()
    if isinstance(item, Post | Capture) and not legs:
        return Outcome.NO_LEGS
    amounts = [leg.amount_minor for leg in legs]
    if isinstance(item, Reserve):
        amounts.append(item.amount_minor)
    if isinstance(item, Post | Reserve):
        amounts += [count.amount_minor for count in item.counts]
    if any(not 1 <= amount <= MAX_MINOR for amount in amounts):
        return Outcome.AMOUNT_OUT_OF_RANGE
    if any(leg.debit_account_id == leg.credit_account_id for leg in legs):
        return Outcome.SAME_ACCOUNT
    return None


def _check_may_move(account: Account, change_minor: int) -> None:
    """Refuse what the account's status or floor forbid; a negative change lowers its balance."""
    if account.status is AccountStatus.CLOSED:
        raise Refused(Outcome.ACCOUNT_CLOSED, account.id)
    if account.status is AccountStatus.FROZEN:
        raise Refused(Outcome.ACCOUNT_FROZEN, account.id)
    if change_minor < 0:
        if account.status is AccountStatus.NO_DEBIT:
            raise Refused(Outcome.ACCOUNT_NO_DEBIT, account.id)
        if account.floor_minor is not None:
            available = account.balance_minor - account.held_minor - account.floor_minor
            if available + change_minor < 0:
                raise Refused(Outcome.INSUFFICIENT_FUNDS, account.id, available)


def _check_range(account: Account, change_minor: int) -> None:
    if abs(account.balance_minor + change_minor) > MAX_MINOR:
        raise Refused(Outcome.BALANCE_OUT_OF_RANGE, account.id)


def _lowered_id(leg: Leg, side: Side) -> int:
    """Return the account that a leg lowers if it stands on this side: debits lower what is normally a credit."""
    return leg.debit_account_id if side is Side.CREDIT else leg.credit_account_id
