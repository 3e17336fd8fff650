"""A town lives for some seconds in three processes: movements, lines, holds, limits, facts and book always agree."""

from tests.laws.scratch import scratch_database
from tests.laws.town_life import live

SECONDS = 12.0


def test_a_town_of_several_processes_agrees_about_its_money() -> None:
    with scratch_database("town") as database:
        lived = live(database, seed=4_104, seconds=SECONDS, processes=3, threads=2)
    assert not lived.misses, "\n".join(lived.misses)
    assert lived.looks >= 2
    assert lived.done["sent"] > 100, lived.done
    assert set(lived.states) == {"COMPLETED", "CANCELLED", "RETURNED"}, lived.states
    assert {"address_not_registered", "recipient_limit", "recipient_frozen", "delayed"} <= set(lived.reasons)
