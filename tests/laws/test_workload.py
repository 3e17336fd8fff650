"""Ten thousand calls, a hundred thousand operations, four connections: the ledger decides as the model does."""

import pytest

from okpay.ledger.records import Outcome
from tests.laws.chapter import tell
from tests.laws.crew import Crew
from tests.laws.invariants import broken_laws

CONNECTIONS = 4
CHAPTERS = 4
OPERATIONS = 100_000
ITEMS_PER_CALL = 10


@pytest.mark.parametrize("chapter", range(CHAPTERS))
def test_every_decision_is_the_model_s(chapter: int) -> None:
    # Odd chapters have one group of accounts, so that every call is in every other one's way; even ones have three.
    with Crew(CONNECTIONS) as crew:
        told = tell(
            seed=f"test {chapter}",
            operations=OPERATIONS // CHAPTERS,
            items_per_call=ITEMS_PER_CALL,
            crew=crew,
            groups=1 if chapter % 2 else 3,
        )
    assert not told.misses, "\n".join(told.misses)
    assert told.operations >= OPERATIONS // CHAPTERS
    assert told.calls >= OPERATIONS // CHAPTERS // ITEMS_PER_CALL
    assert set(told.outcomes) == set(Outcome), set(Outcome) - set(told.outcomes)
    assert not broken_laws()
