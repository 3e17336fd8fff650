"""The payment password: set, changed, guessed at, blocked."""

from __future__ import annotations

import threading
import uuid
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from typing import Any, TypeVar

import pytest
from django.contrib.auth.hashers import check_password
from django.db import DatabaseError, connection, transaction

from okpay.base import audit, clock
from okpay.base.database import execute_prepared
from okpay.base.errors import BrokenInvariant
from okpay.identity import actions, attempts, queries
from okpay.identity.errors import IdentityRefused, InvalidPaymentPassword
from okpay.identity.models import PaymentPassword
from okpay.identity.records import (
    MOST_WRONG_PAYMENT_PASSWORDS,
    PAYMENT_PASSWORD_BLOCK,
    PaymentConfirmation,
    binding_of,
)
from tests.factories.people import DIGITS, open_person, set_payment_password

BINDING = binding_of(payee=uuid.uuid4(), amount_minor=12_000, currency="USD")
NEW = "739182"
T = TypeVar("T")


def at_once(functions: list[Callable[[], T]]) -> list[T | Exception]:
    """Run functions at the same moment, each on a connection of its own; return what they return or raise."""
    answers: list[T | Exception] = []
    start = threading.Barrier(len(functions))

    def body(function: Callable[[], T]) -> None:
        try:
            connection.ensure_connection()
            start.wait(60)
            answers.append(function())
        except Exception as error:
            answers.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=body, args=(function,)) for function in functions]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return answers


def owner() -> uuid.UUID:
    """Open a person with a payment password and return their id."""
    user = open_person()
    set_payment_password(user)
    return uuid.UUID(str(user.pk))


def confirm(user_id: uuid.UUID, digits: str = DIGITS, **changes: Any) -> PaymentConfirmation:
    """Confirm with these digits, now."""
    given = {"binding": BINDING, "now": clock.now(), **changes}
    return actions.confirm_payment(user_id=user_id, digits=digits, **given)


def events_of(user_id: uuid.UUID) -> list[str]:
    """Return the types of the events about a user's payment password, oldest first."""
    rows = execute_prepared(
        "SELECT type FROM base_outbox_event WHERE subject = %s AND type LIKE 'payment_password%%' ORDER BY id",
        [user_id],
    )
    return [type_ for (type_,) in rows]


def test_it_is_kept_as_argon2id_and_leaves_a_trace() -> None:
    user, now = open_person(), clock.now()
    assert not queries.payment_password_state(user.pk, now=now).is_set
    set_payment_password(user)
    row = PaymentPassword.objects.get(user_id=user.pk)
    assert row.digits_hash.startswith("argon2$argon2id$")
    assert check_password(DIGITS, row.digits_hash)
    state = queries.payment_password_state(user.pk, now=now)
    assert (state.is_set, state.times_set, state.tries_left, state.blocked_until) == (True, 1, 5, None)
    assert state.set_at is not None
    assert state.set_at >= now
    assert [row.action for row in audit.history(f"user:{user.pk}")] == ["payment_password_set"]
    assert events_of(user.pk) == ["payment_password_set"]


def test_it_is_set_for_users_only_and_in_a_transaction() -> None:
    with pytest.raises(IdentityRefused) as refused, transaction.atomic():
        actions.set_payment_password(user_id=uuid.uuid4(), digits=DIGITS, now=clock.now())
    assert refused.value.code == "user_unknown"
    with pytest.raises(BrokenInvariant):
        actions.set_payment_password(user_id=open_person().pk, digits=DIGITS, now=clock.now())


@pytest.mark.parametrize("seen", [0, 1, 2])
def test_of_two_who_replace_the_same_one_the_first_is_taken(seen: int) -> None:
    user = open_person()
    for _ in range(seen):
        set_payment_password(user)

    def replace(digits: str) -> str:
        with transaction.atomic():
            actions.set_payment_password(user_id=user.pk, digits=digits, now=clock.now(), replaces=seen)
        return digits

    answers = at_once([lambda: replace(NEW), lambda: replace("846273")])
    refused = [answer for answer in answers if isinstance(answer, IdentityRefused)]
    assert [error.code for error in refused] == ["payment_password_changed"]
    (taken,) = [answer for answer in answers if isinstance(answer, str)]
    assert confirm(user.pk, taken).confirmation_id
    assert queries.payment_password_state(user.pk, now=clock.now()).times_set == seen + 1


def test_a_link_from_before_the_first_one_replaces_nothing() -> None:
    with pytest.raises(IdentityRefused), transaction.atomic():
        actions.set_payment_password(user_id=open_person().pk, digits=DIGITS, now=clock.now(), replaces=1)


def test_the_right_one_confirms_and_a_missing_one_says_so() -> None:
    answer = confirm(owner())
    assert answer.confirmation_id is not None
    assert (answer.tries_left, answer.blocked_until, answer.is_missing) == (5, None, False)
    assert confirm(open_person().pk) == PaymentConfirmation(None, 5, None, True)


