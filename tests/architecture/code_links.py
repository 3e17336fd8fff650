"""Links from a page to lines of code: each names a symbol, and leads to the line where that is defined."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from tests.architecture.tree import ROOT

LINK = re.compile(r"\[`(?P<symbol>[^`]+)`\]\((?P<path>[^)#]+)#L(?P<line>\d+)\)")


@dataclass(frozen=True, slots=True)
class CodeLink:
    """A link as a page has it: its text, the file, and the line."""

    symbol: str
    path: Path
    line: int

    @property
    def defined_at(self) -> list[int]:
        """Where the symbol is defined in the file, from 1."""
        name = re.escape(self.symbol)
        python = rf"\s*(?:async )?def {name}\b|\s*class {name}\b|{name}\b[^=]*="
        begins = re.compile(rf"(?:{python}|CREATE .*\b{name}\(|(?:async )?function {name}\b)")
        lines = self.path.read_text(encoding="utf-8").splitlines()
        return [number for number, line in enumerate(lines, 1) if begins.match(line)]


def code_links(page: Path) -> list[CodeLink]:
    """Return the links of a page that name a line."""
    return [
        CodeLink(found["symbol"], (page.parent / found["path"]).resolve(), int(found["line"]))
        for found in LINK.finditer(page.read_text(encoding="utf-8"))
    ]


def renumbered(page: Path) -> str:
    """Return the text of a page with every link on the line where its symbol is defined now."""

    def right(found: re.Match[str]) -> str:
        link = CodeLink(found["symbol"], (page.parent / found["path"]).resolve(), int(found["line"]))
        lines = link.defined_at
        line = min(lines, key=lambda number: abs(number - link.line)) if lines else link.line
        return f"[`{found['symbol']}`]({found['path']}#L{line})"

    return LINK.sub(right, page.read_text(encoding="utf-8"))


if __name__ == "__main__":
    for path in (ROOT / "docs").rglob("*.md"):
        text = renumbered(path)
        if text != path.read_text(encoding="utf-8"):
            path.write_text(text, encoding="utf-8")
            print(path.relative_to(ROOT))
