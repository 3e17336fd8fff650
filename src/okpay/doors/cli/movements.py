"""`okpay movements verify`: is every movement what its events say, and did the money move as it says?"""

from __future__ import annotations

import argparse

from okpay.doors.cli.verified import print_verified


def register(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command to the program's parser."""
    parser = subparsers.add_parser("movements", help="hold what people read against the book")
    commands = parser.add_subparsers(dest="command", required=True)
    verify = commands.add_parser(
        "verify", help="compare movements, lines, holds and book, and name the first row that is wrong"
    )
    verify.add_argument("--data", help="the data folder, when it is not the usual one")
    verify.set_defaults(run=run_verify, needs_database=True)


def run_verify(arguments: argparse.Namespace) -> int:
    """Verify movements, then each kind against the book; return 1 when something is wrong, having named it."""
    from okpay.funding import queries as funding
    from okpay.movements import queries as movements
    from okpay.transfers import queries as transfers

    clean = [print_verified(verify) for verify in (movements.verify, transfers.verify, funding.verify)]
    if all(clean):
        print("The movements are true: each says what became of its money.")
        return 0
    print("The movements are NOT true. Keep the data as it is, and look at the rows above first.")
    return 1
