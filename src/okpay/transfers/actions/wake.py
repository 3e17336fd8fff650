"""Listen to facts after which a waiting transfer may be able to arrive."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from okpay.base import clock
from okpay.base.database import execute_prepared
from okpay.base.outbox import Event
from okpay.customers.events import CUSTOMER_LEVEL_CHANGED, CUSTOMER_OPENED
from okpay.identity import queries as identity
from okpay.identity.events import ADDRESS_PROVEN

WAKES = frozenset({ADDRESS_PROVEN, CUSTOMER_LEVEL_CHANGED, CUSTOMER_OPENED})
"""The facts, each of which names its `user_id`."""


def wake(events: Sequence[Event]) -> None:
    """Have what waits for these people's addresses looked at now."""
    addresses = identity.proven_addresses({UUID(event.data["user_id"]) for event in events})
    if addresses:
        # Also of those that are due already: a round that looks at them now may have read the address before.
        execute_prepared(
            "UPDATE transfers_waiting SET check_at = %s WHERE address = ANY (%s)",
            [clock.now(), [address for _, address in addresses]],
        )
