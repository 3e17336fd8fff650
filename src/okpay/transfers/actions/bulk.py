"""Lists of transfers: one key for a list, one key of its own for each row, and rows that stand for themselves."""

from __future__ import annotations

from collections.abc import Sequence

from okpay.base.database import require_transaction
from okpay.base.idempotency import Claim, KeyReused, hash_of, once_each
from okpay.movements.records import Refused
from okpay.transfers.actions.send import body_hash
from okpay.transfers.records import BulkCommand

OPERATION = "transfers.bulk"


def claim_bulks(commands: Sequence[BulkCommand]) -> list[Refused | None]:
    """Claim the keys of lists, whole in the caller's transaction, and return for each why it may not be sent, or None.

    It comes before the rows are sent, in a transaction of its own: rows that were not sent when everything stopped are
    sent when the same list comes again, and another list under the same key is refused whole as `key_reused`. A list
    function for the batcher.
    """
    require_transaction()
    claims = [
        Claim(
            command.principal,
            command.key,
            OPERATION,
            hash_of([body_hash(row).hex() for row in command.transfers]),
        )
        for command in commands
    ]
    now = max(command.now for command in commands)
    answers = once_each(
        claims, lambda fresh: [{"rows": len(commands[index].transfers)} for index in fresh], now=now
    )
    return [Refused("key_reused") if isinstance(answer, KeyReused) else None for answer in answers]
