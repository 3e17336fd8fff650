"""The proof of chaos, in small: it must come to an end without a miss, and its judgement must see what is wrong."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

from okpay.base.ids import new_uuid7
from okpay.movements.records import State
from prove import chaos_judgement
from prove.chaos_clients import Tale, Told
from tests.factories.movements import top_up
from tests.postgres import HOME, ROOT


def test_a_few_kills_lose_nothing(tmp_path: Path) -> None:
    output = tmp_path / "chaos.json"
    words = ["--top-ups", "10", "--transfers", "25", "--people", "4", "--pause", "5", "--seed", "11"]

    done = subprocess.run(
        [sys.executable, "-m", "prove", "chaos", *words, "--output", str(output)],
        cwd=ROOT,
        env={**os.environ, "OKPAY_PROVE_HOME": str(HOME / "prove-chaos")},
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stdout + done.stderr
    found = json.loads(output.read_text())
    assert found["misses"] == []
    assert (
        found["counts"]["told"]["top-up accepted"] == found["counts"]["movements_by_state"]["top-up 10"] == 10
    )
    assert found["counts"]["told"]["transfer accepted"] == 25
    assert sum(found["counts"]["kills"].values()) >= 1


def test_what_was_accepted_and_is_not_there_is_a_miss() -> None:
    key = new_uuid7()
    misses = chaos_judgement._told(Tale(told={key: Told("transfer", 5_00, "accepted")}))
    assert any(str(key) in miss for miss in misses)


def test_what_has_not_ended_is_a_miss() -> None:
    unfinished = top_up(new_uuid7(), state=State.PROCESSING)
    assert (
        any(str(unfinished.id) in miss for miss in chaos_judgement._pasts())
        or len(chaos_judgement._pasts()) >= 20
    )


def test_cards_that_were_charged_for_nothing_are_a_miss() -> None:
    # These movements stand in no book: what people have and what was charged for them differ.
    top_up(new_uuid7())
    assert chaos_judgement._sums()
