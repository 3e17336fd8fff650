"""What can be done to customers."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from uuid import UUID

from okpay.base import audit
from okpay.base.database import execute_prepared, require_transaction
from okpay.base.errors import BrokenInvariant
from okpay.base.ids import new_bigint_id, new_uuid7
from okpay.base.outbox import emit_many
from okpay.customers import events, models, queries
from okpay.customers.errors import CustomerRefused
from okpay.customers.records import Customer, CustomerKind
from okpay.ledger import actions as ledger
from okpay.ledger import queries as ledger_queries
from okpay.ledger.records import Limits, LimitSubject
from okpay.regions import queries as regions
from okpay.regions.records import LEVELS, Country, Flow, Window
from okpay.wallets import actions as wallets

LOWEST_LEVEL = LEVELS[0]
THE_PROGRAM = "program:customers"
"""Who an audit record names when no person set the level."""

# Who comes second waits here until the first has committed, and then finds the first one's customer.
_INSERT = """
INSERT INTO customers_customer (id, user_id, kind, country, level, send_subject_id, receive_subject_id,
                                top_up_subject_id, withdraw_subject_id, opened_at)
VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s) ON CONFLICT (user_id) DO NOTHING RETURNING id
"""


def open_customer(*, user_id: UUID, country: str, now: datetime) -> Customer:
    """Make a user a customer at level 0, with limits and a wallet in the country's currency, or return who it is.

    Emits `customer_opened` once.

    Raises: CountryNotSupported `country_not_supported`. CustomerRefused `customer_country_conflict` when the user is
        a customer in another country. BrokenInvariant outside a transaction. django.db.OperationalError with SQLSTATE
        55P03 when another transaction opens the same customer and does not end: try the whole transaction again.
    """
    require_transaction()
    region = regions.country(country)
    known = queries.customer_of_user(user_id)
    if known is not None:
        return _in_country(known, country)
    send, receive, top_up, withdraw = (new_bigint_id() for _ in Flow)
    customer = Customer(
        new_uuid7(), user_id, CustomerKind.PERSON, country, LOWEST_LEVEL, send, receive, top_up, withdraw, now
    )
    values = [customer.id, user_id, int(customer.kind), country, customer.level]
    inserted = execute_prepared(_INSERT, [*values, send, receive, top_up, withdraw, now]).fetchone()
    if inserted is None:
        return _opened_meanwhile(user_id, country)
    zone = region.limits_zone.key
    ledger.open_limit_subjects(
        [
            LimitSubject(
                customer.subject_id(flow), region.limit_currency, zone, _limits(region, LOWEST_LEVEL, flow)
            )
            for flow in Flow
        ]
    )
    wallets.open_wallet(owner_id=customer.id, currency=region.default_currency, now=now)
    emit_many([events.customer_opened(customer)])
    return customer


def set_level(
    *, customer_id: UUID, level: int, now: datetime, actor: str = THE_PROGRAM, reason: str = ""
) -> Customer:
    """Set a customer's verification level (0 to 3) and the limits that go with it; what was used stays.

    Belongs into a transaction that does not post: it locks limit subjects, and posting locks holds before those.
    Emits `customer_level_changed` and writes an audit record, unless the level is the same: then the limits are only
    set to what the pack says now. `actor` is who decided, as `kind:id`.

    Raises: CustomerRefused `customer_not_found`, `level_unknown`. CountryNotSupported when the country's pack has gone.
        BrokenInvariant outside a transaction.
    """
    require_transaction()
    if level not in LEVELS:
        raise CustomerRefused("level_unknown", field="level", level=level)
    before = _locked(customer_id)
    after = replace(before, level=level)
    _set_limits(after)
    if after == before:
        return after
    models.Customer.objects.filter(id=customer_id).update(level=level)
    emit_many([events.customer_level_changed(after, previous_level=before.level, now=now)])
    audit.record(
        actor=actor,
        action="level_changed",
        subject=f"customer:{customer_id}",
        now=now,
        reason=reason,
        data={"level": level, "previous_level": before.level},
    )
    return after


def _locked(customer_id: UUID) -> Customer:
    """Return a customer whose level nobody else sets before we commit: the later level sets the limits last."""
    models.Customer.objects.select_for_update(no_key=True).filter(id=customer_id).values_list("id").first()
    customer = queries.customer(customer_id)
    if customer is None:
        raise CustomerRefused("customer_not_found", field="customer_id", customer_id=str(customer_id))
    return customer


def _set_limits(customer: Customer) -> None:
    region = regions.country(customer.country)
    subjects = ledger_queries.limit_subjects([customer.subject_id(flow) for flow in Flow])
    if {subject.currency for subject in subjects.values()} != {region.limit_currency}:
        raise BrokenInvariant(
            f"the limits of {customer.country} are counted in another currency than its pack's"
        )
    # Locks are taken by ascending id, here as in the posting function.
    for flow in sorted(Flow, key=customer.subject_id):
        ledger.set_limits(subject_id=customer.subject_id(flow), limits=_limits(region, customer.level, flow))


def _opened_meanwhile(user_id: UUID, country: str) -> Customer:
    customer = queries.customer_of_user(user_id)
    if customer is None:
        raise BrokenInvariant("a customer who was in the way is not there: is the isolation READ COMMITTED?")
    return _in_country(customer, country)


def _in_country(customer: Customer, country: str) -> Customer:
    if customer.country != country:
        raise CustomerRefused("customer_country_conflict", field="country", country=customer.country)
    return customer


def _limits(region: Country, level: int, flow: Flow) -> Limits:
    limits = region.levels[level].flows[flow]
    return Limits(**{f"per_{window.value}_minor": limits[window].amount_minor for window in Window})
