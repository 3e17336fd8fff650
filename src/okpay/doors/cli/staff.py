"""`okpay staff`: accounts of the people who work for the operator."""

from __future__ import annotations

import argparse
import secrets

from okpay.doors.cli.errors import CommandError

_PASSWORD_BYTES = 12


def register(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command to the program's parser."""
    parser = subparsers.add_parser("staff", help="add and list accounts of the operator's staff")
    verbs = parser.add_subparsers(dest="verb", metavar="VERB", required=True)
    add = verbs.add_parser("add", help="open an account and print its first password")
    add.add_argument("email", help="the address to sign in with")
    add.add_argument("name", help="the full name")
    add.add_argument("--country", default="US", help="where they work, as in ISO 3166 (US)")
    add.add_argument("--data", metavar="FOLDER", help="where the database is kept")
    add.set_defaults(run=_add, needs_database=True)
    listed = verbs.add_parser("list", help="list the accounts")
    listed.add_argument("--data", metavar="FOLDER", help="where the database is kept")
    listed.set_defaults(run=_list, needs_database=True)


def _add(arguments: argparse.Namespace) -> int:
    from django.db import IntegrityError, transaction

    from okpay.base import clock
    from okpay.base.email_addresses import InvalidEmail, normalise_email
    from okpay.identity import actions as identity
    from okpay.identity.errors import InvalidProfile

    password = secrets.token_urlsafe(_PASSWORD_BYTES)
    try:
        email = normalise_email(arguments.email)
        with transaction.atomic():
            user = identity.open_user(
                email=email,
                legal_name=arguments.name,
                display_name=arguments.name,
                country=arguments.country.upper()[:2],
                language="en",
                password=password,
                now=clock.now(),
                is_staff=True,
            )
            identity.prove_email(user_id=user.pk, email=email, now=clock.now())
    except InvalidEmail:
        raise CommandError(
            f"{arguments.email} is no e-mail address: write one like name@example.com."
        ) from None
    except InvalidProfile as error:
        raise CommandError(f"The name cannot be kept ({error.code}): write it as on a document.") from None
    except IntegrityError:
        raise CommandError(f"{email} belongs to an account already: choose another address.") from None
    print(f"{arguments.name} signs in with {email} and the password {password}")
    print("It is shown once. Change it after the first sign-in.")
    return 0


def _list(arguments: argparse.Namespace) -> int:
    from okpay.identity import queries as identity

    for person in identity.staff():
        print(f"{person.opened_at:%Y-%m-%d}  {person.email:40} {person.legal_name}")
    return 0
