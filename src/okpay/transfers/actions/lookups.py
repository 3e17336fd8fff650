"""How many new addresses somebody may try in a day: looking costs nothing, and answers tell who has an account."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from okpay.base.arrays import texts, uuids
from okpay.base.database import execute_prepared, require_transaction
from okpay.customers.records import Customer
from okpay.regions import queries as regions
from okpay.transfers.records import Recipient

_KNOWN = """
SELECT w.place FROM unnest(%s::uuid[], %s::text[], %s::text[], %s::uuid[])
    WITH ORDINALITY AS w (customer_id, address_kind, address, recipient_key, place)
 WHERE EXISTS (SELECT FROM transfers_contact c WHERE c.customer_id = w.customer_id
                  AND c.address_kind = w.address_kind AND c.address = w.address)
    OR EXISTS (SELECT FROM transfers_lookup l WHERE l.customer_id = w.customer_id
                  AND l.recipient_key = w.recipient_key)
"""
_COUNT = """
INSERT INTO transfers_lookup_day (customer_id, day_on, addresses) VALUES (%s, %s, 1)
ON CONFLICT (customer_id, day_on) DO UPDATE SET addresses = transfers_lookup_day.addresses + 1
 WHERE transfers_lookup_day.addresses < %s RETURNING addresses
"""
_LOOK_UP = """
INSERT INTO transfers_lookup (customer_id, recipient_key, looked_up_on) VALUES (%s, %s, %s)
ON CONFLICT DO NOTHING
"""


def may_look_up(wanted: Sequence[tuple[Customer, Recipient]], *, now: datetime) -> list[bool]:
    """Count each address that a customer has neither sent to nor tried before; tell which may be tried today.

    Customers are counted in the order of their ids, so that two lists with the same ones wait for each other. What one
    has used up is not asked again: it costs as many statements as there are new addresses left.

    Raises: BrokenInvariant outside a transaction.
    """
    require_transaction()
    if not wanted:
        return []
    known = execute_prepared(
        _KNOWN,
        [
            uuids([customer.id for customer, _ in wanted]),
            texts([recipient.kind.value for _, recipient in wanted]),
            texts([recipient.address for _, recipient in wanted]),
            uuids([recipient.key for _, recipient in wanted]),
        ],
    )
    free = {int(place) - 1 for (place,) in known}
    tried = {(wanted[index][0].id, wanted[index][1].key) for index in free}
    used_up: set[UUID] = set()
    for index in sorted(set(range(len(wanted))) - free, key=lambda index: (wanted[index][0].id, index)):
        customer, recipient = wanted[index]
        place = customer.id, recipient.key
        if place in tried or customer.id in used_up:
            continue
        if _count(customer, recipient, now):
            tried.add(place)
        else:
            used_up.add(customer.id)
    return [(customer.id, recipient.key) in tried for customer, recipient in wanted]


def _count(customer: Customer, recipient: Recipient, now: datetime) -> bool:
    today = now.astimezone(regions.country(customer.country).limits_zone).date()
    most = most_a_day(customer)
    if most <= 0 or execute_prepared(_COUNT, [customer.id, today, most]).fetchone() is None:
        return False
    execute_prepared(_LOOK_UP, [customer.id, recipient.key, today])
    return True


def most_a_day(customer: Customer) -> int:
    """Return how many new addresses the pack of a customer's country allows in a day."""
    return regions.country(customer.country).transfers.new_addresses_a_day
