"""Do what a tutorial says: write its files and make its changes in a copy of the source tree."""

from __future__ import annotations

import re
import shutil
from dataclasses import dataclass
from pathlib import Path

from tests.architecture.tree import ROOT, repository_files

_FILE = re.compile(r"^`(?P<path>[\w./-]+)`$")
_ELSE = "…"


@dataclass(frozen=True, slots=True)
class Block:
    """A block of code of a page, and the file that is named above it."""

    path: str
    language: str
    lines: tuple[str, ...]


def blocks(page: str) -> list[Block]:
    """Return the blocks of a page that belong to a file, in order."""
    found: list[Block] = []
    path, language, lines = "", "", list[str]()
    inside = False
    for line in page.splitlines():
        if line.startswith("```"):
            if inside and path:
                found.append(Block(path, language, tuple(lines)))
            inside, language, lines = not inside, line[3:], []
        elif inside:
            lines.append(line)
        elif named := _FILE.match(line):
            path = named["path"]
        elif line.startswith("## "):
            path = ""
    return found


def copy_tree(target: Path) -> None:
    """Copy what is in the repository, without what was built or downloaded into it."""
    for path in repository_files():
        if path.is_relative_to(ROOT / "docs" / "images"):
            continue
        copied = target / path.relative_to(ROOT)
        copied.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, copied)


def follow(page: str, root: Path) -> None:
    """Do in a copy what every block of a page says."""
    for block in blocks(page):
        file = root / block.path
        if block.language == "diff":
            file.write_text(changed(file.read_text(encoding="utf-8"), block), encoding="utf-8")
        else:
            assert not file.exists(), f"{block.path} is there already"
            file.parent.mkdir(parents=True, exist_ok=True)
            if file.suffix == ".py" and block.path.startswith("tests/"):
                (file.parent / "__init__.py").touch()
            file.write_text("\n".join(block.lines) + "\n", encoding="utf-8")


def changed(text: str, block: Block) -> str:
    """Return a text with one change: lines with a space or `-` must be there once; `…` is anything in a line."""
    before = [line[1:] for line in block.lines if line[:1] in ("", " ", "-")]
    after = [line[1:] for line in block.lines if line[:1] in ("", " ", "+")]
    pattern = "\n".join("(.*?)".join(re.escape(part) for part in line.split(_ELSE)) for line in before)
    found = list(re.finditer(f"^{pattern}$", text, re.MULTILINE))
    assert len(found) == 1, f"{block.path} has {len(found)} places like {before}"
    kept = iter(found[0].groups())
    new = re.sub(_ELSE, lambda _: next(kept), "\n".join(after))
    return text[: found[0].start()] + new + text[found[0].end() :]
