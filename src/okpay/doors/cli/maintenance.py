"""`okpay maintenance`: let transfers wait while you work on the installation, and tell people until when."""

from __future__ import annotations

import argparse
import getpass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from okpay.doors.cli.errors import CommandError

if TYPE_CHECKING:
    from okpay.ledger.errors import SettingRefused
    from okpay.ledger.records import Maintenance

_HELP = """\
While it is on, the ledger accepts holds only: money that people send waits and arrives afterwards, and everything can
be read. Every page says so. `on` a second time replaces what was announced.

--until is what people are told. It does not end the maintenance: `okpay maintenance off` does."""


def register(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command to the program's parser."""
    parser = subparsers.add_parser(
        "maintenance",
        help="let transfers wait, and tell people until when",
        description=_HELP,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    verbs = parser.add_subparsers(dest="verb", metavar="VERB", required=True)
    on = verbs.add_parser(
        "on",
        help="begin, or announce anew",
        description=_HELP,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    on.add_argument(
        "--until",
        metavar="TIME",
        help="the end that people are told, with its time zone: 2026-11-26T06:00Z; it does not end by itself then",
    )
    on.add_argument("--message", default="", metavar="TEXT", help="what to tell people, in English")
    on.add_argument("--message-zh", default="", metavar="TEXT", help="what to tell people, in Chinese")
    on.set_defaults(run=run_on, needs_database=True)
    off = verbs.add_parser("off", help="end it: what waits goes on")
    off.set_defaults(run=run_off, needs_database=True)
    status = verbs.add_parser("status", help="whether it is on, since when, and what people are told")
    status.set_defaults(run=run_status, needs_database=True)
    for verb in (on, off, status):
        verb.add_argument("--data", metavar="FOLDER", help="where the database is kept")


def run_on(arguments: argparse.Namespace) -> int:
    """Begin a maintenance, or announce the present one anew."""
    from django.db import transaction

    from okpay.base import clock
    from okpay.ledger import actions as ledger
    from okpay.ledger.errors import SettingRefused

    until, now = _instant(arguments.until), clock.now()
    try:
        with transaction.atomic():
            begun = ledger.start_maintenance(
                until=until,
                message=arguments.message,
                message_zh=arguments.message_zh,
                now=now,
                actor=_actor(),
            )
    except SettingRefused as refused:
        raise CommandError(_sentence(refused, arguments)) from None
    _show(begun, now)
    return 0


def run_off(_: argparse.Namespace) -> int:
    """End the maintenance."""
    from django.db import transaction

    from okpay.base import clock
    from okpay.ledger import actions as ledger

    now = clock.now()
    with transaction.atomic():
        ended = ledger.end_maintenance(now=now, actor=_actor())
    if ended is None:
        print("There was no maintenance: nothing changed.")
    else:
        print(f"Maintenance has ended after {_length(now - ended.since)}. What waited goes on.")
    return 0


def run_status(_: argparse.Namespace) -> int:
    """Print whether there is a maintenance, and warn when it lasts longer than people were told."""
    from okpay.base import clock
    from okpay.ledger import queries as ledger

    present = ledger.maintenance()
    if present is None:
        print("Maintenance is off: the ledger accepts everything.")
    else:
        _show(present, clock.now())
    return 0


def _show(maintenance: Maintenance, now: datetime) -> None:
    print(f"Maintenance is on since {_shown(maintenance.since)}: the ledger accepts holds only.")
    if maintenance.until is None:
        print("People are told no end.")
    elif maintenance.is_late(now):
        print(
            f"WARNING: people were told that it ends at {_shown(maintenance.until)}, "
            f"{_length(now - maintenance.until)} ago. End it with `okpay maintenance off`, "
            "or announce another end with `okpay maintenance on --until`."
        )
    else:
        print(f"People are told that it ends at {_shown(maintenance.until)}. It does not end by itself.")
    for language, message in (("English", maintenance.message), ("Chinese", maintenance.message_zh)):
        print(f"In {language}: {message or 'no message of yours'}")


def _instant(text: str | None) -> datetime | None:
    if text is None:
        return None
    try:
        instant = datetime.fromisoformat(text)
        if instant.tzinfo is None:
            raise CommandError(
                f"--until {text!r} has no time zone: add Z for UTC, or an offset such as +08:00."
            )
        return instant.astimezone(UTC)
    except (ValueError, OverflowError):
        raise CommandError(f"--until {text!r} is no time: write it as 2026-11-26T06:00Z.") from None


def _sentence(refused: SettingRefused, arguments: argparse.Namespace) -> str:
    option = f"--{refused.field.replace('_', '-')}"
    match refused.code:
        case "maintenance_end_passed":
            return f"{option} {arguments.until} has passed already: name an end that lies ahead."
        case "announcement_too_long":
            return f"{option} is too long: people read {refused.data['longest']} characters at most."
        case "announcement_unreadable":
            return (
                f"{option} has characters that cannot be shown, such as a line break: write one line of text."
            )
        case code:
            return f"The maintenance cannot be set like that ({code})."


def _shown(instant: datetime) -> str:
    return f"{instant.astimezone(UTC):%Y-%m-%d %H:%M} UTC"


def _length(length: timedelta) -> str:
    minutes = int(length.total_seconds()) // 60
    return f"{minutes // 60} h {minutes % 60} min" if minutes >= 60 else f"{minutes} min"


def _actor() -> str:
    """Return who is at the terminal, as the system knows them."""
    try:
        return f"operator:{getpass.getuser()}"[:120]
    except (OSError, KeyError):
        # A container may run as a number without a name.
        return "operator:unknown"
