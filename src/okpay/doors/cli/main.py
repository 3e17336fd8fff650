"""The command `okpay`: find the subcommand, prepare what it needs, run it, turn a failure into one sentence."""

import argparse
import os
import sys
from collections.abc import Sequence
from importlib import import_module

from okpay.base.binaries import BinariesError
from okpay.base.cluster import ClusterError
from okpay.base.folders import FolderError
from okpay.base.provision import ProvisionError
from okpay.doors.cli.errors import CommandError

COMMANDS = (
    "okpay.doors.cli.run",
    "okpay.doors.cli.ledger",
    "okpay.doors.cli.movements",
    "okpay.doors.cli.funding",
    "okpay.doors.cli.notifications",
    "okpay.doors.cli.regions",
    "okpay.doors.cli.fees",
    "okpay.doors.cli.messages",
    "okpay.doors.cli.demo",
    "okpay.doors.cli.staff",
    "okpay.doors.cli.maintenance",
    "okpay.doors.cli.clock",
)
"""Modules with `register(subparsers)`. A subcommand sets `run`, a function from its arguments to an exit code,
and `needs_database=True` when it reads or writes the book: the database is then started, if it does not run."""

EXPECTED = (CommandError, ClusterError, FolderError, BinariesError, ProvisionError)


def build_parser() -> argparse.ArgumentParser:
    """Return the parser with every subcommand."""
    parser = argparse.ArgumentParser(
        prog="okpay", description="OKPay, a digital wallet that you can host yourself."
    )
    subparsers = parser.add_subparsers(title="commands", dest="subcommand", metavar="COMMAND", required=True)
    for name in COMMANDS:
        import_module(name).register(subparsers)
    return parser


def main(given: Sequence[str] | None = None) -> int:
    """Run one subcommand; return its exit code, 2 when it cannot do its work."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "okpay.config.settings")
    arguments = build_parser().parse_args(given)
    try:
        if getattr(arguments, "needs_database", False):
            return _run_with_database(arguments)
        return int(arguments.run(arguments))
    except EXPECTED as error:
        print(error, file=sys.stderr)
        return 2
    except BrokenPipeError:
        # Somebody closed the pipe, as `head` does; the interpreter would complain once more when it flushes.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except KeyboardInterrupt:
        return 130


def _run_with_database(arguments: argparse.Namespace) -> int:
    import django
    from django.core.exceptions import ImproperlyConfigured

    from okpay.doors.cli.database import open_database
    from okpay.doors.cli.home import Home

    with open_database(Home.find(getattr(arguments, "data", None))):
        try:
            django.setup()
        except ImproperlyConfigured as error:
            raise CommandError(str(error)) from error
        return int(arguments.run(arguments))
