"""A Hypothesis state machine over a town: it looks for the shortest story after which something does not agree.

Several residents run one errand each at the same moment, on connections of their own; in between everything is
compared. What each does follows from numbers that Hypothesis draws and makes smaller.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from functools import partial

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule

from okpay.base import clock
from okpay.base.database import execute_prepared
from okpay.ledger import actions as ledger
from okpay.movements.records import State
from okpay.transfers import actions
from tests.laws.agreement import disagreements
from tests.laws.crew import Crew
from tests.laws.scratch import scratch_database, using
from tests.laws.town import ERRANDS, Resident, calm, open_town

CONNECTIONS = 3
TOGETHER = sorted(set(ERRANDS) - {"maintain"})


class TownMachine(RuleBasedStateMachine):
    """Errands on three connections at once, and what the operator may do between them."""

    def __init__(self) -> None:
        super().__init__()
        self.stack = ExitStack()
        self.database = self.stack.enter_context(scratch_database("machine"))
        self.stack.enter_context(using(self.database))
        self.town = open_town(7)
        self.crew = Crew(CONNECTIONS)
        self.residents = [Resident(self.town, random.Random(number)) for number in range(CONNECTIONS)]

    @rule(
        errands=st.lists(
            st.tuples(st.sampled_from(TOGETHER), st.integers(0, 2**16)), min_size=1, max_size=CONNECTIONS
        )
    )
    def everybody_runs_an_errand(self, errands: list[tuple[str, int]]) -> None:
        """Let each do something, all at the same moment."""
        acts = []
        for resident, (name, number) in zip(self.residents, errands, strict=False):
            resident.chance.seed(number)
            acts.append(partial(ERRANDS[name][1], resident))
        self._at_once(acts)

    @rule(number=st.integers(0, 2**16))
    def maintenance_begins_in_the_middle(self, number: int) -> None:
        """Begin maintenance while two others send and settle, and end it."""
        for resident in self.residents:
            resident.chance.seed(number)
        self._at_once(
            [
                lambda: ledger.set_holds_only(True),
                self.residents[1].send,
                self.residents[2].settle,
            ]
        )
        ledger.set_holds_only(False)

    @rule()
    def everything_agrees(self) -> None:
        """Compare all there is."""
        assert not (found := disagreements()), found

    @rule()
    def nothing_is_due_twice(self) -> None:
        """Go on until nothing is due, and make sure that there is an end to it."""
        now = clock.now()
        rounds = 0
        while actions.settle_once(now=now):
            rounds += 1
            assert rounds < 100

    def teardown(self) -> None:
        """Let everything end that was begun, and compare once more."""
        try:
            calm(self.town)
            cancelled = [id_ for resident in self.residents for id_ in resident.cancelled]
            row = execute_prepared(
                "SELECT id, state FROM movements_movement WHERE id = ANY (%s) AND state <> %s LIMIT 1",
                [cancelled, int(State.CANCELLED)],
            ).fetchone()
            assert row is None, f"was cancelled, and is not: {row}"
            self.everything_agrees()
        finally:
            self.crew.__exit__(None, None, None)
            self.stack.close()

    def _at_once(self, acts: Sequence[Callable[[], None]]) -> None:
        def elsewhere(act: Callable[[], None]) -> None:
            with using(self.database):
                act()

        self.crew.at_once([partial(elsewhere, act) for act in acts])


TownMachine.TestCase.settings = settings(
    max_examples=8,
    stateful_step_count=14,
    deadline=None,
    database=None,
    derandomize=True,
    suppress_health_check=list(HealthCheck),
)
TestTownMachine = TownMachine.TestCase
