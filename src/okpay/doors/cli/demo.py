"""`okpay demo`: two people who do not exist, to try a trial installation with."""

from __future__ import annotations

import argparse
from dataclasses import dataclass

from okpay.doors.cli.errors import CommandError


@dataclass(frozen=True)
class _Cast:
    email: str
    phone: str
    legal_name: str
    display_name: str
    country: str
    language: str
    password: str


_PEOPLE = (
    _Cast(
        "anna@example.com",
        "+12025550100",
        "Anna Maria Smith",
        "Anna",
        "US",
        "en",
        "seven quiet herons at noon",
    ),
    _Cast(
        "xiaoming@example.com",
        "+12025550101",
        "王小明",
        "小明",
        "US",  # as Anna: people whose wallets hold the same currency can send each other money
        "zh-hans",
        "七只安静的苍鹭在正午飞",
    ),
)


def register(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command to the program's parser."""
    parser = subparsers.add_parser("demo", help="make two fictional people for a trial and tell their story")
    parser.add_argument("--data", metavar="FOLDER", help="where the database is kept")
    parser.set_defaults(run=_make, needs_database=True)


def _make(arguments: argparse.Namespace) -> int:
    from django.conf import settings

    if not settings.TRIAL:
        raise CommandError(
            "The people of the demo do not exist, and their passwords are known: for trials only."
        )
    for cast in _PEOPLE:
        print(_open(cast))
    print("\nSign in as one of them in one browser and as the other in a private window.")
    print("Mails and messages of both arrive in the sandbox, whose address `./okpay run` prints.")
    return 0


def _open(cast: _Cast) -> str:
    from django.db import transaction

    from okpay.base import clock
    from okpay.customers import actions as customers
    from okpay.identity import actions as identity
    from okpay.identity import queries as people

    told = f"{cast.display_name} ({cast.country}): {cast.email} or {cast.phone}, password: {cast.password}"
    if people.user_of_email(cast.email) is not None:
        return f"{told} — was there already"
    with transaction.atomic():
        now = clock.now()
        user = identity.open_user(
            email=cast.email,
            legal_name=cast.legal_name,
            display_name=cast.display_name,
            country=cast.country,
            language=cast.language,
            password=cast.password,
            now=now,
        )
        identity.prove_email(user_id=user.pk, email=cast.email, now=now)
        identity.prove_phone(user_id=user.pk, number=cast.phone, now=now)
        customers.open_customer(user_id=user.pk, country=cast.country, now=now)
    return told
