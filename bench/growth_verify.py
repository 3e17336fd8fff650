"""Verify the database that OKPAY_DATABASE_URL names: book and movements, and `transfers` if asked to."""

from __future__ import annotations

import sys

import django


def main(argv: list[str]) -> int:
    """Print what is wrong; return 1 when something is."""
    django.setup()
    from okpay.ledger import queries as book
    from okpay.movements import queries as movements
    from okpay.transfers import queries as transfers

    rooms = (book, movements, transfers) if argv == ["transfers"] else (book, movements)
    problems = [problem for room in rooms for problem in room.verify().problems]
    for problem in problems:
        print(f"{problem.check}: {problem.row}: {problem.detail}", file=sys.stderr)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
