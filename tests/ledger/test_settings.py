"""Opening accounts and limit subjects, and setting what they let happen. What is refused changes nothing."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import IntegrityError, connection, transaction

from okpay.base import clock
from okpay.base.errors import BrokenInvariant
from okpay.base.ids import new_bigint_id, new_uuid7
from okpay.ledger import actions, queries
from okpay.ledger.errors import REFUSALS, PostingRefused, SettingRefused
from okpay.ledger.records import (
    MAX_MINOR,
    AccountStatus,
    Count,
    Item,
    Leg,
    Limits,
    LimitSubject,
    NewAccount,
    Outcome,
    Post,
    Release,
    Reserve,
    Result,
    Side,
)


def post(*items: Item) -> list[Result]:
    """Post items in a transaction of their own."""
    with transaction.atomic():
        return actions.post_many(items)


def opened(**properties: object) -> NewAccount:
    """Open an account of a customer; keywords replace its properties."""
    account = NewAccount(**{  # type: ignore[arg-type]
        "id": new_bigint_id(), "currency": "USD", "normal_side": Side.CREDIT, "purpose": "test", **properties
    })  # fmt: skip
    with transaction.atomic():
        actions.open_accounts([account])
    return account


def funded(minor: int) -> NewAccount:
    """Open a customer's account with a balance."""
    account, house = opened(), opened(normal_side=Side.DEBIT, floor_minor=None)
    (result,) = post(Post(new_uuid7(), "topup.card", (Leg(house.id, account.id, minor),)))
    assert result.outcome is Outcome.POSTED
    return account


def code_of(refused: pytest.ExceptionInfo[SettingRefused]) -> str:
    return refused.value.code


def test_opening_again_changes_nothing() -> None:
    account = funded(5)
    with transaction.atomic():
        actions.open_accounts([account])
    found = queries.account(account.id)
    assert found is not None
    assert found.balance_minor == 5


@pytest.mark.parametrize("change", [{"currency": "EUR"}, {"normal_side": Side.DEBIT}, {"purpose": "other"}])
def test_an_id_with_other_properties_is_a_conflict(change: dict[str, object]) -> None:
    account = opened()
    with pytest.raises(SettingRefused) as refused:
        opened(**{"id": account.id, **change})
    assert code_of(refused) == "account_conflict"


def test_a_code_belongs_to_one_account() -> None:
    code = f"fees.test:{new_bigint_id()}"
    account = opened(code=code)
    found = queries.account_by_code(code)
    assert found is not None
    assert found.id == account.id
    with pytest.raises(SettingRefused) as refused:
        opened(code=code)
    assert code_of(refused) == "account_conflict"


@pytest.mark.parametrize("currency", ["XXX", "XAU", "usd", "", "ZZZ", "EURO"])
def test_only_currencies_with_a_minor_unit(currency: str) -> None:
    with pytest.raises(SettingRefused) as refused:
        opened(currency=currency)
    assert code_of(refused) == "account_currency_unknown"


def test_a_frozen_account_lets_nothing_pass_but_a_release() -> None:
    account, other = funded(100), funded(100)
    hold = new_uuid7()
    post(Reserve(hold, "test", account.id, 40, clock.now() + timedelta(days=9)))
    with transaction.atomic():
        actions.set_account_status(account_id=account.id, status=AccountStatus.FROZEN)
    outcomes = [
        result.outcome
        for result in post(
            Post(new_uuid7(), "test", (Leg(account.id, other.id, 1),)),
            Post(new_uuid7(), "test", (Leg(other.id, account.id, 1),)),
            Release(new_uuid7(), "test", hold),
        )
    ]
    assert outcomes == [Outcome.ACCOUNT_FROZEN, Outcome.ACCOUNT_FROZEN, Outcome.POSTED]


def test_no_debit_lets_money_in_only() -> None:
    account, other = funded(100), funded(100)
    with transaction.atomic():
        actions.set_account_status(account_id=account.id, status=AccountStatus.NO_DEBIT)
    out, into = post(
        Post(new_uuid7(), "test", (Leg(account.id, other.id, 1),)),
        Post(new_uuid7(), "test", (Leg(other.id, account.id, 1),)),
    )
    assert (out.outcome, out.culprit_id) == (Outcome.ACCOUNT_NO_DEBIT, account.id)
    assert into.outcome is Outcome.POSTED


def test_only_an_empty_account_closes_and_stays_closed() -> None:
    account = funded(1)
    with pytest.raises(SettingRefused) as refused, transaction.atomic():
        actions.set_account_status(account_id=account.id, status=AccountStatus.CLOSED)
    assert code_of(refused) == "account_not_empty"
    empty = opened()
    with transaction.atomic():
        actions.set_account_status(account_id=empty.id, status=AccountStatus.CLOSED)
    with pytest.raises(SettingRefused) as refused, transaction.atomic():
        actions.set_account_status(account_id=empty.id, status=AccountStatus.ACTIVE)
    assert code_of(refused) == "account_is_closed"


