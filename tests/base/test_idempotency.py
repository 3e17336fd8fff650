"""One effect per key, whoever asks, however often, whatever breaks."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from django.db import DatabaseError, connection, transaction

from okpay.base.database import execute_prepared, mark_posting_call
from okpay.base.errors import BrokenInvariant
from okpay.base.idempotency import (
    AS_PROMISED,
    Answer,
    Claim,
    Conflict,
    Fresh,
    KeyReused,
    Replay,
    Twin,
    canonical_json,
    claim_many,
    hash_of,
    once_each,
    store_answers,
    stored_answer,
)
from tests.base.conftest import Effects, Threads

NOW = datetime(2026, 11, 23, tzinfo=UTC)


def _claim(key: str, *, principal: uuid.UUID, body: object = 1, operation: str = "send") -> Claim:
    return Claim(principal, key, operation, hash_of(body))


def _act(effects: Effects, claims: list[Claim]) -> list[Answer | KeyReused]:
    def decide(fresh: list[int]) -> list[Answer]:
        effects.write([claims[index].key for index in fresh])
        return [{"done": claims[index].key} for index in fresh]

    with transaction.atomic():
        return once_each(claims, decide, now=NOW)


def test_the_first_answer_is_given_again(effects: Effects) -> None:
    claim = _claim("k1", principal=effects.owner)
    assert _act(effects, [claim]) == _act(effects, [claim]) == [{"done": "k1"}]
    assert effects.names() == ["k1"]


def test_another_body_or_operation_is_refused_and_changes_nothing(effects: Effects) -> None:
    _act(effects, [_claim("k1", principal=effects.owner)])
    other = [
        _claim("k1", principal=effects.owner, body=2),
        _claim("k1", principal=effects.owner, operation="request"),
    ]
    for claim in other:
        (answer,) = _act(effects, [claim])
        assert isinstance(answer, KeyReused)
        assert answer.code == "key_reused"
    assert effects.names() == ["k1"]


def test_the_same_key_of_another_principal_is_another_key(effects: Effects) -> None:
    answers = _act(
        effects, [_claim("k1", principal=uuid.uuid4()), _claim("k1", principal=uuid.uuid4(), body=2)]
    )
    assert answers == [{"done": "k1"}, {"done": "k1"}]
    assert effects.names() == ["k1", "k1"]


def test_a_list_may_hold_everything_at_once(effects: Effects) -> None:
    mine = effects.owner
    _act(effects, [_claim("old", principal=mine)])
    claims = [
        _claim("new", principal=mine),
        _claim("old", principal=mine),
        _claim("new", principal=mine),
        _claim("new", principal=mine, body=2),
        _claim("old", principal=mine, body=2),
        _claim("new2", principal=mine),
        _claim("old", principal=mine),
    ]
    with transaction.atomic():
        assert claim_many(claims, now=NOW) == [
            Fresh(), Replay({"done": "old"}), Twin(0), Conflict(), Conflict(), Fresh(), Replay({"done": "old"}),
        ]  # fmt: skip
        transaction.set_rollback(True)
    answers = _act(effects, claims)
    assert [answer["done"] if isinstance(answer, dict) else answer.code for answer in answers] == [
        "new", "old", "new", "key_reused", "key_reused", "new2", "old",
    ]  # fmt: skip
    assert effects.names() == ["new", "new2", "old"]


def test_fifty_at_once_with_one_key_make_one_effect(effects: Effects, together: Threads) -> None:
    answers: list[Answer | KeyReused] = []

    def ask() -> None:
        answers.extend(_act(effects, [_claim("k1", principal=effects.owner)]))

    together([ask] * 50)
    assert answers == [{"done": "k1"}] * 50
    assert effects.names() == ["k1"]


def test_lists_with_the_same_keys_in_other_orders_do_not_deadlock(
    effects: Effects, together: Threads
) -> None:
    claims = [_claim(f"k{n:02}", principal=effects.owner) for n in range(40)]

    def forwards() -> None:
        assert len(_act(effects, claims)) == 40

    def backwards() -> None:
        assert len(_act(effects, claims[::-1])) == 40

    together([forwards, backwards] * 4)
    assert effects.names() == sorted(claim.key for claim in claims)


def test_a_crash_before_the_commit_leaves_no_stuck_key(effects: Effects, kill: Callable[[int], None]) -> None:
    claims = [_claim("k1", principal=effects.owner)]
    with pytest.raises(DatabaseError), transaction.atomic():
        _die_while_holding(claims, kill)
    connection.close()
    assert _act(effects, claims) == [{"done": "k1"}]


def _die_while_holding(claims: list[Claim], kill: Callable[[int], None]) -> None:
    claim_many(claims, now=NOW)
    row = execute_prepared("SELECT pg_backend_pid()").fetchone()
    assert row is not None
    kill(row[0])
    store_answers([(claims[0], {})])


def test_whoever_waits_gets_the_rivals_answer_or_takes_over(effects: Effects, together: Threads) -> None:
    claimed, rolled_back = threading.Event(), threading.Event()
    claim = _claim("k1", principal=effects.owner)

    def give_up() -> None:
        with transaction.atomic():
            claim_many([claim], now=NOW)
            claimed.set()
            rolled_back.wait(0.2)
            transaction.set_rollback(True)

    def wait_for_it() -> None:
        claimed.wait(10)
        assert _act(effects, [claim]) == [{"done": "k1"}]

    together([give_up, wait_for_it])
    assert effects.names() == ["k1"]


def test_answers_may_follow_the_posting_call(effects: Effects) -> None:
    claim = _claim("k1", principal=effects.owner)
    with transaction.atomic():
        claim_many([claim], now=NOW)
        mark_posting_call()
        store_answers([(claim, {"text": '五 " \\ \u2028 {}'})])
    assert _act(effects, [claim]) == [{"text": '五 " \\ \u2028 {}'}]


def test_a_key_without_an_answer_is_our_own_mistake(effects: Effects) -> None:
    claim = _claim("k1", principal=effects.owner)
    with transaction.atomic():
        claim_many([claim], now=NOW)
    with pytest.raises(BrokenInvariant, match="without its answer"):
        _act(effects, [claim])
    with pytest.raises(BrokenInvariant, match="0 answers for 1"), transaction.atomic():
        once_each([_claim("k2", principal=effects.owner)], lambda _: [], now=NOW)


def test_an_answer_as_promised_takes_no_row_and_is_given_again(effects: Effects) -> None:
    kept, other = (
        replace(_claim(key, principal=effects.owner), promised=uuid.uuid4()) for key in ("k1", "k2")
    )

    def ask() -> list[Answer | KeyReused]:
        with transaction.atomic():
            # Whoever asks again promises something else: what counts is what the first one promised.
            return once_each([replace(kept, promised=uuid.uuid4()), kept, other], decide, now=NOW)

    def decide(fresh: list[int]) -> list[Answer]:
        return [AS_PROMISED if index == 0 else {"refused": "x"} for index in fresh]

    first = ask()
    assert first == [first[0], first[0], {"refused": "x"}]
    assert first[0] == stored_answer(effects.owner, "k1")
    assert ask() == first
    assert stored_answer(effects.owner, "k2") == {"refused": "x"}
    assert stored_answer(effects.owner, "k3") is None
    rows = execute_prepared(
        "SELECT key FROM base_idempotency_answer WHERE principal = %s", [effects.owner]
    ).fetchall()
    assert rows == [("k2",)]
    with pytest.raises(BrokenInvariant, match="nothing was promised"), transaction.atomic():
        once_each([_claim("k3", principal=effects.owner)], lambda _: [AS_PROMISED], now=NOW)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE base_idempotency_key SET operation = 'x'",
        "DELETE FROM base_idempotency_key",
        "TRUNCATE base_idempotency_key",
        "UPDATE base_idempotency_answer SET answer = '{}'",
        "DELETE FROM base_idempotency_answer",
        "TRUNCATE base_idempotency_answer",
    ],
)
def test_the_running_program_cannot_change_or_forget_a_key(statement: str) -> None:
    with pytest.raises(DatabaseError, match="permission denied"):
        execute_prepared(statement)


def test_a_body_has_one_spelling() -> None:
    # Source: RFC 8785, section 3.2.3 (sorting by UTF-16 code units) and 3.2.2.2 (strings).
    body = {
        "\u20ac": "Euro", "\r": "CR", "\ufb33": "Dalet", "1": "One", "\U0001f600": "Smile", "\u0080": "Control",
        "\u00f6": "Umlaut",
    }  # fmt: skip
    spelled = canonical_json(body).decode()
    assert [name for name in body.values() if name not in spelled] == []
    assert sorted(body.values(), key=spelled.index) == [
        "CR", "One", "Control", "Umlaut", "Euro", "Smile", "Dalet",
    ]  # fmt: skip
    assert spelled.startswith('{"\\r":"CR","1":"One",')
    assert canonical_json({"b": [1, None, True], "a": {"d": 2**63, "c": '\u000f\n"\\/'}}).decode() == (
        '{"a":{"c":"\\u000f\\n\\"\\\\/","d":9223372036854775808},"b":[1,null,true]}'
    )
    assert hash_of({"a": 1, "b": 2}) == hash_of({"b": 2, "a": 1}) != hash_of({"a": "1", "b": 2})
    for wrong in (1.5, {1: 2}, {"a": {1, 2}}, b"x"):
        with pytest.raises(TypeError):
            canonical_json(wrong)
