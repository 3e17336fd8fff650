"""What the posting function must be told of holds and originals: the parts of them that never change."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from uuid import UUID

from okpay.base.database import execute_prepared
from okpay.ledger.records import Capture, Count, Expire, Item, Leg, Release, Reserve, Reverse


@dataclass(slots=True)
class Facts:
    """The account and counts of holds, and the legs of entries to reverse, by id; unknown ones are missing."""

    holds: dict[UUID, tuple[int, tuple[Count, ...]]] = field(default_factory=dict)
    originals: dict[UUID, tuple[Leg, ...]] = field(default_factory=dict)


def read_facts(items: Sequence[Item]) -> Facts:
    """Read what items refer to, without locks: accounts and counts of a hold and legs of an entry never change."""
    facts = Facts()
    hold_ids = {item.hold_id for item in items if isinstance(item, Capture | Release | Expire)}
    original_ids = {item.original_id for item in items if isinstance(item, Reverse)}
    if hold_ids:
        rows = execute_prepared(
            "SELECT id, account_id, count_subject_ids, count_amounts_minor FROM ledger_hold WHERE id = ANY (%s)",
            [list(hold_ids)],
        )
        for hold_id, account_id, subjects, amounts in rows:
            facts.holds[hold_id] = (account_id, tuple(map(Count, subjects or (), amounts or ())))
        for item in items:
            if isinstance(item, Reserve) and item.id in hold_ids:
                facts.holds.setdefault(item.id, (item.account_id, item.counts))
    if original_ids:
        rows = execute_prepared(
            "SELECT id, debit_account_ids, credit_account_ids, amounts_minor FROM ledger_entry WHERE id = ANY (%s)",
            [list(original_ids)],
        )
        for entry_id, debits, credits_, amounts in rows:
            facts.originals[entry_id] = tuple(map(Leg, debits, credits_, amounts))
    return facts
