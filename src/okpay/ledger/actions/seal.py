"""Seal what was posted since the last seal."""

from __future__ import annotations

from django.db import transaction

from okpay.base import clock
from okpay.base.database import execute_prepared
from okpay.ledger.records import Seal
from okpay.ledger.sealing import GENESIS, LEAVES_QUERY, leaf_hash, merkle_root, seal_hash

_ONE_SEALER = "SELECT pg_advisory_xact_lock(hashtext('ledger_seal'))"
_TAKE = """
DELETE FROM ledger_unsealed WHERE id IN (SELECT id FROM ledger_unsealed ORDER BY id LIMIT %s) RETURNING entry_ids
"""
_LAST = "SELECT number, hash FROM ledger_seal ORDER BY number DESC LIMIT 1"
_INSERT = """
INSERT INTO ledger_seal (number, sealed_at, root, previous_hash, hash, entry_ids, leaves)
VALUES (%s, %s, %s, %s, %s, %s, %s)
"""


def seal(max_calls: int = 1_000) -> Seal | None:
    """Seal the entries of up to `max_calls` posting calls; return the new seal, or None when nothing was unsealed.

    Commits by itself. What is unsealed is found by the mark that the posting call left, never by ids or clocks:
    they are not the order of commits. Several sealers wait for one another.
    """
    with transaction.atomic():
        execute_prepared(_ONE_SEALER)
        entry_ids = sorted(entry_id for row in execute_prepared(_TAKE, [max_calls]) for entry_id in row[0])
        if not entry_ids:
            return None
        last = execute_prepared(_LAST).fetchone()
        number, previous_hash = (last[0] + 1, bytes(last[1])) if last is not None else (1, GENESIS)
        leaves = [leaf_hash(row) for row in execute_prepared(LEAVES_QUERY, [entry_ids])]
        assert len(leaves) == len(entry_ids), "an entry to seal is not in the book"
        sealed_at, root = clock.now(), merkle_root(leaves)
        hash_ = seal_hash(
            number=number, sealed_at=sealed_at, root=root, previous_hash=previous_hash, entry_ids=entry_ids
        )
        execute_prepared(
            _INSERT, [number, sealed_at, root, previous_hash, hash_, entry_ids, b"".join(leaves)]
        )
    return Seal(number, sealed_at, len(entry_ids), root, previous_hash, hash_)
