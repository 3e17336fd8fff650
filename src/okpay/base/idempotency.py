"""Each money action happens once per key, however often it is asked for.

A key belongs to a principal (a user, a merchant, this installation) and stands for one operation with one
body. The claim, the effect and the answer are written in one transaction: there is no key without its answer,
and a crash before the commit leaves nothing behind.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from okpay.base.arrays import byteas, texts, uuids
from okpay.base.database import execute_prepared, named_sql
from okpay.base.errors import BrokenInvariant, Refusal

Answer = dict[str, Any]
"""What was decided, a refusal too, as JSON: ids, numbers and codes."""
AS_PROMISED: Answer = {}
"""The answer that the claim promised: it takes no row of its own."""


class KeyReused(Refusal):
    """The key was used before for another operation or another body."""

    codes = frozenset({"key_reused"})


@dataclass(frozen=True, slots=True)
class Claim:
    """One request to act once: `body_hash` is `hash_of(body)`."""

    principal: UUID
    key: str
    operation: str
    body_hash: bytes
    promised: UUID | None = None
    """What is going to be made if all goes as it does nearly always; kept with the key. See `AS_PROMISED`."""


@dataclass(frozen=True, slots=True)
class Fresh:
    """Nobody used this key before: act, and store the answer in this transaction."""


@dataclass(frozen=True, slots=True)
class Replay:
    """The same request was answered before: give this answer again."""

    answer: Answer


@dataclass(frozen=True, slots=True)
class Twin:
    """The same request stands earlier in this list, at index `first`: its answer is this one's too."""

    first: int


@dataclass(frozen=True, slots=True)
class Conflict:
    """The key was used for something else: refuse with `KeyReused`."""


Standing = Fresh | Replay | Twin | Conflict


_FRESH = Fresh()


