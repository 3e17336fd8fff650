"""Plan calls of the posting function: everything that can be asked of a ledger, most of it in conflict.

The same seed gives the same plan, however the connections get in each other's way. What refers to an earlier item
(a capture, a reversal, a replay) refers to one that its own connection posted before, or another one's that is at
least `AGE` calls old; no connection runs further ahead of the others than `LEAD` (see `crew.py`).
"""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from itertools import accumulate
from uuid import UUID

from okpay.ledger.records import (
    MAX_MINOR,
    Capture,
    Count,
    Expire,
    Item,
    Leg,
    Post,
    Release,
    Reserve,
    Result,
    Reverse,
    Side,
)
from tests.laws.world import ACCOUNTS, World

LEAD = 8
"""How many calls a connection may be ahead of the slowest one."""
AGE = 2 * LEAD
"""How old another connection's item is before it is referred to: nobody tries it for the first time by then."""
REMEMBERED = 120
SINGLE = 0.1
"""How many calls are of one plain item, which has an express lane of its own."""
UNKNOWN_ACCOUNT = 7
UNKNOWN_SUBJECT = 8
ODD_AMOUNTS = (0, -1, MAX_MINOR, MAX_MINOR + 1, 2**63 - 1, 2**63, -(2**63), 10**30)
LASTING = (timedelta(hours=-1), timedelta(hours=1), timedelta(days=2), timedelta(days=400))
Scope = tuple[int, ...]
"""The groups that a call touches, in ascending order."""


@dataclass(slots=True)
class Call:
    """One list of items for the posting function, and what came of it."""

    groups: Scope
    items: list[Item]
    results: list[Result] = field(default_factory=list)
    began: float = 0
    ended: float = 0
    """On the clock of this process, before the first try and after the commit."""

    @property
    def free(self) -> list[Item]:
        """The items that others may refer to: all but the marker."""
        return self.items[1:] if len(self.items) > 1 else self.items


@dataclass(slots=True)
class Known:
    """The latest items of some groups that may be referred to."""

    items: list[Item] = field(default_factory=list)
    reserves: list[Reserve] = field(default_factory=list)

    def remember(self, item: Item) -> None:
        """Keep an item, and forget the oldest."""
        self.items.append(item)
        del self.items[:-REMEMBERED]
        if isinstance(item, Reserve):
            self.reserves.append(item)
            del self.reserves[:-REMEMBERED]


