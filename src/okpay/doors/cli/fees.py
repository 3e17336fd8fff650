"""`okpay fees check`: can every fee schedule be right, and does every movement that a country offers have one?"""

import argparse
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured

from okpay.doors.cli.checked_files import print_checked
from okpay.doors.cli.errors import CommandError
from okpay.pricing import queries


def register(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the command to the program's parser."""
    parser = subparsers.add_parser("fees", help="check the fee schedules")
    commands = parser.add_subparsers(dest="command", required=True)
    check = commands.add_parser("check", help="read every fee schedule and say what is wrong or missing")
    check.add_argument(
        "--folder", type=Path, help="check the schedules of this folder instead of those in use"
    )
    check.set_defaults(run=run_check)


def run_check(arguments: argparse.Namespace) -> int:
    """Print a line per file and its first problems; return 1 when there are any, else 0."""
    if arguments.folder and not arguments.folder.is_dir():
        raise CommandError(f"There is no folder {arguments.folder}.")
    try:
        checked = queries.check_schedules(arguments.folder)
    except ImproperlyConfigured as error:
        # OKPAY_PRICING itself names a folder that cannot be used.
        raise CommandError(str(error)) from error
    return print_checked(checked, "part")
