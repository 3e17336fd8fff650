"""The grammar of a room: what each folder says of itself, and what others may take from it."""

import ast
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.architecture.tree import (
    FACES,
    FOUNDATIONS,
    ROOT,
    SANDBOX,
    SOURCE,
    complain,
    imports,
    packages,
    parsed,
    python_files,
    room_of,
    rooms,
    shown,
)

BANNED_NAMES = {"utils", "util", "helper", "helpers", "manager", "managers", "common", "misc"}


@pytest.mark.parametrize("package", packages(), ids=shown)
def test_a_folder_says_what_it_is(package: Path) -> None:
    init = package / "__init__.py"
    assert init.exists(), f"{shown(package)} holds Python: add an __init__.py that says what the folder is"
    if package.name == "migrations":
        return
    tree = parsed(init)
    assert ast.get_docstring(tree), f"{shown(init)} needs a docstring: what this is, owns and does not do"
    if package.name in FACES:
        inside = ".".join(package.relative_to(SOURCE.parent).parts) + "."
        assert all(found.module.startswith(inside) for found in imports(init)), (
            f"{shown(init)} is a face of its room: it may gather names from {inside}* and import nothing else"
        )
        code = [node for node in tree.body[1:] if not isinstance(node, ast.ImportFrom | ast.Assign)]
    else:
        code = tree.body[1:]
    assert not code, f"{shown(init)} holds its docstring and nothing else: no imports, no code"


def test_import_linter_keeps_the_floors() -> None:
    linter = [
        sys.executable,
        "-c",
        "from importlinter.cli import lint_imports_command as run; run(['--no-logo'])",
    ]
    here = {**os.environ, "PYTHONPATH": str(ROOT / "src")}
    result = subprocess.run(linter, cwd=ROOT, env=here, capture_output=True, text=True, check=False)
    assert result.returncode == 0, (
        f"An import goes up a floor, sideways, or into a room's own tables:\n{result.stdout}{result.stderr}"
    )


def test_every_room_stands_on_a_floor() -> None:
    floors = {
        "config",
        "doors",
        "notifications",
        "transfers",
        "funding",
        "risk",
        "pricing",
        "statements",
        "movements",
        "customers",
        "identity",
        "wallets",
        "ledger",
        "regions",
        "base",
    }
    standing = {folder.name for folder in SOURCE.iterdir() if (folder / "__init__.py").exists()}
    complain(
        "A new room takes its place in the layers of import-linter (pyproject.toml) and in this list:",
        sorted(standing ^ floors),
    )


def test_a_room_is_entered_through_its_faces() -> None:
    breaches = []
    for path in python_files(SOURCE):
        here = room_of(path)
        for found in imports(path):
            parts = found.module.split(".")
            if parts[0] != "okpay" or len(parts) < 3 or parts[1] == here or parts[1] not in rooms():
                continue
            private = parts[1] not in FOUNDATIONS and parts[2] not in FACES
            if private or parts[2] in {"models", "sql", "migrations", "apps"}:
                breaches.append(f"{shown(path)}:{found.line} imports {found.module}")
    complain(f"Another room is imported through {', '.join(FACES)} only; the rest is its own:", breaches)


def test_nothing_reaches_a_table_by_its_name() -> None:
    breaches = [
        f"{shown(path)}:{node.lineno}"
        for path in python_files(SOURCE)
        if "migrations" not in path.parts
        for node in ast.walk(parsed(path))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr in {"get_model", "get_models"}
    ]
    complain(
        "apps.get_model() opens another room's tables by the back door; call its actions or queries:",
        breaches,
    )


def test_the_wallet_knows_neither_the_sandbox_nor_the_tests() -> None:
    breaches = [
        f"{shown(path)}:{found.line} imports {found.module}"
        for path in python_files(SOURCE)
        for found in imports(path)
        if found.module.split(".")[0] in {"okpay_sandbox", "tests", "bench", "prove"}
    ]
    complain("The wallet meets the outside world on a wire, and never its own tests:", breaches)


def test_the_sandbox_knows_nothing_of_the_wallet() -> None:
    breaches = [
        f"{shown(path)}:{found.line} imports {found.module}"
        for path in python_files(SANDBOX)
        for found in imports(path)
        if found.module.split(".")[0] in {"okpay", "django", "tests", "bench", "prove"}
    ]
    complain("The sandbox stands for strangers, who have none of our code:", breaches)


def test_modules_are_named_for_what_they_hold() -> None:
    breaches = [shown(path) for path in python_files() if {path.stem, path.parent.name} & BANNED_NAMES]
    complain(
        "A name like utils or manager says nothing; name the file for the noun or verb it holds:", breaches
    )