def test_five_wrong_ones_in_a_row_block_for_half_an_hour_also_the_owner() -> None:
    user_id, now = owner(), clock.now()
    left = [confirm(user_id, NEW, now=now).tries_left for _ in range(4)]
    assert left == [4, 3, 2, 1]
    assert events_of(user_id) == ["payment_password_set"]
    last = confirm(user_id, NEW, now=now)
    assert (last.tries_left, last.blocked_until) == (0, now + PAYMENT_PASSWORD_BLOCK)
    assert events_of(user_id) == ["payment_password_set", "payment_password_blocked"]
    just_before = now + PAYMENT_PASSWORD_BLOCK - timedelta(microseconds=1)
    for digits in (DIGITS, NEW):
        assert confirm(user_id, digits, now=just_before) == PaymentConfirmation(
            None, 0, last.blocked_until, False
        )
    state = queries.payment_password_state(user_id, now=just_before)
    assert (state.tries_left, state.blocked_until) == (0, last.blocked_until)
    after = now + PAYMENT_PASSWORD_BLOCK
    assert queries.payment_password_state(user_id, now=after).tries_left == 5
    assert confirm(user_id, NEW, now=after).tries_left == 4
    assert confirm(user_id, DIGITS, now=after).confirmation_id
    assert events_of(user_id) == ["payment_password_set", "payment_password_blocked"]


def test_a_right_one_begins_the_count_anew() -> None:
    user_id = owner()
    for _ in range(3):
        for _ in range(4):
            assert confirm(user_id, NEW).blocked_until is None
        assert confirm(user_id).confirmation_id
    assert queries.payment_password_state(user_id, now=clock.now()).tries_left == 5


@pytest.mark.parametrize("digits", ["", "48025", "x" * 100_000, "480257\x00", "４８０２５７"])
def test_what_cannot_be_right_counts_too(digits: str) -> None:
    assert confirm(owner(), digits).tries_left == 4


def test_fifty_guesses_at_once_get_five_checks(monkeypatch: pytest.MonkeyPatch) -> None:
    checked = Counter[str]()

    def counted(digits: str, hashed: str) -> bool:
        checked[digits] += 1
        return check_password(digits, hashed)

    monkeypatch.setattr(attempts, "check_password", counted)
    user_id, now = owner(), clock.now()
    answers = at_once([lambda n=n: confirm(user_id, f"90{n:02}17", now=now) for n in range(50)])  # type: ignore[misc]
    assert [answer for answer in answers if isinstance(answer, Exception)] == []
    assert checked.total() == MOST_WRONG_PAYMENT_PASSWORDS
    assert Counter(answer.tries_left for answer in answers if isinstance(answer, PaymentConfirmation)) == {
        4: 1, 3: 1, 2: 1, 1: 1, 0: 46,
    }  # fmt: skip
    assert events_of(user_id).count("payment_password_blocked") == 1
    assert confirm(user_id, now=now).confirmation_id is None
    assert checked.total() == MOST_WRONG_PAYMENT_PASSWORDS


def test_an_attempt_is_not_given_back_by_a_rollback() -> None:
    user_id = owner()
    with pytest.raises(RuntimeError, match="durable"), transaction.atomic():
        confirm(user_id, NEW)
    with pytest.raises(RuntimeError, match="durable"), transaction.atomic():
        actions.change_payment_password(user_id=user_id, old_digits=NEW, digits="846273", now=clock.now())
    assert queries.payment_password_state(user_id, now=clock.now()).tries_left == 5


def test_one_that_was_replaced_while_it_was_looked_at_is_not_right(monkeypatch: pytest.MonkeyPatch) -> None:
    user = open_person()
    set_payment_password(user)

    def slow(digits: str, hashed: str) -> bool:
        set_payment_password(user, NEW)
        return check_password(digits, hashed)

    monkeypatch.setattr(attempts, "check_password", slow)
    answer = confirm(user.pk)
    monkeypatch.undo()
    assert answer == PaymentConfirmation(None, 5, None, False)
    assert confirm(user.pk, NEW).confirmation_id


def test_it_is_changed_with_the_old_one() -> None:
    user_id, now = owner(), clock.now()
    wrong = actions.change_payment_password(user_id=user_id, old_digits="902817", digits=NEW, now=now)
    assert (wrong.is_right, wrong.tries_left) == (False, 4)
    with pytest.raises(InvalidPaymentPassword):
        actions.change_payment_password(user_id=user_id, old_digits=DIGITS, digits="123456", now=now)
    assert queries.payment_password_state(user_id, now=now).tries_left == 4, "bad new digits cost no try"
    assert actions.change_payment_password(user_id=user_id, old_digits=DIGITS, digits=NEW, now=now).is_right
    assert confirm(user_id).confirmation_id is None
    assert confirm(user_id, NEW).confirmation_id
    nobody = actions.change_payment_password(user_id=open_person().pk, old_digits=DIGITS, digits=NEW, now=now)
    assert nobody.is_missing


def test_changing_it_guesses_no_more_than_confirming() -> None:
    user_id, now = owner(), clock.now()
    for _ in range(5):
        actions.change_payment_password(user_id=user_id, old_digits="902817", digits=NEW, now=now)
    assert not actions.change_payment_password(
        user_id=user_id, old_digits=DIGITS, digits=NEW, now=now
    ).is_right
    assert confirm(user_id, now=now).blocked_until == now + PAYMENT_PASSWORD_BLOCK


def test_a_new_one_ends_the_block() -> None:
    user = open_person()
    set_payment_password(user)
    for _ in range(5):
        confirm(user.pk, NEW)
    set_payment_password(user, NEW)
    assert queries.payment_password_state(user.pk, now=clock.now()).blocked_until is None
    assert confirm(user.pk, NEW).confirmation_id


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM identity_payment_password",
        "UPDATE identity_payment_password SET user_id = user_id",
        "UPDATE identity_payment_confirmation SET binding = ''",
        "UPDATE identity_payment_confirmation SET expires_at = now()",
    ],
)
def test_the_running_program_cannot_rewrite_what_was_confirmed(statement: str) -> None:
    with pytest.raises(DatabaseError, match="permission denied"):
        execute_prepared(statement)
