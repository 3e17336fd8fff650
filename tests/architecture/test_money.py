"""Code that touches money knows whole minor units and Decimal, and no floating point."""

import ast
from collections.abc import Iterator
from pathlib import Path

from tests.architecture.tree import SOURCE, complain, parsed, python_files, shown

BASE_MONEY = {SOURCE / "base" / "money.py", SOURCE / "base" / "amounts.py"}


def money_files() -> list[Path]:
    """Return the files of the rooms that hold or limit money."""
    rooms = ("regions", "ledger", "wallets", "customers")
    files = (path for room in rooms for path in python_files(SOURCE.joinpath(room)))
    return [*sorted(BASE_MONEY.intersection(python_files(SOURCE))), *files]


def test_no_float_comes_near_money() -> None:
    breaches = [f"{shown(path)}:{line} {what}" for path in money_files() for line, what in floats(path)]
    complain(
        "A float cannot hold 0.1, and money is exact: use whole minor units, allocate(), or Decimal:",
        breaches,
    )


def floats(path: Path) -> Iterator[tuple[int, str]]:
    """Yield where a file names float, writes one, or divides into one."""
    for node in ast.walk(parsed(path)):
        if isinstance(node, ast.Name) and node.id == "float":
            yield node.lineno, "names float"
        elif (
            isinstance(node, ast.BinOp | ast.AugAssign)
            and isinstance(node.op, ast.Div)
            and not joins_paths(node)
        ):
            yield node.lineno, "divides with / (paths are joined with a string, or joinpath)"


def joins_paths(node: ast.BinOp | ast.AugAssign) -> bool:
    """Tell whether a / joins paths: what stands right of it is text."""
    right = node.right if isinstance(node, ast.BinOp) else node.value
    return isinstance(right, ast.JoinedStr) or (
        isinstance(right, ast.Constant) and isinstance(right.value, str)
    )
