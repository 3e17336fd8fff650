"""A confirmation is good for what was confirmed, by whom, for five minutes, once."""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction

from okpay.base import clock
from okpay.base.errors import BrokenInvariant
from okpay.base.ids import new_uuid7
from okpay.identity import actions
from okpay.identity.models import PaymentConfirmation as Row
from okpay.identity.records import CONFIRMATION_LASTS, ConfirmationFault, ConfirmationUse, binding_of
from tests.factories.people import DIGITS, open_person, set_payment_password
from tests.identity.test_payment_passwords import BINDING, at_once, confirm, owner


def confirmed(user_id: uuid.UUID, **changes: Any) -> ConfirmationUse:
    """Confirm something and return the use of it."""
    answer = confirm(user_id, **changes)
    assert answer.confirmation_id is not None
    return ConfirmationUse(answer.confirmation_id, user_id, BINDING)


def use(*uses: ConfirmationUse) -> list[str | None]:
    """Use confirmations in a transaction of their own."""
    with transaction.atomic():
        return actions.use_confirmations(uses, now=clock.now())


def test_it_works_once() -> None:
    one = confirmed(owner())
    assert use(one) == [None]
    assert use(one) == [ConfirmationFault.USED]
    assert use() == []


def test_it_is_for_one_user_and_one_movement() -> None:
    user_id, other_id = owner(), owner()
    one = confirmed(user_id)
    other = binding_of(payee=uuid.uuid4(), amount_minor=12_000, currency="USD")
    assert use(
        ConfirmationUse(one.id, other_id, BINDING),
        ConfirmationUse(one.id, user_id, other),
        ConfirmationUse(new_uuid7(), user_id, BINDING),
    ) == ["confirmation_unknown", "confirmation_other", "confirmation_unknown"]
    assert use(one) == [None], "what was refused did not use it up"


def test_a_binding_holds_every_fact() -> None:
    payee = uuid.uuid4()
    same = binding_of(payee=payee, amount_minor=12_000, currency="USD", fee_minor=0, note=None)
    assert same == binding_of(currency="USD", note=None, fee_minor=0, amount_minor=12_000, payee=str(payee))
    others = [
        binding_of(payee=uuid.uuid4(), amount_minor=12_000, currency="USD", fee_minor=0, note=None),
        binding_of(payee=payee, amount_minor=12_001, currency="USD", fee_minor=0, note=None),
        binding_of(payee=payee, amount_minor=12_000, currency="EUR", fee_minor=0, note=None),
        binding_of(payee=payee, amount_minor=12_000, currency="USD", fee_minor=1, note=None),
        binding_of(payee=payee, amount_minor=12_000, currency="USD", fee_minor=0, note=""),
        binding_of(payee=payee, amount_minor=12_000, currency="USD", fee_minor=0),
    ]
    assert len({same, *others}) == len(others) + 1
    assert {len(binding) for binding in others} == {32}
    with pytest.raises(BrokenInvariant):
        confirm(owner(), binding=b"short")


def test_it_lapses_after_five_minutes() -> None:
    user_id = owner()
    one, two = confirmed(user_id), confirmed(user_id)
    with transaction.atomic():
        at = Row.objects.get(id=one.id).confirmed_at + CONFIRMATION_LASTS
        just_before = at - timedelta(microseconds=1)
        assert actions.use_confirmations([one], now=just_before) == [None]
    clock.advance(CONFIRMATION_LASTS)
    assert use(two) == ["confirmation_expired"]
    assert use(one) == ["confirmation_used"]


def test_a_list_gets_an_answer_each_in_its_order() -> None:
    user_id = owner()
    one, two, three = (confirmed(user_id) for _ in range(3))
    assert use(three) == [None]
    unknown = ConfirmationUse(new_uuid7(), user_id, BINDING)
    stranger = ConfirmationUse(one.id, owner(), BINDING)
    assert use(two, unknown, one, three, two, stranger, one) == [
        None, "confirmation_unknown", None, "confirmation_used", "confirmation_used", "confirmation_unknown",
        "confirmation_used",
    ]  # fmt: skip


def test_of_many_at_the_same_moment_one_gets_it() -> None:
    user_id = owner()
    for _ in range(5):
        one = confirmed(user_id)
        answers = at_once([lambda one=one: use(one)] * 10)  # type: ignore[misc]
        assert sorted(map(str, answers)) == ["['confirmation_used']"] * 9 + ["[None]"]


def test_lists_in_opposite_order_do_not_deadlock() -> None:
    user_id = owner()
    for _ in range(5):
        uses = [confirmed(user_id) for _ in range(6)]
        answers = at_once([lambda: use(*uses), lambda: use(*uses[::-1])] * 3)  # noqa: B023
        assert [answer for answer in answers if isinstance(answer, Exception)] == []
        got = [fault for answer in answers if isinstance(answer, list) for fault in answer]
        assert got.count(None) == 6
        assert got.count("confirmation_used") == 30


def test_a_rollback_gives_it_back_also_to_who_waits() -> None:
    one = confirmed(owner())

    def give_up() -> list[str | None]:
        with transaction.atomic():
            answers = actions.use_confirmations([one], now=clock.now())
            transaction.set_rollback(True)
        return answers

    answers = at_once([give_up] * 5)
    assert answers == [[None]] * 5
    assert use(one) == [None]


def test_a_new_payment_password_ends_what_was_confirmed_with_the_old_one() -> None:
    user = open_person()
    set_payment_password(user)
    used, unused = confirmed(user.pk), confirmed(user.pk)
    assert use(used) == [None]
    set_payment_password(user, "739182")
    assert use(unused, used) == ["confirmation_unknown", "confirmation_used"]


def test_setting_and_using_at_once_end_in_one_of_both() -> None:
    user = open_person()
    set_payment_password(user)
    for turn in range(5):
        uses = [confirmed(user.pk, digits=DIGITS if turn % 2 == 0 else "739182") for _ in range(4)]
        new = "739182" if turn % 2 == 0 else DIGITS
        answers = at_once([lambda: use(*uses[::-1]), lambda: set_payment_password(user, new)])  # noqa: B023
        assert [answer for answer in answers if isinstance(answer, Exception)] == []
        (got,) = [answer for answer in answers if answer is not None]
        assert got in ([None] * 4, ["confirmation_unknown"] * 4)


def test_it_is_used_in_a_transaction_only() -> None:
    with pytest.raises(BrokenInvariant):
        actions.use_confirmations([], now=clock.now())


def test_old_ones_are_deleted_a_week_after_they_lapsed() -> None:
    user_id = owner()
    one, two = confirmed(user_id), confirmed(user_id)
    assert use(one) == [None]
    now = clock.now()
    assert actions.clear_confirmations(now=now + timedelta(days=6)) == 0 or use(two) == [None]
    assert actions.clear_confirmations(now=now + timedelta(days=7, minutes=6)) >= 2
    assert use(one, two) == ["confirmation_unknown"] * 2