class Planner:
    """Plans the calls of a workload, connection by connection."""

    def __init__(self, world: World, rng: random.Random, now: datetime) -> None:
        self.world, self.rng, self.now = world, rng, now
        self._settled: dict[Scope, Known] = defaultdict(Known)
        self._makers: list[Callable[[Drawing], Item]] = [
            _post, _reserve, _capture, _release, _expire, _reverse, _replay, _reuse, _repeat, _odd
        ]  # fmt: skip
        self._weights = list(accumulate((44, 13, 13, 5, 5, 7, 6, 2, 1.5, 3.5)))
        self._pools: dict[Scope, list[int]] = {}
        self._subjects: dict[Scope, list[int]] = {}

    def phase(self, calls: int, connections: int, items_per_call: int) -> list[list[Call]]:
        """Return what each connection is to call, in its order; call sizes vary around `items_per_call`."""
        plan: list[list[Call]] = [[] for _ in range(connections)]
        own: list[list[Call]] = [[] for _ in range(connections)]
        for number in range(calls):
            for connection, planned in enumerate(plan):
                if number >= AGE:
                    self._settle(planned[number - AGE])
                size = self.rng.randint(1, 2 * items_per_call)
                call = self._call(size, own[connection])
                planned.append(call)
                own[connection] = [*own[connection][-LEAD + 2 :], call]
        for planned in plan:
            for call in planned[-AGE:]:
                self._settle(call)
        return plan

    def draw_account(self, scope: Scope) -> int:
        """Return an account of the groups, hot ones often; seldom one that does not exist."""
        pool = self._pools.get(scope)
        if pool is None:
            pool = self._pools[scope] = [
                self.world.groups[number].accounts[name]
                for number in scope
                for name, (*_, weight) in ACCOUNTS.items()
                for _ in range(weight)
            ]
        return UNKNOWN_ACCOUNT if self.rng.random() < 0.003 else self.rng.choice(pool)

    def draw_counts(self, scope: Scope, amount_minor: int) -> tuple[Count, ...]:
        """Return what an item of this amount counts: mostly nothing, else the amount against one or two subjects."""
        if self.rng.random() > 0.3:
            return ()
        subjects = self._subjects.get(scope)
        if subjects is None:
            subjects = self._subjects[scope] = [
                subject for number in scope for subject in self.world.groups[number].subjects.values()
            ]
        drawn = self.rng.sample(subjects, self.rng.choice((1, 1, 2)))
        if self.rng.random() < 0.02:
            drawn.append(UNKNOWN_SUBJECT)
        # Another currency, another amount: what a part of the hold is worth then has to be rounded.
        more = self.rng.randint(0, 9) if 1 <= amount_minor <= MAX_MINOR - 9 else 0
        return tuple(Count(subject, amount_minor + more) for subject in drawn)

    def known(self, scope: Scope) -> Known:
        """Return what any connection may refer to in a call that touches these groups."""
        parts = [self._settled[scope]]
        if len(scope) > 1:
            parts += [self._settled[number,] for number in scope]
        return self.rng.choice(parts)

    def _call(self, size: int, own: Sequence[Call]) -> Call:
        groups = len(self.world.groups)
        scope: Scope = (self.rng.randrange(groups),)
        if groups > 1 and self.rng.random() < 0.2:
            scope = tuple(sorted(self.rng.sample(range(groups), 2)))
        if self.rng.random() < SINGLE:
            return Call(scope[:1], [self._single(scope[:1])])
        call = Call(scope, [self.world.marker(scope)])
        inside = [earlier for earlier in own if set(earlier.groups) <= set(scope)]
        drawing = Drawing(self, scope, call.items, [item for earlier in inside for item in earlier.free])
        for _ in range(size):
            maker = self.rng.choices(self._makers, cum_weights=self._weights)[0]
            call.items.append(maker(drawing))
        return call

    def _single(self, scope: Scope) -> Post:
        """Return a plain item to be posted alone, between an account and its group's marker."""
        ends = [self.world.groups[scope[0]].marker, self.draw_account(scope)]
        self.rng.shuffle(ends)
        amount = self.rng.randint(1, 500)
        counts = self.draw_counts(scope, amount)
        return Post(self.world.new_id(), "law.single", (Leg(ends[0], ends[1], amount),), counts)

    def _settle(self, call: Call) -> None:
        known = self._settled[call.groups]
        for item in call.free:
            known.remember(item)


@dataclass(slots=True)
class Drawing:
    """What the makers draw from: the planner's luck, the items of this call, and those of this connection lately."""

    planner: Planner
    scope: Scope
    call: list[Item]
    own: list[Item]

    @property
    def rng(self) -> random.Random:
        return self.planner.rng

    def new_id(self) -> UUID:
        return self.planner.world.new_id()

    def amount(self) -> int:
        return self.rng.randint(1, 500)

    def account(self) -> int:
        return self.planner.draw_account(self.scope)

    def leg(self) -> Leg:
        debit, credit = self.account(), self.account()
        while credit == debit:
            credit = self.account()
        return Leg(debit, credit, self.amount())

    def earlier(self) -> Item | None:
        """Return an item that may be sent again: of this connection, or somebody else's that is no reservation."""
        if self.own and self.rng.random() < 0.5:
            return self.rng.choice(self.own)
        items = self.planner.known(self.scope).items
        item = self.rng.choice(items) if items else None
        return None if isinstance(item, Reserve) else item

    def hold(self) -> Reserve | None:
        """Return a reservation, of this call, of this connection, or of anybody."""
        luck = self.rng.random()
        if luck < 0.4:
            nearby = self.call[1:] if luck < 0.1 else self.own[-40:]
            found: list[Reserve] = [item for item in nearby if isinstance(item, Reserve)]
        else:
            found = self.planner.known(self.scope).reserves[-25:]
        return self.rng.choice(found) if found else None