def canonical_json(value: Any) -> bytes:
    """Return the one spelling of a JSON value: keys sorted, no white space, UTF-8, integers only.

    Raises: TypeError for a float and whatever else is not JSON.

    Source: RFC 8785, but for numbers, which here are integers and keep every digit.
    """
    return json.dumps(_ordered(value), ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode()


def hash_of(body: Any) -> bytes:
    """Return the SHA-256 of a body's canonical JSON, 32 bytes."""
    return hashlib.sha256(canonical_json(body)).digest()


def claim_many(claims: Sequence[Claim], *, now: datetime) -> list[Standing]:
    """Claim keys, in this transaction and before anything else is locked; tell for each where it stands.

    Waits for a rival who has just claimed one of the keys, and then gives the rival's answer.

    Raises: django.db.OperationalError when a rival takes longer than lock_timeout.
    """
    first_at: dict[tuple[UUID, str], int] = {}
    for index, claim in enumerate(claims):
        first_at.setdefault((claim.principal, claim.key), index)
    firsts = [claims[index] for index in first_at.values()]
    inserted = execute_prepared(
        named_sql("okpay.base", "claim_keys"),
        [
            now,
            uuids([claim.principal for claim in firsts]),
            texts([claim.key for claim in firsts]),
            texts([claim.operation for claim in firsts]),
            byteas([claim.body_hash for claim in firsts]),
            uuids([claim.promised for claim in firsts]),
        ],
    )
    if inserted.rowcount == len(claims):
        return [_FRESH] * len(claims)
    fresh = {(principal, key) for principal, key in inserted}
    earlier = _stored([claim for claim in firsts if (claim.principal, claim.key) not in fresh])
    standings: list[Standing] = []
    for index, claim in enumerate(claims):
        place = (claim.principal, claim.key)
        first = first_at[place]
        if place in fresh:
            same = _request(claims[first]) == _request(claim)
            standings.append(_FRESH if first == index else Twin(first) if same else Conflict())
        else:
            request, answer = earlier[place]
            standings.append(Replay(answer) if request == _request(claim) else Conflict())
    return standings


def store_answers(answered: Sequence[tuple[Claim, Answer]]) -> None:
    """Store the answers of fresh claims: inserts of new rows only, so it may follow the posting call."""
    execute_prepared(
        named_sql("okpay.base", "store_answers"),
        [
            uuids([claim.principal for claim, _ in answered]),
            texts([claim.key for claim, _ in answered]),
            texts([msgspec.json.encode(answer).decode() for _, answer in answered]),
        ],
    )


def once_each(
    claims: Sequence[Claim], decide: Callable[[list[int]], Sequence[Answer]], *, now: datetime
) -> list[Answer | KeyReused]:
    """Claim, decide what is fresh, store those answers, and return an answer for each claim, in order.

    `decide` gets the indexes of the fresh claims and returns an answer for each of them. Where that is `AS_PROMISED`,
    the answer is `{"promised": …}` with the UUID that the claim promised, now and whenever it is asked for again.

    Raises: BrokenInvariant when `decide` does not answer each, or as promised where nothing was.
    """
    standings = claim_many(claims, now=now)
    fresh = [index for index, standing in enumerate(standings) if isinstance(standing, Fresh)]
    decided = decide(fresh) if fresh else []
    if len(decided) != len(fresh):
        raise BrokenInvariant(f"{len(decided)} answers for {len(fresh)} claims")
    new: dict[int, Answer] = {}
    unusual: list[tuple[Claim, Answer]] = []
    for index, answer in zip(fresh, decided, strict=True):
        if answer is AS_PROMISED:
            new[index] = _promised(claims[index].promised)
        else:
            new[index] = answer
            unusual.append((claims[index], answer))
    if unusual:
        store_answers(unusual)
    answers: list[Answer | KeyReused] = []
    for index, standing in enumerate(standings):
        match standing:
            case Fresh():
                answers.append(new[index])
            case Twin(first):
                answers.append(new[first])
            case Replay(answer):
                answers.append(answer)
            case Conflict():
                answers.append(KeyReused("key_reused"))
    return answers


def stored_answer(principal: UUID, key: str) -> Answer | None:
    """Return the answer under a key, or None while there is none."""
    rows = execute_prepared(
        named_sql("okpay.base", "read_answers"), [uuids([principal]), texts([key])]
    ).fetchall()
    if not rows or (rows[0][4] is None and rows[0][5] is None):
        return None
    return _answer(*rows[0][4:])


def _stored(claims: Sequence[Claim]) -> dict[tuple[UUID, str], tuple[tuple[str, bytes], Answer]]:
    if not claims:
        return {}
    # A statement of its own: it must see what a rival committed while the claim waited.
    rows = execute_prepared(
        named_sql("okpay.base", "read_answers"),
        [uuids([claim.principal for claim in claims]), texts([claim.key for claim in claims])],
    ).fetchall()
    if len(rows) != len(claims) or any(row[4] is None and row[5] is None for row in rows):
        raise BrokenInvariant("a key was committed without its answer")
    return {(row[0], row[1]): ((row[2], bytes(row[3])), _answer(*row[4:])) for row in rows}


def _answer(stored: str | None, promised: UUID | None) -> Answer:
    return _promised(promised) if stored is None else json.loads(stored)


def _promised(promised: UUID | None) -> Answer:
    if promised is None:
        raise BrokenInvariant("an answer was given as promised, and nothing was promised")
    return {"promised": promised}


def _request(claim: Claim) -> tuple[str, bytes]:
    return claim.operation, claim.body_hash


def _ordered(value: Any) -> Any:
    if isinstance(value, dict):
        if not all(isinstance(name, str) for name in value):
            raise TypeError("names in JSON are strings")
        return {name: _ordered(value[name]) for name in sorted(value, key=_utf16)}
    if isinstance(value, list | tuple):
        return [_ordered(part) for part in value]
    if value is None or isinstance(value, str | int):
        return value
    raise TypeError(f"{type(value).__name__} has no canonical form")


def _utf16(name: str) -> bytes:
    return name.encode("utf-16-be")
