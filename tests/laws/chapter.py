"""A chapter of the long story: a world of its own, phases of calls on several connections, the clock between them."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from okpay.base import clock
from okpay.ledger import actions
from okpay.ledger.records import AccountStatus, Limits, Outcome
from tests.laws.crew import Crew
from tests.laws.plan import Call, Planner
from tests.laws.referee import Referee
from tests.laws.world import World, open_world

MAINTENANCE_CALLS = 12


@dataclass(frozen=True, slots=True)
class Phase:
    """What changes before the next calls: time passes, an account of each group is frozen or a limit raised."""

    share: float
    advance: timedelta = timedelta(0)
    status: tuple[str, AccountStatus] | None = None
    limits: tuple[str, Limits] | None = None


PHASES = (
    Phase(0.3),
    Phase(0.2, timedelta(hours=13), ("bob", AccountStatus.FROZEN)),
    Phase(0.2, timedelta(days=3), ("bob", AccountStatus.NO_DEBIT)),
    Phase(0.2, timedelta(days=20), ("bob", AccountStatus.ACTIVE), ("year", Limits(per_year_minor=30_000))),
    Phase(0.1, timedelta(days=40)),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Told:
    """What came of a chapter."""

    operations: int
    calls: int
    outcomes: Counter[Outcome]
    conflicts: Counter[str]
    misses: list[str]


def tell(
    *,
    seed: str,
    operations: int,
    items_per_call: int,
    crew: Crew,
    groups: int,
    posted: Callable[[int], None] = lambda items: None,
) -> Told:
    """Plan and make the calls of a chapter on all connections of a crew, and judge every one of them.

    One group means that every call waits for every other one; more let calls run side by side.
    """
    rng = random.Random(seed)
    world = open_world(groups, rng)
    referee, conflicts = Referee(world), len(crew.conflicts)
    _alone(crew, referee, [Call((number,), [*world.funding(number)]) for number in range(groups)], posted)
    planner = Planner(world, rng, clock.now())
    for number, phase in enumerate(PHASES):
        _change(world, phase)
        calls = max(1, round(operations * phase.share / items_per_call / crew.size))
        plan = planner.phase(calls, crew.size, items_per_call)
        crew.work(plan, posted)
        referee.follow(plan)
        if number == 1:
            _maintain(crew, referee, planner, items_per_call, posted)
    referee.compare()
    return Told(
        referee.operations,
        referee.calls,
        referee.outcomes,
        Counter(crew.conflicts[conflicts:]),
        referee.misses,
    )


def _maintain(
    crew: Crew, referee: Referee, planner: Planner, items_per_call: int, posted: Callable[[int], None]
) -> None:
    """Make a few calls while the ledger accepts holds only: without markers, so on one connection."""
    (calls,) = planner.phase(MAINTENANCE_CALLS, 1, max(items_per_call, 10))
    actions.set_holds_only(True)
    referee.world.book.holds_only = True
    try:
        _alone(crew, referee, calls, posted)
    finally:
        actions.set_holds_only(False)
        referee.world.book.holds_only = False


def _alone(crew: Crew, referee: Referee, calls: list[Call], posted: Callable[[int], None]) -> None:
    crew.work([calls], posted)
    referee.follow_one(calls)


def _change(world: World, phase: Phase) -> None:
    if phase.advance:
        clock.advance(phase.advance)
    for group in world.groups:
        if phase.status is not None:
            name, status = phase.status
            actions.set_account_status(account_id=group.accounts[name], status=status)
            world.book.accounts[group.accounts[name]].status = status
        if phase.limits is not None:
            name, limits = phase.limits
            actions.set_limits(subject_id=group.subjects[name], limits=limits)
            world.book.subjects[group.subjects[name]].limits = limits