def test_a_floor_may_allow_credit_but_not_lie_above_the_balance() -> None:
    account, other = funded(10), funded(0 + 1)
    with transaction.atomic():
        actions.set_floor(account_id=account.id, floor_minor=-5)
    refused, taken = post(
        Post(new_uuid7(), "test", (Leg(account.id, other.id, 16),)),
        Post(new_uuid7(), "test", (Leg(account.id, other.id, 15),)),
    )
    assert (refused.outcome, refused.remaining_minor) == (Outcome.INSUFFICIENT_FUNDS, 15)
    assert taken.outcome is Outcome.POSTED
    with pytest.raises(SettingRefused) as above, transaction.atomic():
        actions.set_floor(account_id=account.id, floor_minor=0)
    assert code_of(above) == "floor_above_balance"


def test_unknown_accounts_and_subjects_cannot_be_set() -> None:
    with pytest.raises(SettingRefused) as refused, transaction.atomic():
        actions.set_floor(account_id=new_bigint_id(), floor_minor=0)
    assert code_of(refused) == "account_not_found"
    with pytest.raises(SettingRefused) as refused, transaction.atomic():
        actions.set_limits(subject_id=new_bigint_id(), limits=Limits())
    assert code_of(refused) == "limit_subject_not_found"


def test_limits_can_be_lowered_below_what_was_used() -> None:
    payer, payee, subject = funded(100), opened(), LimitSubject(new_bigint_id(), "USD", "Asia/Shanghai")
    with transaction.atomic():
        actions.open_limit_subjects([subject])
    first, second = (
        Post(new_uuid7(), "test", (Leg(payer.id, payee.id, 60),), (Count(subject.id, 60),)),
        Post(new_uuid7(), "test", (Leg(payer.id, payee.id, 1),), (Count(subject.id, 1),)),
    )
    assert post(first)[0].accepted
    with transaction.atomic():
        actions.set_limits(subject_id=subject.id, limits=Limits(per_day_minor=50))
    (refused,) = post(second)
    assert (refused.outcome, refused.culprit_id) == (Outcome.LIMIT_PER_DAY, subject.id)
    assert refused.remaining_minor == 0
    found = queries.limit_subject(subject.id)
    assert found is not None
    assert found.used_day_minor == 60


@pytest.mark.parametrize("zone", ["Mars/Olympus", "localtime", "posix/UTC", "Asia", "", "../UTC"])
def test_a_time_zone_must_exist(zone: str) -> None:
    with pytest.raises(SettingRefused) as refused, transaction.atomic():
        actions.open_limit_subjects([LimitSubject(new_bigint_id(), "USD", zone)])
    assert code_of(refused) == "time_zone_unknown"


def test_a_subject_keeps_its_currency() -> None:
    subject_id = new_bigint_id()
    with transaction.atomic():
        actions.open_limit_subjects([LimitSubject(subject_id, "USD", "UTC")])
    with pytest.raises(SettingRefused) as refused, transaction.atomic():
        actions.open_limit_subjects([LimitSubject(subject_id, "EUR", "UTC")])
    assert code_of(refused) == "limit_subject_conflict"


def test_every_refusal_has_a_code_of_its_own() -> None:
    assert len(set(REFUSALS.values())) == len(Outcome) - 2
    for outcome in REFUSALS:
        PostingRefused.from_result(Result(new_uuid7(), outcome))


def test_an_amount_of_any_size_is_refused_or_posted_exactly() -> None:
    payer, payee = opened(floor_minor=None), opened()
    amounts = [0, -1, MAX_MINOR + 1, 2**63, 10**40, 9_007_199_254_740_993]
    items = [Post(new_uuid7(), "test", (Leg(payer.id, payee.id, amount),)) for amount in amounts]
    *refused, taken = post(*items)
    assert {result.outcome for result in refused} == {Outcome.AMOUNT_OUT_OF_RANGE}
    assert taken.outcome is Outcome.POSTED
    found = queries.account(payee.id)
    assert found is not None
    assert found.balance_minor == 9_007_199_254_740_993


@pytest.mark.parametrize("setting", ["status = 5", "status = 0", "floor_minor = 4000000000000000001"])
def test_the_database_refuses_settings_that_do_not_exist(setting: str) -> None:
    account = opened()
    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"UPDATE ledger_account SET {setting} WHERE id = %s", [account.id])  # noqa: S608 our own
    found = queries.account(account.id)
    assert found is not None
    assert (found.status, found.floor_minor) == (AccountStatus.ACTIVE, 0)


@pytest.mark.parametrize("limit", [-1, MAX_MINOR + 1, 2**63])
def test_a_limit_lies_in_range(limit: int) -> None:
    subject = LimitSubject(new_bigint_id(), "USD", "UTC", Limits(per_week_minor=limit))
    with pytest.raises(SettingRefused) as refused, transaction.atomic():
        actions.open_limit_subjects([subject])
    assert code_of(refused) == "limit_out_of_range"


def test_what_no_caller_can_mean_is_a_fault_of_the_program() -> None:
    payer, payee = funded(10), opened()
    for amount in (True, 1.5, "1", None):
        with pytest.raises(BrokenInvariant), transaction.atomic():
            actions.post_many([Post(new_uuid7(), "test", (Leg(payer.id, payee.id, amount),))])  # type: ignore[arg-type]
    with pytest.raises(BrokenInvariant), transaction.atomic():
        actions.post_many([Post(new_uuid7(), "test", (Leg(2**63, payee.id, 1),))])
    with pytest.raises(BrokenInvariant), transaction.atomic():
        actions.post_many([Post(new_uuid7(), "<b>", (Leg(payer.id, payee.id, 1),))])
    found = queries.account(payer.id)
    assert found is not None
    assert found.balance_minor == 10
