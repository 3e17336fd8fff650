"""`okpay clock`: what time it is in a trial, and how to let time pass there."""

from __future__ import annotations

import argparse
import re
from datetime import timedelta

from okpay.doors.cli.errors import CommandError

_UNITS = {"d": "days", "h": "hours", "m": "minutes"}
_SPAN = re.compile(r"([1-9][0-9]{0,3})([dhm])")
MOST = timedelta(days=400)


def register(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command to the program's parser."""
    parser = subparsers.add_parser("clock", help="show the time of a trial installation, or move it forward")
    verbs = parser.add_subparsers(dest="verb", metavar="VERB", required=True)
    show = verbs.add_parser("show", help="print the time that this installation goes by")
    show.set_defaults(run=_show, needs_database=True)
    forward = verbs.add_parser(
        "forward", help="let time pass, to see what happens at a deadline; there is no way back"
    )
    forward.add_argument("span", help="how long: 14d, 2h, 30m")
    forward.set_defaults(run=_forward, needs_database=True)
    for verb in (show, forward):
        verb.add_argument("--data", metavar="FOLDER", help="where the database is kept")


def _show(arguments: argparse.Namespace) -> int:
    from okpay.base import clock

    print(f"{clock.now():%Y-%m-%d %H:%M:%S} UTC")
    return 0


def _forward(arguments: argparse.Namespace) -> int:
    from django.conf import settings

    from okpay.base import clock

    if not settings.TRIAL:
        raise CommandError("The clock of a production installation is never moved: this is for trials only.")
    print(f"It is now {clock.advance(span_of(arguments.span)):%Y-%m-%d %H:%M:%S} UTC here.")
    return 0


def span_of(text: str) -> timedelta:
    """Return a span as the command takes it. Raises: CommandError."""
    found = _SPAN.fullmatch(text)
    span = timedelta(**{_UNITS[found[2]]: int(found[1])}) if found else None
    if span is None or span > MOST:
        raise CommandError(
            f"`{text}` is no span of time: write 14d, 2h or 30m, and no more than {MOST.days}d."
        )
    return span
