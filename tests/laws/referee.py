"""Judge what the ledger did: find the order of its calls, replay them in the model, compare everything."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from okpay.base import clock
from okpay.base.database import execute_prepared
from okpay.ledger.records import Capture, Expire, Item, Outcome, Post, Release, Reserve, Reverse
from tests.laws.model import Hold, Line
from tests.laws.plan import Call
from tests.laws.world import World

MOST_MISSES = 20
SINGLE_REFUSALS = frozenset(outcome for outcome in Outcome if 20 <= outcome < 30 or outcome >= 50)
"""What may become of a single plain item: whatever accounts and limits can say."""
_MARKS = """
SELECT p.entry_id, p.sequence, e.booked_at FROM ledger_posting p JOIN ledger_entry e ON e.id = p.entry_id
 WHERE p.account_id = %s AND p.sequence > %s ORDER BY p.sequence
"""
_BOOKED = "SELECT booked_at FROM ledger_entry WHERE id = %s"
_ACCOUNTS = "SELECT id, balance_minor, held_minor, sequence FROM ledger_account WHERE id = ANY (%s)"
_HOLDS = """
SELECT id, account_id, amount_minor, captured_minor, status, booked_at, expires_at, count_subject_ids,
       count_amounts_minor FROM ledger_hold WHERE id = ANY (%s)
"""
_SUBJECTS = """
SELECT id, counted_on, used_day_minor, used_week_minor, used_month_minor, used_year_minor
  FROM ledger_limit_subject WHERE id = ANY (%s)
"""
_LINES = """
SELECT account_id, sequence, entry_id, leg, amount_minor, balance_minor FROM ledger_posting
 WHERE account_id = %s ORDER BY sequence
"""
_ENTRIES = """
SELECT id, operation, kind, debit_account_ids, credit_account_ids, amounts_minor, hold_id, closes_hold, reverses_id,
       count_subject_ids, count_amounts_minor FROM ledger_entry WHERE id = ANY (%s)
