"""The proof by kills, in small: it must come to an end without a miss, and its judgement must see what is wrong."""

import json
import os
import subprocess
import sys
from pathlib import Path

from okpay.base.ids import new_uuid7
from okpay.ledger.records import Capture, Leg, Outcome, Post, Reserve
from prove.book import DEADLINE, FUNDS_MINOR, expected
from prove.journal import Journal, Story
from tests.postgres import HOME, ROOT


def test_three_kills_lose_nothing(tmp_path: Path) -> None:
    output = tmp_path / "kills.json"

    done = subprocess.run(
        [sys.executable, "-m", "prove", "kills", "--times", "3", "--seed", "7", "--output", str(output)],
        cwd=ROOT,
        env={**os.environ, "OKPAY_PROVE_HOME": str(HOME / "prove")},
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stdout + done.stderr
    found = json.loads(output.read_text())
    assert found["misses"] == []
    assert sum(found["counts"]["kills"].values()) == 3
    assert found["counts"]["acknowledged"] == found["counts"]["entries"] > 0


def test_a_journal_remembers_what_is_in_doubt(tmp_path: Path) -> None:
    path = tmp_path / "client.journal"
    done, lost = (Post(new_uuid7(), "transfer", (Leg(1, 2, 5),)) for _ in range(2))
    journal = Journal(path)
    journal.sent(done)
    journal.answered(done, Outcome.POSTED)
    journal.sent(lost)
    with path.open("a") as file:
        file.write("sent Post {")
    Journal(path).again(lost)

    story = Story()
    story.read(path)

    assert story.in_doubt() == [lost]
    assert story.accepted() == [done]
    assert story.doubtful == {lost.id}


def test_what_the_book_must_look_like() -> None:
    reserve = Reserve(new_uuid7(), "reserve", 1, 30, DEADLINE)
    open_ = Reserve(new_uuid7(), "reserve", 3, 7, DEADLINE)
    capture = Capture(new_uuid7(), "capture", reserve.id, (Leg(1, 2, 20),))

    balances, held = expected([reserve, open_, capture])

    assert balances[1] == FUNDS_MINOR - 20
    assert balances[2] == FUNDS_MINOR + 20
    assert held == {3: 7}
