"""How the book is sealed: what of an entry is hashed, and how hashes are chained. No personal text is among it.

Source: RFC 9162 section 2.1.1 for the Merkle tree hash with its two prefixes.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

LEAVES_QUERY = """
SELECT e.id, e.booked_at, e.operation, e.kind, e.debit_account_ids, e.credit_account_ids, e.amounts_minor,
       e.hold_id, e.closes_hold, e.reverses_id, e.count_subject_ids, e.count_amounts_minor,
       h.account_id, h.amount_minor, h.expires_at
  FROM ledger_entry e LEFT JOIN ledger_hold h ON h.id = e.id
 WHERE e.id = ANY (%s) ORDER BY e.id
"""
"""Everything of an entry that its leaf covers; of a hold what never changes."""

GENESIS = bytes(32)
"""What the first seal names as its predecessor."""
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def leaf_hash(row: Sequence[Any]) -> bytes:
    """Return the SHA-256 leaf of an entry, from a row of `LEAVES_QUERY`."""
    return hashlib.sha256(b"\x00" + "|".join(map(_canonical, row)).encode()).digest()


def merkle_root(leaves: Sequence[bytes]) -> bytes:
    """Return the root of the Merkle tree over leaf hashes in their order."""
    if not leaves:
        return hashlib.sha256(b"").digest()
    if len(leaves) == 1:
        return leaves[0]
    split = 1 << (len(leaves) - 1).bit_length() - 1
    return hashlib.sha256(b"\x01" + merkle_root(leaves[:split]) + merkle_root(leaves[split:])).digest()


def seal_hash(
    *, number: int, sealed_at: datetime, root: bytes, previous_hash: bytes, entry_ids: Iterable[UUID]
) -> bytes:
    """Return the hash that binds a seal to its content and to the seal before it."""
    content = hashlib.sha256(f"{number}|{_canonical(sealed_at)}|".encode())
    content.update(root + previous_hash)
    for entry_id in entry_ids:
        content.update(entry_id.bytes)
    return content.digest()


def _canonical(value: Any) -> str:
    if value is None:
        return "-"
    if isinstance(value, datetime):
        return str((value - _EPOCH) // timedelta(microseconds=1))
    if isinstance(value, list):
        return ",".join(map(str, value))
    return str(value)
