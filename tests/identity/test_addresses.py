"""Only a proven address counts: claims stand in nobody's way, and one prover wins."""

from __future__ import annotations

import threading
from datetime import timedelta

from django.db import connection, transaction

from okpay.base import clock
from okpay.identity import actions, queries
from okpay.identity.errors import IdentityRefused
from okpay.identity.models import User
from okpay.identity.records import AddressKind, Standing
from tests.factories.people import open_person, unique_email, unique_phone


def test_a_claim_is_not_found_and_stops_nobody() -> None:
    number, email = unique_phone(), unique_email()
    claimer, prover = open_person(proven=False, email=email), open_person(email=email)
    actions.claim_phone(user_id=claimer.pk, number=number)
    assert queries.user_of_phone(number) is None
    actions.prove_phone(user_id=prover.pk, number=number, now=clock.now())
    assert queries.user_of_phone(number) == prover
    assert queries.user_of_email(email) == prover


def test_who_reads_provers_claims_and_names_at_once() -> None:
    number, email, free = unique_phone(), unique_email(), unique_email()
    claimer, prover = open_person(proven=False, email=email), open_person(display_name="Ben")
    actions.claim_phone(user_id=claimer.pk, number=number)
    actions.prove_phone(user_id=prover.pk, number=number, now=clock.now())
    places = [
        (AddressKind.PHONE, number),
        (AddressKind.EMAIL, email),
        (AddressKind.EMAIL, prover.email),
        (AddressKind.EMAIL, free),
    ]
    standings, names = queries.who(places, [claimer.pk])
    assert [standings[place] for place in places] == [
        Standing(prover.pk, is_claimed=True),
        Standing(None, is_claimed=True),
        Standing(prover.pk, is_claimed=True),
        Standing(None, is_claimed=False),
    ]
    assert {user: called.display_name for user, called in names.items()} == {
        claimer.pk: "Anna",
        prover.pk: "Ben",
    }
    assert queries.who([]) == ({}, {})


def test_a_proven_number_stays_until_another_is_proven() -> None:
    user, number = open_person(), unique_phone()
    before = queries.phone_of(user.pk)
    actions.claim_phone(user_id=user.pk, number=number)
    assert queries.phone_of(user.pk) == before
    actions.prove_phone(user_id=user.pk, number=number, now=clock.now())
    assert queries.phone_of(user.pk) == (number, True)


def test_of_two_who_prove_one_number_at_once_one_wins() -> None:
    number = unique_phone()
    users = [open_person(), open_person()]
    start, answers = threading.Barrier(2), []

    def prove(user: User) -> None:
        try:
            start.wait()
            with transaction.atomic():
                actions.prove_phone(user_id=user.pk, number=number, now=clock.now())
            answers.append("proven")
        except IdentityRefused as refused:
            answers.append(refused.code)
        finally:
            connection.close()

    threads = [threading.Thread(target=prove, args=(user,)) for user in users]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answers) == ["phone_taken", "proven"]
    assert queries.user_of_phone(number) in users


def test_who_proved_nothing_for_a_week_is_forgotten() -> None:
    now = clock.now()
    old = now - timedelta(days=8)
    abandoned, waiting = open_person(proven=False, now=old), open_person(proven=False)
    half = open_person(proven=False, now=old)
    actions.prove_phone(user_id=half.pk, number=unique_phone(), now=now)
    kept = open_person(now=old)
    assert actions.clear_abandoned(now=now) >= 1
    left = set(User.objects.filter(pk__in=[user.pk for user in (abandoned, waiting, half, kept)]))
    assert left == {waiting, half, kept}
