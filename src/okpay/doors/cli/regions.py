"""`okpay regions check`: does every country pack say what it must, and can it be right?"""

import argparse
from pathlib import Path

from okpay.doors.cli.checked_files import print_checked
from okpay.regions import queries


def register(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the command to the program's parser."""
    parser = subparsers.add_parser("regions", help="check the country packs")
    commands = parser.add_subparsers(dest="command", required=True)
    check = commands.add_parser("check", help="read every country pack and say what is wrong with it")
    check.add_argument(
        "--folder", type=Path, help="check the packs of this folder instead of the installed ones"
    )
    check.set_defaults(run=run_check)


def run_check(arguments: argparse.Namespace) -> int:
    """Print a line per pack and its first problems; return 1 when there are any, else 0."""
    checked = queries.check_packs(arguments.folder) if arguments.folder else queries.check_packs()
    if not checked:
        print("There is no country pack here: a pack is a file such as US.toml.")
        return 1
    return print_checked(checked, "pack")
