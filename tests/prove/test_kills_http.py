"""The proof by kills over HTTP, in small: it must come to an end without a miss, and see what is wrong."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

from okpay.base.ids import new_uuid7
from prove import http_judgement
from prove.http_journal import Answer, Journal, Order, Story
from prove.http_people import Holder
from tests.factories.transfers import new_holder, sent
from tests.postgres import HOME, ROOT

BEN = "ben@example.com"


def test_one_kill_of_each_kind_loses_nothing(tmp_path: Path) -> None:
    output = tmp_path / "kills-http.json"
    words = ["--http", "--times", "1", "--clients", "8", "--keys", "4", "--at-once", "10", "--again", "50"]

    done = subprocess.run(
        [sys.executable, "-m", "prove", "kills", *words, "--seed", "5", "--output", str(output)],
        cwd=ROOT,
        env={**os.environ, "OKPAY_PROVE_HOME": str(HOME / "prove-http")},
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stdout + done.stderr
    found = json.loads(output.read_text())
    assert found["misses"] == []
    assert found["counts"]["kills"] == {"api": 1, "program": 1, "postgresql": 1, "backend": 1}
    assert found["counts"]["keys"] > 50
    assert found["counts"]["movements"]["completed"] > 0


def test_a_journal_tells_what_was_asked_and_answered(tmp_path: Path) -> None:
    once, lost = _order(), _order()
    body = json.dumps({"id": "x", "state": "completed", "total": {"amount": 5}, "request_id": "1"}).encode()
    journal = Journal(tmp_path / "one.journal")
    journal.sent(once)
    journal.again(once)
    journal.answered(once, Answer.of(503, b'{"code": "database_unavailable"}'), 1.0, is_replay=False)
    journal.answered(once, Answer.of(201, body), 2.5, is_replay=True)
    journal.twice(once)
    journal.answered(once, Answer.of(201, body.replace(b'"1"', b'"2"')), 0.1, is_replay=True)
    journal.sent(lost)
    journal.close()

    story = _read(tmp_path)

    answer = story.told[once.key].answer
    assert answer is not None
    assert (answer.status, answer.made) == (201, (("x", "completed", 5),))
    assert story.told[once.key].order == once
    assert story.told[lost.key].answer is None
    assert (story.doubtful, story.longest_seconds, story.misses) == ({once.key}, 2.5, [])
    assert story.counts["in doubt and found done"] == 1


def test_another_answer_to_the_same_key_is_a_miss(tmp_path: Path) -> None:
    order = _order()
    journal = Journal(tmp_path / "one.journal")
    journal.sent(order)
    for code in (b"funds_missing", b"key_reused"):
        journal.answered(order, Answer.of(422, b'{"code": "%s"}' % code), 0.1, is_replay=False)
    journal.close()
    assert len(_read(tmp_path).misses) == 1


def test_what_was_told_and_is_not_so_is_a_miss(tmp_path: Path) -> None:
    anna, ben = new_holder(available_minor=100_00), new_holder()
    movement = sent(anna, ben.email, 5_00)
    payer = Holder(0, anna.customer.id, anna.user.email, "", anna.wallet.available_account_id, 100_00)
    rows = {str(movement.id): (anna.customer.id, ben.customer.id, 5_00, 0, "completed")}

    def misses(*told: tuple[int, str, str, int]) -> list[str]:
        journal = Journal(tmp_path / "one.journal")
        for minor, id_, state, total in told:
            order = Order(str(new_uuid7()), "transfer", 0, ((BEN, minor, 0),))
            journal.sent(order)
            answer = Answer(201, "", "", ((id_, state, total),))
            journal.answered(order, answer, 0.1, is_replay=False)
        journal.close()
        return list(http_judgement._told(_read(tmp_path), [payer], rows))

    true = (5_00, str(movement.id), "completed", 5_00)
    assert misses(true) == []
    assert "both" in misses(true, true)[0]
    assert "lost" in misses(true, (5_00, "gone", "completed", 5_00))[0]
    assert "asked for 700" in misses((7_00, str(movement.id), "completed", 7_00))[0]
    assert "nobody was told" in misses()[0]
    assert http_judgement._movements()[str(movement.id)] == rows[str(movement.id)]


def _order() -> Order:
    return Order(str(new_uuid7()), "transfer", 0, ((BEN, 5, 0),))


def _read(folder: Path) -> Story:
    story = Story()
    story.read(folder / "one.journal")
    return story
