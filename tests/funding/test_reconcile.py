"""The acquirer's list against our top-ups: what agrees, what is woken, and what is named."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import pytest
from django.db import transaction

from okpay.base.errors import BrokenInvariant
from okpay.base.ids import new_uuid7
from okpay.base.money import Money
from okpay.funding import actions
from okpay.funding.models import TopUp
from okpay.funding.providers.protocol import AcquirerUnavailable, ChargeOrder, Outcome
from okpay.funding.records import Reconciled
from okpay.movements.records import State
from tests.factories.funding import new_card, started
from tests.factories.transfers import movement_of, new_holder
from tests.funding.conftest import Clock
from tests.funding.keeping import Keeping


def begun(minor: int = 20_00) -> UUID:
    """Begin a top-up of somebody new."""
    anna = new_holder()
    return started(anna, new_card(anna), minor).id


def compared(acquirer: Keeping, clock: Clock, ids: list[UUID]) -> Reconciled:
    """Compare, and leave out what other tests have begun."""
    found = actions.reconcile(since=clock.now - timedelta(hours=1), now=clock.now, by=acquirer)
    found.differences = [one for one in found.differences if any(str(id_) in one.what for id_ in ids)]
    return found


def test_one_charge_for_each_top_up_agrees(clock: Clock) -> None:
    acquirer = Keeping(lambda order: Outcome.DECLINED if order.amount.minor < 15_00 else Outcome.SUCCEEDED)
    ids = [begun(minor) for minor in (20_00, 30_00, 10_00)]
    while actions.charge_once(acquirer, clock=clock):
        pass
    found = compared(acquirer, clock, ids)
    assert (found.charges, found.foreign, found.woken, found.differences) == (3, 0, 0, [])
    (total,) = [total for total in found.totals if total.currency == "USD"]
    assert total.acquirer_minor == 20_20 + 30_30
    assert total.ours_minor >= total.acquirer_minor


def test_what_was_charged_and_not_known_is_asked_about_by_its_name(clock: Clock) -> None:
    acquirer = Keeping(lambda order: Outcome.UNKNOWN)
    movement_id = begun()
    actions.charge_once(acquirer, clock=clock)
    clock.wait(hours=30)
    actions.charge_once(acquirer, clock=clock)
    assert movement_of(movement_id).state is State.UNKNOWN
    found = compared(acquirer, clock, [movement_id])
    assert (found.woken, found.differences) == (1, [])
    acquirer.behave = lambda order: Outcome.SUCCEEDED
    actions.charge_once(acquirer, clock=clock)
    assert movement_of(movement_id).state is State.COMPLETED
    assert compared(acquirer, clock, [movement_id]).woken == 0


def test_every_difference_is_named(clock: Clock) -> None:
    acquirer = Keeping()
    never, twice, amount, declined = (begun() for _ in range(4))
    acquirer.behave = lambda order: Outcome.DECLINED if order.id == declined else Outcome.SUCCEEDED
    while actions.charge_once(acquirer, clock=clock):
        pass
    del acquirer.made[never]
    stranger, foreign = new_uuid7(), new_uuid7()

    def charge_for(id_: UUID, minor: int = 20_20) -> tuple[str, Outcome, ChargeOrder]:
        order = ChargeOrder(id_, "pm", Money(minor, "USD"), "")
        return f"pi_{new_uuid7().hex}", Outcome.SUCCEEDED, order

    acquirer.made[amount] = charge_for(amount, 99_99)
    acquirer.made[declined] = charge_for(declined)
    acquirer.made[new_uuid7()] = charge_for(twice)
    acquirer.made[stranger] = charge_for(stranger)
    found = compared(acquirer, clock, [never, twice, amount, declined, stranger, foreign])
    checks = {(one.check, id_) for one in found.differences for id_ in (never, twice, amount, declined, stranger)
              if str(id_) in one.what}  # fmt: skip
    assert checks == {
        ("completed without a charge", never),
        ("charged twice", twice),
        ("other amount", amount),
        ("charged and declined", declined),
        ("charge without a top-up", stranger),
    }


def test_a_charge_that_the_list_has_not_is_asked_for_before_it_is_missed(clock: Clock) -> None:
    acquirer = Keeping()
    movement_id = begun()
    actions.charge_once(acquirer, clock=clock)

    class Forgetful(Keeping):
        """An acquirer whose clock differs, so that its list begins later."""

        def charges(self, *, since):  # type: ignore[no-untyped-def]
            yield from ()

    assert compared(Forgetful(made=acquirer.made), clock, [movement_id]).differences == []
    TopUp.objects.filter(movement_id=movement_id).update(charge_id="")
    (difference,) = compared(Forgetful(made=acquirer.made), clock, [movement_id]).differences
    assert difference.check == "completed without a charge"


def test_an_acquirer_that_does_not_answer_compares_nothing(clock: Clock) -> None:
    class Away(Keeping):
        """An acquirer that is not there."""

        def charges(self, *, since):  # type: ignore[no-untyped-def]
            raise AcquirerUnavailable("unreachable")

    with pytest.raises(Exception, match="acquirer_unavailable"):
        compared(Away(), clock, [])
    with transaction.atomic(), pytest.raises(BrokenInvariant):
        compared(Keeping(), clock, [])
