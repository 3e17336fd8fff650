"""Print what is wrong with files of values, file by file."""

from collections.abc import Mapping, Sequence

from okpay.base.strict_toml import Problem

SHOWN = 10
"""Problems printed per file; the rest are counted."""


def print_checked(checked: Mapping[str, Sequence[Problem]], noun: str) -> int:
    """Print a line per file and its first problems, then how many there were; return 1 when there are any, else 0."""
    for file, problems in checked.items():
        print(f"{file}: {'OK' if not problems else _count(len(problems), 'problem')}")
        for problem in problems[:SHOWN]:
            print(f"  {problem.key or file}: {problem.sentence}")
        if len(problems) > SHOWN:
            print(f"  … and {len(problems) - SHOWN} more")
    broken = sum(1 for problems in checked.values() if problems)
    print(f"{_count(len(checked), noun)} checked, {broken or 'none'} with problems.")
    return 1 if broken else 0


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
