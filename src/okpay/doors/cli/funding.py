"""`okpay funding reconcile`: does the acquirer have the same charges as we?"""

from __future__ import annotations

import argparse
import sys
from datetime import UTC, datetime, timedelta

from okpay.doors.cli.errors import CommandError

DAYS = 7


def register(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command to the program's parser."""
    parser = subparsers.add_parser("funding", help="cards and top-ups, held against the acquirer")
    commands = parser.add_subparsers(dest="command", required=True)
    reconcile = commands.add_parser(
        "reconcile", help="compare the acquirer's charges with our top-ups, and name every difference"
    )
    span = reconcile.add_mutually_exclusive_group()
    span.add_argument("--days", type=int, default=DAYS, help=f"how many days back ({DAYS})")
    span.add_argument("--all", action="store_true", help="everything that the acquirer lists")
    reconcile.add_argument("--data", help="the data folder, when it is not the usual one")
    reconcile.set_defaults(run=run_reconcile, needs_database=True)


def run_reconcile(arguments: argparse.Namespace) -> int:
    """Print what both sides have and every difference; return 1 when there is one.

    Raises: CommandError where there is no acquirer, or it does not answer.
    """
    from okpay.base import clock
    from okpay.base.amounts import format_plain
    from okpay.base.money import Money
    from okpay.funding import actions
    from okpay.funding.errors import CardRefused

    if arguments.days < 1:
        raise CommandError("--days must be one or more.")
    now = clock.now()
    since = datetime(2020, 1, 1, tzinfo=UTC) if arguments.all else now - timedelta(days=arguments.days)
    live = sys.stdout.isatty()

    def progress(seen: int) -> None:
        if live:
            print(f"\r\x1b[K  {seen:,} charges", end="", flush=True)

    try:
        found = actions.reconcile(since=since, now=now, progress=progress)
    except CardRefused:
        raise CommandError(
            "The acquirer does not answer: look at OKPAY_ACQUIRER_URL and OKPAY_ACQUIRER_KEY, and try again."
        ) from None
    print(
        f"{chr(13) + chr(27) + '[K' if live else ''}The acquirer has {found.charges:,} charges since {since:%Y-%m-%d}."
    )
    for total in found.totals:
        theirs, ours = (
            format_plain(Money(minor, total.currency)) for minor in (total.acquirer_minor, total.ours_minor)
        )
        print(f"  {total.currency}: the acquirer has charged {theirs}, we have booked {ours}")
    if found.foreign:
        print(f"  {found.foreign:,} charges are none of this installation's.")
    if found.woken:
        print(f"  {found.woken:,} top-ups had not ended; the acquirer is asked about them anew.")
    for difference in found.differences:
        print(f"DIFFERENT ({difference.check}): {difference.what}")
    if found.differences:
        print("Nothing was booked for these. docs/operate/cards.md says what to do about each.")
        return 1
    print("Every charge is one top-up of its amount, and there are no others.")
    return 0
