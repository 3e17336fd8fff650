"""A Hypothesis state machine: it looks for the shortest story in which the ledger and the model part."""

from __future__ import annotations

import random
from datetime import timedelta
from typing import TypeVar
from uuid import UUID

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, precondition, rule

from okpay.base import clock
from okpay.ledger import actions
from okpay.ledger.records import (
    MAX_MINOR,
    AccountStatus,
    Capture,
    Count,
    Expire,
    Item,
    Leg,
    Limits,
    Post,
    Release,
    Reserve,
    Reverse,
)
from tests.laws.crew import Crew
from tests.laws.plan import Call
from tests.laws.referee import Referee
from tests.laws.world import open_world

CONNECTIONS = 4
NAMES = ("ann", "bob", "till", "credit_line", "fees", "euros", "rich")
AMOUNTS = st.one_of(
    st.integers(1, 300), st.integers(1, 30_000), st.sampled_from((0, -1, MAX_MINOR, MAX_MINOR + 1))
)
T = TypeVar("T")


class LedgerMachine(RuleBasedStateMachine):
    """Calls on four connections at once, and what staff may do between them."""

    def __init__(self) -> None:
        super().__init__()
        self.world = open_world(1, random.Random(0))
        self.referee = Referee(self.world)
        self.crew = Crew(CONNECTIONS)
        self.items: list[Item] = []
        self.group = self.world.groups[0]
        self._call_alone(list(self.world.funding(0)))

    @rule(data=st.data())
    def everybody_calls(self, data: st.DataObject) -> None:
        """Let each connection make a call, all at the same moment."""
        plan = []
        for _ in range(data.draw(st.integers(1, CONNECTIONS))):
            call = Call((0,), [self.world.marker((0,))])
            for _ in range(data.draw(st.integers(1, 4))):
                call.items.append(self._item(data, call.items[1:]))
            plan.append([call])
        self.crew.work(plan)
        self.referee.follow(plan)
        self.items += [item for (call,) in plan for item in call.items[1:]]
        assert not self.referee.misses, self.referee.misses

    @rule(data=st.data())
    def somebody_repeats_a_reservation(self, data: st.DataObject) -> None:
        """Send a reservation again, alone: whoever captures it at the same moment may come too early."""
        reserves = [item for item in self.items if isinstance(item, Reserve)]
        if reserves:
            self._call_alone([self.world.marker((0,)), data.draw(st.sampled_from(reserves))])

    @rule(data=st.data())
    def maintenance(self, data: st.DataObject) -> None:
        """Make a call while only holds are accepted."""
        items = [self._item(data, []) for _ in range(3)]
        actions.set_holds_only(True)
        self.world.book.holds_only = True
        try:
            self._call_alone(items)
        finally:
            actions.set_holds_only(False)
            self.world.book.holds_only = False
        self.items += items

    @rule(
        name=st.sampled_from(("ann", "bob", "till")),
        status=st.sampled_from((AccountStatus.ACTIVE, AccountStatus.NO_DEBIT, AccountStatus.FROZEN)),
    )
    def set_status(self, name: str, status: AccountStatus) -> None:
        """Freeze an account, or let it go."""
        account_id = self.group.accounts[name]
        actions.set_account_status(account_id=account_id, status=status)
        self.world.book.accounts[account_id].status = status

    @rule(name=st.sampled_from(("day", "free")), most=st.none() | st.integers(0, 2_000))
    def set_limit(self, name: str, most: int | None) -> None:
        """Set a limit, also below what was used."""
        limits = Limits(per_movement_minor=300, per_day_minor=most, per_year_minor=20_000)
        actions.set_limits(subject_id=self.group.subjects[name], limits=limits)
        self.world.book.subjects[self.group.subjects[name]].limits = limits

    @rule(hours=st.sampled_from((1, 7, 24, 24 * 8, 24 * 33)))
    def pass_time(self, hours: int) -> None:
        """Let time pass: holds run out, windows end."""
        clock.advance(timedelta(hours=hours))

    @precondition(lambda self: self.items)
    @rule()
    def compare(self) -> None:
        """Compare every row."""
        self.referee.compare()
        assert not self.referee.misses, self.referee.misses

    def teardown(self) -> None:
        """Compare every row once more."""
        try:
            self.compare()
        finally:
            self.crew.__exit__(None, None, None)

    def _call_alone(self, items: list[Item]) -> None:
        call = Call((0,), items)
        self.crew.work([[call]])
        self.referee.follow_one([call])
        assert not self.referee.misses, self.referee.misses

    def _item(self, data: st.DataObject, call: list[Item]) -> Item:
        kinds = ("post", "post", "reserve", "capture", "capture", "release", "expire", "reverse", "again")
        kind = data.draw(st.sampled_from(kinds))
        id_ = self.world.new_id()
        if kind == "reserve":
            lasting = timedelta(hours=data.draw(st.sampled_from((-1, 2, 30, 9_000))))
            account, amount = self._account(data), data.draw(AMOUNTS)
            return Reserve(
                id_, "law.reserve", account, amount, clock.now() + lasting, self._counts(data, amount)
            )
        if kind == "again":
            return self._again(data, call)
        if kind == "reverse":
            return Reverse(id_, "law.reverse", self._of(data, [*self.items, *call], id_))
        if kind == "post":
            legs = self._legs(data)
            return Post(id_, "law.post", legs, self._counts(data, legs[0].amount_minor) if legs else ())
        hold_id = self._of(data, [item for item in [*self.items, *call] if isinstance(item, Reserve)], id_)
        if kind == "capture":
            return Capture(id_, "law.capture", hold_id, self._legs(data, hold_id), data.draw(st.booleans()))
        make = Release if kind == "release" else Expire
        return make(id_, "law.close", hold_id)

    def _again(self, data: st.DataObject, call: list[Item]) -> Item:
        known = call + [item for item in self.items if not isinstance(item, Reserve)]
        if not known:
            return Post(self.world.new_id(), "law.post", self._legs(data))
        item = data.draw(st.sampled_from(known))
        if isinstance(item, Post) and data.draw(st.booleans()):
            return Post(item.id, item.kind, self._legs(data), item.counts)
        return item

    def _of(self, data: st.DataObject, items: list[Item], otherwise: UUID) -> UUID:
        return data.draw(st.sampled_from(items)).id if items else otherwise

    def _legs(self, data: st.DataObject, hold_id: UUID | None = None) -> tuple[Leg, ...]:
        legs = [
            Leg(self._account(data), self._account(data), data.draw(AMOUNTS))
            for _ in range(data.draw(st.integers(0, 3)))
        ]
        hold = next((item for item in self.items if item.id == hold_id), None)
        if isinstance(hold, Reserve):
            amount = data.draw(st.integers(1, max(1, min(hold.amount_minor, 400))))
            legs[:1] = [Leg(hold.account_id, self._account(data), amount)]
        return tuple(legs)

    def _account(self, data: st.DataObject) -> int:
        return self.group.accounts[data.draw(st.sampled_from(NAMES))]

    def _counts(self, data: st.DataObject, amount_minor: int) -> tuple[Count, ...]:
        names = data.draw(st.lists(st.sampled_from(sorted(self.group.subjects)), max_size=2, unique=True))
        return tuple(Count(self.group.subjects[name], amount_minor) for name in names)


LedgerMachine.TestCase.settings = settings(
    max_examples=30,
    stateful_step_count=20,
    deadline=None,
    database=None,
    suppress_health_check=list(HealthCheck),
)
TestLedgerMachine = LedgerMachine.TestCase
