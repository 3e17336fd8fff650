"""Whom an address belongs to, and whether they can receive: what every decision about a transfer begins with."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from uuid import UUID

from okpay.base.money import Money
from okpay.customers import queries as customers
from okpay.customers.records import Customer
from okpay.identity import queries as identity
from okpay.identity.records import Names, Standing
from okpay.movements.records import Reason
from okpay.pricing.records import FeeKind
from okpay.regions import queries as regions
from okpay.regions.records import Feature, Flow, Window
from okpay.transfers.records import Payee, Recipient, SendCommand
from okpay.wallets import queries as wallets
from okpay.wallets.records import Wallet


def resolve(recipients: Collection[Recipient]) -> dict[Recipient, Payee]:
    """Return what is known of whom each address belongs to, without wallets, in two queries."""
    standings, names = identity.who([(recipient.kind, recipient.address) for recipient in recipients])
    users = {standing.user_id for standing in standings.values() if standing.user_id is not None}
    found = customers.customers_of_users(users) if users else {}
    return {
        recipient: _payee(recipient, standings[recipient.kind, recipient.address], found, names)
        for recipient in recipients
    }


@dataclass(frozen=True, slots=True)
class Everybody:
    """Both sides of a list of transfers: those who send by their ids, and whom each sends to in a currency."""

    payers: dict[UUID, Customer]
    names: dict[UUID, Names]
    """What users are called, both sides."""
    purses: dict[tuple[UUID, str], Wallet]
    """By owner and currency."""
    payees: dict[tuple[Recipient, str], Payee]


def everybody(commands: Sequence[SendCommand]) -> Everybody:
    """Return who takes part in these transfers, in three queries."""
    places = {(one.recipient, one.amount.currency) for one in commands}
    standings, names = identity.who(
        {(recipient.kind, recipient.address) for recipient, _ in places}, {one.user_id for one in commands}
    )
    provers = {standing.user_id for standing in standings.values() if standing.user_id is not None}
    senders = {one.customer_id for one in commands}
    parties = customers.among(senders, provers)
    of_users = {party.user_id: party for party in parties}
    purses = wallets.wallets_of([party.id for party in parties], {currency for _, currency in places})
    payees = {}
    for place in places:
        recipient, currency = place
        standing = standings[recipient.kind, recipient.address]
        payees[place] = _payee(recipient, standing, of_users, names, purses, currency)
    return Everybody({party.id: party for party in parties}, names, purses, payees)


def _payee(
    recipient: Recipient,
    standing: Standing,
    of_users: Mapping[UUID, Customer],
    names: Mapping[UUID, Names],
    purses: Mapping[tuple[UUID, str], Wallet] | None = None,
    currency: str = "",
) -> Payee:
    if standing.user_id is None:
        return Payee(recipient, is_claimed=standing.is_claimed)
    called, customer = names[standing.user_id], of_users.get(standing.user_id)
    wallet = purses.get((customer.id, currency)) if purses and customer else None
    return Payee(recipient, customer, wallet, called.display_name, called.legal_name, standing.is_claimed)


def of_customers(recipients: Sequence[tuple[UUID, Recipient]]) -> list[Payee | None]:
    """Return as payees those of these ids that are customers, without wallets, and None for the others.

    What somebody was told that it goes to one customer goes to them, whoever has proven the address since.
    """
    found = customers.customers({id_ for id_, _ in recipients})
    names = identity.names({customer.user_id for customer in found.values()})
    payees: list[Payee | None] = []
    for id_, recipient in recipients:
        customer = found.get(id_)
        if customer is None:
            payees.append(None)
            continue
        called = names[customer.user_id]
        payees.append(Payee(recipient, customer, None, called.display_name, called.legal_name))
    return payees


def with_wallets(payees: Sequence[tuple[Payee, str]]) -> list[Payee]:
    """Return payees with their wallets in a currency each, from one query."""
    owners = {payee.customer.id for payee, _ in payees if payee.customer}
    found = wallets.wallets_of(owners, {currency for _, currency in payees})
    return [
        replace(payee, wallet=found.get((payee.customer.id, currency))) if payee.customer else payee
        for payee, currency in payees
    ]


def account_ids(payee: Payee) -> tuple[int, ...]:
    """Return the accounts of a payee's wallet, where they have one."""
    return payee.wallet.account_ids if payee.wallet else ()


def holds_currency(payee: Payee, currency: str) -> bool:
    """Tell whether a payee who is a customer can have a transfer in a currency counted and kept.

    What is counted is counted in the limit currency of the payee's country: another one needs exchange rates.
    """
    assert payee.customer is not None
    return payee.wallet is not None and regions.country(payee.customer.country).limit_currency == currency


def may_send(payer: Customer, currency: str) -> bool:
    """Tell whether people of the payer's country may send money of a currency at all, to whomever it may be.

    What is counted is counted in the country's limit currency, at this end as at the other.
    """
    region = regions.country(payer.country)
    return region.offers(Feature.TRANSFERS) and region.limit_currency == currency


def is_offered(payer: Customer, payee: Customer) -> bool:
    """Tell whether people of the two countries may send each other money."""
    ours, theirs = regions.country(payer.country), regions.country(payee.country)
    if not (ours.offers(Feature.TRANSFERS) and theirs.offers(Feature.TRANSFERS)):
        return False
    abroad = Feature.TRANSFERS_ABROAD
    return ours.code == theirs.code or (ours.offers(abroad) and theirs.offers(abroad))


def fee_kind(payer: Customer, payee: Payee) -> FeeKind:
    """Return what a transfer is priced as: whoever nobody knows yet is taken to live where the payer does."""
    is_abroad = payee.customer is not None and payee.customer.country != payer.country
    return FeeKind.TRANSFER_ABROAD if is_abroad else FeeKind.TRANSFER


def reason_to_wait(payee: Payee, amount: Money, shut: Collection[int]) -> Reason:
    """Return why an amount cannot arrive at a payee now, as far as can be told before it is posted.

    `shut` are the accounts that let nothing come in, among those of the payee's wallet.
    """
    if payee.customer is None:
        return Reason.ADDRESS_NOT_PROVEN if payee.is_claimed else Reason.ADDRESS_NOT_REGISTERED
    if payee.wallet is None or not holds_currency(payee, amount.currency):
        return Reason.RECIPIENT_CURRENCY
    if shut and any(account_id in shut for account_id in account_ids(payee)):
        return Reason.RECIPIENT_FROZEN
    level = regions.country(payee.customer.country).levels[payee.customer.level]
    if amount.minor > level.limit(Flow.RECEIVE, Window.MOVEMENT).amount_minor:
        return Reason.RECIPIENT_LIMIT
    return Reason.NONE


def ceiling_minor(payee: Payee) -> int:
    """Return the most that a payee who is a customer may hold, in minor units of their limit currency."""
    assert payee.customer is not None
    region = regions.country(payee.customer.country)
    return region.levels[payee.customer.level].max_balance.amount_minor
