"""The source tree as the architecture tests see it: files, rooms, imports, each read once."""

from __future__ import annotations

import ast
import functools
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SOURCE = ROOT / "src" / "okpay"
SANDBOX = ROOT / "src" / "okpay_sandbox"
FACES = ("actions", "queries", "records", "errors", "events")
"""The modules of a room that other rooms may import."""
FOUNDATIONS = ("base", "config")
"""Not rooms: base is everybody's ground floor, config puts everything together."""


@dataclass(frozen=True)
class Import:
    """One import statement: the module it names, and the line it stands on."""

    module: str
    line: int


def shown(path: Path) -> str:
    """Return a path as the messages show it: from the repository's root."""
    return path.relative_to(ROOT).as_posix()


@functools.cache
def repository_files() -> tuple[Path, ...]:
    """Return the files of the repository, without what is built or downloaded into it."""
    return tuple(sorted(_walk(ROOT)))


def _walk(folder: Path) -> Iterator[Path]:
    for path in folder.iterdir():
        hidden = path.name.startswith(".") and path.name not in {".ci", ".gitignore"}
        if hidden or path.name in {"__pycache__", "dist"} or path.suffix in {".pyc", ".mo"}:
            continue
        if path.is_dir():
            yield from _walk(path)
        else:
            yield path


@functools.cache
def text(path: Path) -> str | None:
    """Return a file's text, or None for a picture, a font and the like."""
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        return None


def is_python(path: Path) -> bool:
    """Tell whether a file is Python, the launcher without a suffix included."""
    return path.suffix == ".py" or (
        path.suffix == "" and (text(path) or "").startswith("#!/usr/bin/env python")
    )


def python_files(folder: Path = ROOT) -> tuple[Path, ...]:
    """Return the Python files under a folder of the repository."""
    return tuple(path for path in repository_files() if path.is_relative_to(folder) and is_python(path))


@functools.cache
def parsed(path: Path) -> ast.Module:
    """Return the syntax tree of a Python file."""
    return ast.parse(text(path) or "", filename=shown(path))


def packages() -> tuple[Path, ...]:
    """Return every folder of the wallet and of the sandbox that holds Python."""
    return tuple(sorted({path.parent for path in python_files(ROOT / "src")}))


def room_of(path: Path) -> str:
    """Return the room or door that a file under src/okpay belongs to: `ledger`, `doors.web`, or nothing."""
    parts = path.relative_to(SOURCE).parts[:-1]
    return ".".join(parts[:2] if parts[:1] == ("doors",) else parts[:1])


def rooms() -> frozenset[str]:
    """Return the names of the rooms, base included; config and the doors are none."""
    found = {room_of(path) for path in python_files(SOURCE)}
    return frozenset(room for room in found if room and room != "config" and not room.startswith("doors"))


def imports(path: Path) -> Iterator[Import]:
    """Yield what a file imports; `from a import b` counts as `a.b`, so that modules are seen either way."""
    for node in ast.walk(parsed(path)):
        if isinstance(node, ast.Import):
            yield from (Import(alias.name, node.lineno) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from (Import(f"{_absolute(path, node)}.{alias.name}", node.lineno) for alias in node.names)


def _absolute(path: Path, node: ast.ImportFrom) -> str:
    if not node.level:
        return node.module or ""
    package = path.relative_to(ROOT / "src" if path.is_relative_to(ROOT / "src") else ROOT).parts[
        : -node.level
    ]
    return ".".join((*package, node.module) if node.module else package)


def sql_strings(path: Path) -> Iterator[tuple[int, str]]:
    """Yield the SQL that a file may hold, with its line: a whole .sql file, or each string of Python."""
    if path.suffix == ".sql":
        yield 1, text(path) or ""
        return
    for node in ast.walk(parsed(path)):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.lineno, node.value


def complain(law: str, breaches: list[str]) -> None:
    """Fail with the law in plain words and every place that breaks it."""
    assert not breaches, "\n".join([law, *(f"  {breach}" for breach in breaches)])