"""
_OPERATIONS: dict[type[Item], int] = {Post: 1, Reserve: 2, Capture: 3, Release: 4, Expire: 5, Reverse: 6}


@dataclass(slots=True)
class Referee:
    """Follows one world: replays its calls in the order in which they took effect and keeps every miss."""

    world: World
    outcomes: Counter[Outcome] = field(default_factory=Counter)
    misses: list[str] = field(default_factory=list)
    calls: int = 0
    operations: int = 0
    _seen: dict[int, int] = field(default_factory=dict)
    _ended: dict[UUID, float] = field(default_factory=dict)

    def follow(self, plan: Sequence[Sequence[Call]]) -> None:
        """Replay calls of several connections in the serial order that their markers show.

        Every call posts on the marker of each group that it touches, and holds its locks until it commits: the
        markers' sequences order all calls that share anything. If no serial order agrees with them, that is a miss.
        """
        heads: dict[UUID, Call] = {}
        for call in (call for calls in plan for call in calls):
            if call.results[0].outcome is Outcome.POSTED:
                heads[call.items[0].id] = call
            else:
                self._unplaced(call)
        lanes: dict[int, deque[tuple[UUID, datetime]]] = {}
        for number, group in enumerate(self.world.groups):
            rows = execute_prepared(_MARKS, [group.marker, self._seen.get(number, 0)]).fetchall()
            lanes[number] = deque((id_, booked_at) for id_, _, booked_at in rows if id_ in heads)
            if rows:
                self._seen[number] = rows[-1][1]
        while heads:
            ready = [
                (head, booked_at)
                for number, lane in lanes.items()
                if lane
                for head, booked_at in [lane[0]]
                if number == heads[head].groups[0]
                and all(lanes[other] and lanes[other][0][0] == head for other in heads[head].groups)
            ]
            if not ready:
                self._miss(
                    f"no serial order: {len(heads)} calls left, none of them the first of all its groups"
                )
                return
            for head, booked_at in ready:
                call = heads.pop(head)
                for number in call.groups:
                    lanes[number].popleft()
                self._replay(call, booked_at)

    def follow_one(self, calls: Sequence[Call]) -> None:
        """Replay calls of a single connection, which need no markers."""
        for call in calls:
            posted = [result.id for result in call.results if result.outcome is Outcome.POSTED]
            booked = execute_prepared(_BOOKED, [posted[0]]).fetchone() if posted else None
            self._replay(call, booked[0] if booked else clock.now())

    def compare(self) -> None:
        """Compare accounts, holds, counters, postings and journal entries of the ledger with the model's."""
        for found, expected in (
            *self._accounts(), *self._holds(), *self._subjects(), *self._lines(), *self._entries()
        ):  # fmt: skip
            if found != expected:
                self._miss(f"the ledger has {found}, the model {expected}")

    def _replay(self, call: Call, booked_at: datetime) -> None:
        expected = self.world.book.post_many(call.items, booked_at, self._unseen(call))
        self._ended.update(
            (result.id, call.ended) for result in call.results if result.outcome is Outcome.POSTED
        )
        self.calls += 1
        self.operations += len(call.items)
        self.outcomes.update(result.outcome for result in call.results)
        if call.results != expected:
            for item, result, right in zip(call.items, call.results, expected, strict=True):
                if result != right:
                    self._miss(f"{item}: {result}, the model says {right}, booked at {booked_at}")

    def _unseen(self, call: Call) -> list[UUID]:
        """Return the originals that a call did not find, if they were posted while it was under way."""
        return [
            item.original_id
            for item, result in zip(call.items, call.results, strict=True)
            if isinstance(item, Reverse)
            and result.outcome is Outcome.ORIGINAL_UNKNOWN
            and self._ended.get(item.original_id, 0) > call.began
        ]

    def _unplaced(self, call: Call) -> None:
        """Take note of a single item that was refused: it left no mark of when, so it is asked only if it may be."""
        self.calls += 1
        self.operations += len(call.items)
        self.outcomes.update(result.outcome for result in call.results)
        if len(call.items) > 1 or call.results[0].outcome not in SINGLE_REFUSALS:
            self._miss(f"the marker of a call was refused: {call.items[0]}: {call.results[0]}")

    def _miss(self, miss: str) -> None:
        if len(self.misses) < MOST_MISSES:
            self.misses.append(miss)

    def _accounts(self) -> Iterator[tuple[Any, Any]]:
        found = {row[0]: row for row in execute_prepared(_ACCOUNTS, [self.world.account_ids])}
        for id_, account in self.world.book.accounts.items():
            yield found.get(id_), (id_, account.balance_minor, account.held_minor, account.sequence)

    def _holds(self) -> Iterator[tuple[Any, Any]]:
        holds = self.world.book.holds
        found = {row[0]: row for row in execute_prepared(_HOLDS, [self.world.issued_ids()])}
        for id_ in holds.keys() | found.keys():
            yield found.get(id_), _hold_row(holds[id_]) if id_ in holds else None

    def _subjects(self) -> Iterator[tuple[Any, Any]]:
        """Compare counters as they stand today: an ended window is zero, whether or not it was written yet."""
        now = clock.now()
        rows = execute_prepared(_SUBJECTS, [list(self.world.book.subjects)]).fetchall()
        for id_, counted_on, *used in rows:
            subject = self.world.book.subjects[id_]
            today, state = now.astimezone(subject.zone).date(), subject.state
            expected = subject.used_on(today)
            subject.state = counted_on, tuple(used)
            found = subject.used_on(today)
            subject.state = state
            yield (id_, found), (id_, expected)

    def _lines(self) -> Iterator[tuple[Any, Any]]:
        expected: dict[int, list[tuple[Any, ...]]] = {id_: [] for id_ in self.world.book.accounts}
        for line in self.world.book.lines:
            expected[line.account_id].append(_line_row(line))
        for id_, lines in expected.items():
            found = execute_prepared(_LINES, [id_]).fetchall()
            if found != lines:
                yield len(found), len(lines)
                yield from zip(found, lines, strict=False)

    def _entries(self) -> Iterator[tuple[Any, Any]]:
        entries = self.world.book.entries
        found = {row[0]: row for row in execute_prepared(_ENTRIES, [self.world.issued_ids()])}
        for id_ in entries.keys() | found.keys():
            yield found.get(id_), self._entry_row(entries[id_]) if id_ in entries else None

    def _entry_row(self, item: Item) -> tuple[Any, ...]:
        legs = item.legs if isinstance(item, Post | Capture) else ()
        counts = item.counts if isinstance(item, Post | Reserve) else ()
        if isinstance(item, Reverse):
            original = self.world.book.entries[item.original_id]
            assert isinstance(original, Post | Capture)
            legs = tuple(original.legs[::-1])
        sides = [[leg.debit_account_id for leg in legs], [leg.credit_account_id for leg in legs]]
        if isinstance(item, Reverse):
            sides.reverse()
        hold_id = item.hold_id if isinstance(item, Capture | Release | Expire) else None
        return (
            item.id,
            _OPERATIONS[type(item)],
            item.kind,
            *sides,
            [leg.amount_minor for leg in legs],
            item.id if isinstance(item, Reserve) else hold_id,
            isinstance(item, Release | Expire) or (isinstance(item, Capture) and item.final),
            item.original_id if isinstance(item, Reverse) else None,
            [count.subject_id for count in counts] or None,
            [count.amount_minor for count in counts] or None,
        )


def _hold_row(hold: Hold) -> tuple[Any, ...]:
    return (
        hold.id,
        hold.account.id,
        hold.amount_minor,
        hold.captured_minor,
        int(hold.status),
        hold.booked_at,
        hold.expires_at,
        [count.subject_id for count in hold.counts] or None,
        [count.amount_minor for count in hold.counts] or None,
    )


def _line_row(line: Line) -> tuple[Any, ...]:
    return line.account_id, line.sequence, line.entry_id, line.leg, line.amount_minor, line.balance_minor
