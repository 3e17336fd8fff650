"""A page that leads to lines of code leads to the right ones."""

from tests.architecture.code_links import code_links
from tests.architecture.tree import ROOT, complain, shown


def test_each_link_to_a_line_shows_the_symbol_that_it_names() -> None:
    wrong, found = [], 0
    for page in sorted((ROOT / "docs").rglob("*.md")):
        for link in code_links(page):
            found += 1
            lines = link.defined_at if link.path.exists() else []
            if link.line not in lines:
                wrong.append(
                    f"{shown(page)}: {link.symbol} is not on line {link.line} of {link.path.name}, but on {lines}"
                )
    complain("Lines have moved; `python -m tests.architecture.code_links` corrects the numbers:", wrong)
    assert found > 40
