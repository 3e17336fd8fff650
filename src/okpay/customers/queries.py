"""Read customers, and what they may move."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from okpay.base.arrays import uuids
from okpay.base.database import execute_prepared
from okpay.base.errors import BrokenInvariant
from okpay.base.money import Money
from okpay.customers import models
from okpay.customers.errors import CustomerRefused
from okpay.customers.records import Customer, CustomerKind, LevelTerms, LimitState
from okpay.ledger import queries as ledger
from okpay.ledger.records import LimitSubject
from okpay.regions import queries as regions
from okpay.regions.records import LEVELS, Flow, Window

_KINDS = {int(kind): kind for kind in CustomerKind}
_AMONG = """
SELECT id, user_id, kind, country, level, send_subject_id, receive_subject_id, top_up_subject_id, withdraw_subject_id,
       opened_at
  FROM customers_customer WHERE id = ANY (%s) OR user_id = ANY (%s)
"""


def customer(customer_id: UUID) -> Customer | None:
    """Return a customer, or None."""
    row = models.Customer.objects.filter(id=customer_id).first()
    return None if row is None else _customer(row)


def customer_of_user(user_id: UUID) -> Customer | None:
    """Return the customer that a user is, or None."""
    row = models.Customer.objects.filter(user_id=user_id).first()
    return None if row is None else _customer(row)


def customers(customer_ids: Collection[UUID]) -> dict[UUID, Customer]:
    """Return the customers that exist among these ids."""
    return {customer.id: customer for customer in among(customer_ids, ())}


def customers_of_users(user_ids: Collection[UUID]) -> dict[UUID, Customer]:
    """Return the customers that these users are, by user."""
    return {customer.user_id: customer for customer in among((), user_ids)}


def among(customer_ids: Collection[UUID], user_ids: Collection[UUID]) -> list[Customer]:
    """Return the customers that exist among these ids and those that these users are, each once, in one query."""
    rows = execute_prepared(_AMONG, [uuids([*customer_ids]), uuids([*user_ids])])
    return [Customer(row[0], row[1], _KINDS[row[2]], *row[3:]) for row in rows]


def limits(customer_id: UUID, *, now: datetime) -> tuple[LimitState, ...]:
    """Return for each flow each window, in the order of the two enums: the limit, what is used of it, what is left.

    Windows that ended before `now` have nothing used. Two queries. The values are those that the ledger enforces, in
    its limit currency, which movements in other currencies are converted into.

    Raises: CustomerRefused `customer_not_found`.
    """
    found = _existing(customer_id)
    subjects = ledger.limit_subjects([found.subject_id(flow) for flow in Flow])
    return tuple(state for flow in Flow for state in _states(flow, subjects[found.subject_id(flow)], now))


def balance_ceiling(customer_id: UUID) -> Money:
    """Return the most that a customer may hold at their level, all currencies together, in the limit currency.

    The ledger does not enforce it: a room that adds money to a wallet asks here before it does.

    Raises: CustomerRefused `customer_not_found`. CountryNotSupported when the country's pack has gone.
    """
    found = _existing(customer_id)
    region = regions.country(found.country)
    return Money(region.levels[found.level].max_balance.amount_minor, region.limit_currency)


def level_terms(country: str, level: int = LEVELS[0]) -> LevelTerms:
    """Return what a level allows in a country; without a level, what a new customer may do.

    Raises: CountryNotSupported `country_not_supported`. CustomerRefused `level_unknown`.
    """
    region = regions.country(country)
    if level not in LEVELS:
        raise CustomerRefused("level_unknown", field="level", level=level)
    terms, currency = region.levels[level], region.limit_currency
    return LevelTerms(
        country=country,
        level=level,
        allowed=frozenset(flow for flow in Flow if terms.allows(flow)),
        limits=tuple(
            LimitState(
                flow, window, Money(terms.limit(flow, window).amount_minor, currency), Money(0, currency)
            )
            for flow in Flow
            for window in Window
        ),
        balance_ceiling=Money(terms.max_balance.amount_minor, currency),
    )


def _customer(row: models.Customer) -> Customer:
    return Customer(
        row.id,
        row.user_id,
        CustomerKind(row.kind),
        row.country,
        row.level,
        row.send_subject_id,
        row.receive_subject_id,
        row.top_up_subject_id,
        row.withdraw_subject_id,
        row.opened_at,
    )


def _existing(customer_id: UUID) -> Customer:
    found = customer(customer_id)
    if found is None:
        raise CustomerRefused("customer_not_found", field="customer_id", customer_id=str(customer_id))
    return found


def _states(flow: Flow, subject: LimitSubject, now: datetime) -> list[LimitState]:
    used, most = subject.used_at(now), subject.limits
    values = {
        Window.MOVEMENT: (most.per_movement_minor, 0),
        Window.DAY: (most.per_day_minor, used.day_minor),
        Window.WEEK: (most.per_week_minor, used.week_minor),
        Window.MONTH: (most.per_month_minor, used.month_minor),
        Window.YEAR: (most.per_year_minor, used.year_minor),
    }
    states = []
    for window, (limit_minor, used_minor) in values.items():
        if limit_minor is None:
            raise BrokenInvariant(f"limit subject {subject.id} has no limit per {window.value}")
        states.append(
            LimitState(
                flow, window, Money(limit_minor, subject.currency), Money(used_minor, subject.currency)
            )
        )
    return states
