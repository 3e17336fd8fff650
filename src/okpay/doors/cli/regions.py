"""`okpay regions check`: does every country pack say what it must, and can it be right?"""

import argparse
from pathlib import Path

from okpay.regions import queries

SHOWN = 10
"""Problems printed per pack; the rest are counted."""


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
    for file, problems in checked.items():
        print(f"{file}: {'OK' if not problems else _count(len(problems), 'problem')}")
        for problem in problems[:SHOWN]:
            print(f"  {problem.key or file}: {problem.sentence}")
        if len(problems) > SHOWN:
            print(f"  … and {len(problems) - SHOWN} more")
    broken = sum(1 for problems in checked.values() if problems)
    print(f"{_count(len(checked), 'pack')} checked, {broken or 'none'} with problems.")
    return 1 if broken else 0


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
