"""Lay out a list of items as the flat arrays that the posting function takes.

Arrays travel as PostgreSQL's text form, joined here: a tenth of the time that a driver needs for adapting lists
element by element.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import cache
from itertools import accumulate
from typing import TypeVar
from uuid import UUID

from okpay.base.errors import BrokenInvariant
from okpay.base.ids import new_uuid7
from okpay.ledger.actions.facts import Facts
from okpay.ledger.records import Capture, Count, Expire, Item, Leg, Operation, Post, Release, Reserve, Reverse

CALL = """
SELECT o_outcomes, o_culprits, o_remaining FROM ledger_post_v1(%s::uuid,
    %s::bigint[], %s::bigint[], %s::uuid[], %s::uuid[],
    %s::uuid[], %s::smallint[], %s::text[], %s::int[], %s::int[], %s::int[], %s::int[],
    %s::int[], %s::int[], %s::int[], %s::bigint[], %s::timestamptz[], %s::boolean[],
    %s::int[], %s::int[], %s::bigint[],
    %s::int[], %s::bigint[])
"""
PLAIN_CALL = """
SELECT ledger_post_plain_v1(%s::uuid, %s::uuid, %s::text, %s::bigint, %s::bigint, %s::bigint, %s::bigint, %s::bigint)
"""

_OPERATIONS = {
    Post: Operation.POST.value,
    Reserve: Operation.RESERVE.value,
    Capture: Operation.CAPTURE.value,
    Release: Operation.RELEASE.value,
    Expire: Operation.EXPIRE.value,
    Reverse: Operation.REVERSE.value,
}
_Key = TypeVar("_Key", int, UUID)
_KIND = re.compile(r"[a-z][a-z0-9_.]{0,39}")


def arguments(items: Sequence[Item], facts: Facts) -> list[str]:
    """Return the parameters of `CALL`. Raises: BrokenInvariant for a kind that is no plain name."""
    legs_of = [item.legs if type(item) is Post else _legs(item, facts) for item in items]
    counts_of = [item.counts if type(item) is Post else _counts(item, facts) for item in items]
    legs = [leg for item_legs in legs_of for leg in item_legs]
    counts = [count for item_counts in counts_of for count in item_counts]
    debits, credits_ = [leg.debit_account_id for leg in legs], [leg.credit_account_id for leg in legs]
    subject_of = [count.subject_id for count in counts]
    others = [item for item in items if type(item) is not Post]
    held = [id_ for item in others if (id_ := _held_account_id(item, facts)) is not None]
    accounts, subjects = _positions([*debits, *credits_, *held]), _positions(subject_of)
    holds = _positions([hold for item in others if (hold := _hold_id(item)) is not None])
    originals = _positions([item.original_id for item in others if isinstance(item, Reverse)])
    plain = not holds and not originals
    return [
        str(new_uuid7()),
        _array(accounts),
        _array(subjects),
        _array(holds),
        _array(originals),
        _array([item.id.hex for item in items]),
        _array([_OPERATIONS[type(item)] for item in items]),
        _array([_kind(item.kind) for item in items]),
        *_ranges(legs_of),
        *_ranges(counts_of),
        *(["{}"] * 6 if plain else _hold_arrays(items, facts, accounts, holds, originals)),
        _array([accounts[debit] for debit in debits]),
        _array([accounts[credit] for credit in credits_]),
        _array([leg.amount_minor for leg in legs]),
        _array([subjects[subject] for subject in subject_of]),
        _array([count.amount_minor for count in counts]),
    ]


def plain_arguments(item: Item) -> list[str | None] | None:
    """Return the parameters of `PLAIN_CALL`, or None for an item that the express lane cannot take."""
    if not isinstance(item, Post) or len(item.legs) != 1 or len(item.counts) > 1:
        return None
    (leg,) = item.legs
    counted: list[str | None] = [
        str(value) for count in item.counts for value in (count.subject_id, count.amount_minor)
    ]
    amount = [str(leg.debit_account_id), str(leg.credit_account_id), str(leg.amount_minor)]
    return [str(new_uuid7()), str(item.id), _kind(item.kind), *amount, *(counted or [None, None])]


def _hold_arrays(
    items: Sequence[Item],
    facts: Facts,
    accounts: dict[int, int],
    holds: dict[UUID, int],
    originals: dict[UUID, int],
) -> list[str]:
    reserves = [item if isinstance(item, Reserve) else None for item in items]
    return [
        _array_with_gaps(originals[item.original_id] if isinstance(item, Reverse) else None for item in items),
        _array_with_gaps(None if (hold := _hold_id(item)) is None else holds[hold] for item in items),
        _array_with_gaps(None if (held := _held_account_id(item, facts)) is None else accounts[held] for item in items),
        _array_with_gaps(reserve and reserve.amount_minor for reserve in reserves),
        _array_with_gaps(reserve and f'"{reserve.expires_at.isoformat()}"' for reserve in reserves),
        _array_with_gaps(str(item.final).lower() if isinstance(item, Capture) else None for item in items),
    ]


def _legs(item: Item, facts: Facts) -> tuple[Leg, ...]:
    if isinstance(item, Post | Capture):
        return item.legs
    if isinstance(item, Reverse):
        original = facts.originals.get(item.original_id, ())
        return tuple(
            Leg(leg.credit_account_id, leg.debit_account_id, leg.amount_minor) for leg in reversed(original)
        )
    return ()


def _counts(item: Item, facts: Facts) -> tuple[Count, ...]:
    if isinstance(item, Post | Reserve):
        return item.counts
    if isinstance(item, Capture | Release | Expire) and item.hold_id in facts.holds:
        return facts.holds[item.hold_id][1]
    return ()


def _hold_id(item: Item) -> UUID | None:
    if isinstance(item, Reserve):
        return item.id
    return item.hold_id if isinstance(item, Capture | Release | Expire) else None


def _held_account_id(item: Item, facts: Facts) -> int | None:
    if isinstance(item, Reserve):
        return item.account_id
    if isinstance(item, Capture | Release | Expire) and item.hold_id in facts.holds:
        return facts.holds[item.hold_id][0]
    return None


def _positions(keys: Iterable[_Key]) -> dict[_Key, int]:
    """Return the distinct keys in ascending order, each with its position from 1."""
    return {key: position for position, key in enumerate(sorted(set(keys)), 1)}


def _array(values: Iterable[object]) -> str:
    return "{" + ",".join(map(str, values)) + "}"


def _array_with_gaps(values: Iterable[object]) -> str:
    return _array("NULL" if value is None else value for value in values)


def _ranges(groups: Sequence[Sequence[object]]) -> tuple[str, str]:
    """Return the first and last positions of each group in the flat list; in an empty one last is before first."""
    lasts = list(accumulate(map(len, groups)))
    return _array(last - len(group) + 1 for last, group in zip(lasts, groups, strict=True)), _array(lasts)


@cache
def _kind(kind: str) -> str:
    if not _KIND.fullmatch(kind):
        raise BrokenInvariant(f"{kind!r} is no kind of entry: lower-case letters, digits, dots, at most 40")
    return kind