def _post(draw: Drawing) -> Item:
    legs = tuple(draw.leg() for _ in range(draw.rng.choice((1, 1, 1, 1, 2, 3))))
    return Post(draw.new_id(), "law.post", legs, draw.planner.draw_counts(draw.scope, legs[0].amount_minor))


def _reserve(draw: Drawing) -> Item:
    amount, deadline = draw.amount(), draw.planner.now + draw.rng.choice(LASTING)
    counts = draw.planner.draw_counts(draw.scope, amount)
    return Reserve(draw.new_id(), "law.reserve", draw.account(), amount, deadline, counts)


def _capture(draw: Drawing) -> Item:
    hold = draw.hold()
    if hold is None:
        return Capture(draw.new_id(), "law.capture", draw.new_id(), (draw.leg(),))
    luck = draw.rng.random()
    amount = max(1, hold.amount_minor)
    if luck < 0.7:
        amount = draw.rng.randint(1, amount)
    elif luck < 0.75:
        amount += 1
    account = draw.planner.world.book.accounts.get(hold.account_id)
    target = draw.account()
    if account is not None and account.side is Side.CREDIT:
        legs = [Leg(hold.account_id, target, amount)]
    else:
        legs = [Leg(target, hold.account_id, amount)]
    if luck > 0.95:
        legs.insert(draw.rng.randrange(2), draw.leg())
    elif luck > 0.88:
        legs = [draw.leg()]
    return Capture(draw.new_id(), "law.capture", hold.id, tuple(legs), draw.rng.random() < 0.6)


def _release(draw: Drawing) -> Item:
    hold = draw.hold()
    return Release(draw.new_id(), "law.release", draw.new_id() if hold is None else hold.id)


def _expire(draw: Drawing) -> Item:
    hold = draw.hold()
    return Expire(draw.new_id(), "law.expire", draw.new_id() if hold is None else hold.id)


def _reverse(draw: Drawing) -> Item:
    original = draw.rng.choice(draw.call[1:]) if len(draw.call) > 1 and draw.rng.random() < 0.1 else None
    known = draw.planner.known(draw.scope).items[-20:] if draw.rng.random() < 0.6 else draw.own[-20:]
    if original is None and known:
        original = draw.rng.choice(known)
    return Reverse(draw.new_id(), "law.reverse", draw.new_id() if original is None else original.id)


def _replay(draw: Drawing) -> Item:
    return draw.earlier() or _post(draw)


def _reuse(draw: Drawing) -> Item:
    earlier = draw.earlier()
    return _post(draw) if earlier is None else _altered(earlier, draw)


def _repeat(draw: Drawing) -> Item:
    if len(draw.call) == 1:
        return _post(draw)
    item = draw.rng.choice(draw.call[1:])
    return item if draw.rng.random() < 0.6 else _altered(item, draw)


def _altered(item: Item, draw: Drawing) -> Item:
    """Return another item under the same id, in the same groups: who refers to it finds only these."""
    if isinstance(item, Post | Capture) and item.legs and draw.rng.random() < 0.6:
        *others, last = item.legs
        return replace(item, legs=(*others, replace(last, amount_minor=draw.amount())))
    if isinstance(item, Reserve) and draw.rng.random() < 0.6:
        return replace(item, amount_minor=draw.amount())
    return replace(item, kind="law.altered")


def _odd(draw: Drawing) -> Item:
    """Return an item that no ledger should take."""
    odd, leg, id_ = draw.rng.choice(ODD_AMOUNTS), draw.leg(), draw.new_id()
    same = Leg(leg.debit_account_id, leg.debit_account_id, leg.amount_minor)
    count = draw.planner.draw_counts(draw.scope, odd)
    return draw.rng.choice((
        Post(id_, "law.odd", ()),
        Post(id_, "law.odd", (leg, replace(leg, amount_minor=odd))),
        Post(id_, "law.odd", (leg, same)),
        Post(id_, "law.odd", (same, replace(leg, amount_minor=odd))),
        Post(id_, "law.odd", (leg,), count),
        Reserve(id_, "law.odd", draw.account(), odd, draw.planner.now + LASTING[-1]),
        Capture(id_, "law.odd", id_, ()),
        Capture(id_, "law.odd", id_, (same,)),
    ))  # fmt: skip
