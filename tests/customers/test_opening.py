"""Opening customers: one for each user, with a wallet and limits from the first instant on."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import partial
from typing import Any
from uuid import UUID

import psycopg
import pytest
from django.db import DatabaseError, IntegrityError, transaction

from okpay.base.database import execute_prepared
from okpay.base.errors import BrokenInvariant
from okpay.base.ids import new_uuid7
from okpay.customers import actions, queries
from okpay.customers.errors import CustomerRefused
from okpay.customers.records import Customer, CustomerKind
from okpay.ledger import queries as book
from okpay.regions import queries as regions
from okpay.regions.errors import CountryNotSupported
from okpay.regions.records import Flow, Window
from okpay.wallets import queries as wallets
from tests.factories.customers import new_customer
from tests.laws.crew import Crew

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
COUNTRIES = [country.code for country in regions.countries()]
ROUNDS = 10


def open_customer(user_id: UUID, country: str = "US") -> Customer:
    """Open a customer in a transaction of its own."""
    with transaction.atomic():
        return actions.open_customer(user_id=user_id, country=country, now=NOW)


def events_about(customer: Customer) -> list[tuple[str, datetime, Any]]:
    """Return type, time and data of every event about a customer, the first in front."""
    rows = execute_prepared(
        "SELECT type, occurred_at, data FROM base_outbox_event WHERE subject = %s ORDER BY id", [customer.id]
    )
    return [(type_, occurred_at, data) for type_, occurred_at, data in rows]


@pytest.mark.parametrize("country", COUNTRIES)
def test_a_customer_begins_with_a_wallet_and_the_limits_of_level_0(country: str) -> None:
    region, customer = regions.country(country), open_customer(new_uuid7(), country)
    assert (customer.kind, customer.country, customer.level) == (CustomerKind.PERSON, country, 0)
    assert customer.opened_at == NOW
    (wallet,) = wallets.wallets(customer.id)
    assert wallet.currency == region.default_currency
    subjects = book.limit_subjects([customer.subject_id(flow) for flow in Flow])
    assert len(subjects) == len(Flow)
    for flow in Flow:
        subject = subjects[customer.subject_id(flow)]
        assert (subject.currency, subject.time_zone) == (region.limit_currency, region.limits_zone.key)
        for window in Window:
            most = region.levels[0].limit(flow, window).amount_minor
            assert getattr(subject.limits, f"per_{window.value}_minor") == most


def test_a_customer_is_found_by_id_and_by_user() -> None:
    customer = open_customer(new_uuid7(), "CN")
    assert queries.customer(customer.id) == customer
    assert queries.customer_of_user(customer.user_id) == customer
    assert queries.customer(new_uuid7()) is None
    assert queries.customer_of_user(new_uuid7()) is None


def test_opening_says_so_once() -> None:
    customer = open_customer(new_uuid7())
    assert open_customer(customer.user_id) == customer
    data = {"user_id": str(customer.user_id), "kind": "person", "country": "US", "level": 0}
    assert events_about(customer) == [("customer_opened", NOW, data)]


def test_opening_again_keeps_the_level_that_was_reached() -> None:
    customer = new_customer(level=2)
    assert open_customer(customer.user_id).level == 2
    assert queries.limits(customer.id, now=NOW)[0].limit.minor == 250_000


@pytest.mark.parametrize("country", ["XX", "us", "", "BR", "USA"])
def test_a_country_without_a_pack_opens_nothing(country: str) -> None:
    user = new_uuid7()
    with pytest.raises(CountryNotSupported) as refused:
        open_customer(user, country)
    assert refused.value.code == "country_not_supported"
    assert queries.customer_of_user(user) is None


def test_a_user_is_a_customer_in_one_country() -> None:
    customer = open_customer(new_uuid7(), "DE")
    with pytest.raises(CustomerRefused) as refused:
        open_customer(customer.user_id, "JP")
    assert (refused.value.code, refused.value.data) == ("customer_country_conflict", {"country": "DE"})
    assert queries.customer_of_user(customer.user_id) == customer
    assert [wallet.currency for wallet in wallets.wallets(customer.id)] == ["EUR"]
    assert len(events_about(customer)) == 1


def test_what_is_rolled_back_was_never_opened() -> None:
    user = new_uuid7()
    with transaction.atomic():
        customer = actions.open_customer(user_id=user, country="US", now=NOW)
        transaction.set_rollback(True)
    assert queries.customer_of_user(user) is None
    assert wallets.wallets(customer.id) == ()
    assert book.limit_subjects([customer.subject_id(flow) for flow in Flow]) == {}
    assert events_about(customer) == []


def test_opening_needs_a_transaction() -> None:
    user = new_uuid7()
    with pytest.raises(BrokenInvariant):
        actions.open_customer(user_id=user, country="US", now=NOW)
    assert queries.customer_of_user(user) is None


def test_many_connections_at_once_open_one() -> None:
    with Crew(8) as crew:
        for _ in range(ROUNDS):
            user = new_uuid7()
            opened = crew.at_once([partial(open_customer, user)] * 8)
            assert set(opened) == {queries.customer_of_user(user)}
            assert len(wallets.wallets(opened[0].id)) == 1
            assert len(events_about(opened[0])) == 1


def test_two_countries_at_once_are_one_customer() -> None:
    def told(user: UUID, country: str) -> str:
        try:
            return open_customer(user, country).country
        except CustomerRefused as refused:
            return str(refused.data["country"])

    with Crew(6) as crew:
        for _ in range(ROUNDS):
            user = new_uuid7()
            countries = crew.at_once([partial(told, user, country) for country in ["US", "JP"] * 3])
            customer = queries.customer_of_user(user)
            assert customer is not None
            assert set(countries) == {customer.country}


@pytest.mark.parametrize("change", ["level = 4", "level = -1"])
def test_the_database_refuses_a_level_that_does_not_exist(change: str) -> None:
    customer = new_customer()
    with pytest.raises(IntegrityError, match="customers_customer_level"), transaction.atomic():
        execute_prepared(f"UPDATE customers_customer SET {change} WHERE id = %s", [customer.id])  # noqa: S608 our own


@pytest.mark.parametrize("flow", Flow)
def test_two_customers_never_share_a_limit(flow: Flow, owner_url: str) -> None:
    customer, other = new_customer(), new_customer()
    column = f"{flow.value}_subject_id"
    with psycopg.connect(owner_url) as owner, pytest.raises(psycopg.errors.UniqueViolation, match="own_"):
        owner.execute(
            f"UPDATE customers_customer SET {column} = %s WHERE id = %s",  # noqa: S608 our own
            [customer.subject_id(flow), other.id],
        )


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE customers_customer SET country = 'DE'",
        "UPDATE customers_customer SET user_id = id",
        "UPDATE customers_customer SET send_subject_id = receive_subject_id",
        "DELETE FROM customers_customer",
        "TRUNCATE customers_customer",
    ],
)
def test_the_running_program_changes_nothing_but_the_level(statement: str) -> None:
    with pytest.raises(DatabaseError, match="permission denied"):
        execute_prepared(statement)
