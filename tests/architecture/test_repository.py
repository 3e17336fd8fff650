"""What is in the repository besides code: nothing of one machine, and pages that agree with the tree."""

import re
import tomllib

import pytest

from tests.architecture.tree import ROOT, SOURCE, complain, repository_files, shown, text

LOCKS = ("requirements.lock", "requirements-dev.lock")
MACHINE_PATH = re.compile(r"(?<![\w.:/-])/(?:root|home|work|Users)/")
# Written with brackets, so that this file does not find itself.
UNFINISHED = re.compile(r"\b(?:[T]ODO|[F]IXME)\b")
REGISTRIES = re.compile(r"\b(?:pyp[i]\.org|pythonhoste[d]\.org|npmj[s]\.(?:org|com)|registry\.yar[n]pkg)")


def found_in_files(pattern: re.Pattern[str]) -> list[str]:
    """Return file and line of every match in the repository."""
    return [
        f"{shown(path)}:{number} {line.strip()[:80]}"
        for path in repository_files()
        for number, line in enumerate((text(path) or "").splitlines(), 1)
        if pattern.search(line)
    ]


def headings(page: str) -> list[tuple[int, str]]:
    """Return the level and words of every heading of a Markdown page, those in code blocks left out."""
    outside = re.sub(r"^```.*?^```", "", page, flags=re.DOTALL | re.MULTILINE)
    return [
        (len(marks), words) for marks, words in re.findall(r"^(#+) +(.+?) *$", outside, flags=re.MULTILINE)
    ]


def page(name: str) -> str:
    """Return a page of the project."""
    content = text(ROOT / name) if (ROOT / name).exists() else None
    assert content, f"{name} is missing"
    return content


def test_no_path_of_a_machine() -> None:
    complain("A path of somebody's machine means nothing on another:", found_in_files(MACHINE_PATH))


def test_nothing_is_left_for_later() -> None:
    complain(
        "Do it now, write an issue, or leave it out; the code holds no reminders:", found_in_files(UNFINISHED)
    )


def test_no_registry_is_named() -> None:
    complain("Where packages come from is the choice of who installs:", found_in_files(REGISTRIES))


@pytest.mark.parametrize("name", LOCKS)
def test_a_lock_holds_hashes_and_no_addresses(name: str) -> None:
    lines = page(name).splitlines()
    addresses = [f"{name}:{number}" for number, line in enumerate(lines, 1) if re.search(r"://| @ |^-", line)]
    complain("A lock names versions and hashes; where to fetch them is the machine's business:", addresses)
    pinned = [index for index, line in enumerate(lines) if re.match(r"[a-z0-9]", line)]
    unhashed = [lines[index] for index in pinned if "--hash" not in "".join(lines[index + 1 : index + 2])]
    complain(f"{name} pins these without a hash; lock them again with --generate-hashes:", unhashed)


def test_every_direct_dependency_is_locked() -> None:
    project = tomllib.loads(page("pyproject.toml"))["project"]
    wanted = {
        LOCKS[0]: project["dependencies"],
        LOCKS[1]: project["dependencies"] + project["optional-dependencies"]["dev"],
    }
    for name, dependencies in wanted.items():
        locked = {line.split("==")[0].split("[")[0] for line in page(name).splitlines() if "==" in line}
        names = {re.split(r"[^A-Za-z0-9._-]", dependency)[0].lower() for dependency in dependencies}
        complain(f"{name} is behind pyproject.toml; lock these:", sorted(names - locked))


def floor_plan() -> tuple[dict[str, str], dict[str, dict[str, str]]]:
    """Return the lines of the floor plan in ARCHITECTURE.md: of the root, and of each package under src/."""
    section = re.search(
        r"^#+ +(?:\d+\. +)?.*floor plan.*?^```\w*\n(.*?)^```", page("ARCHITECTURE.md"), re.I | re.S | re.M
    )
    assert section, "ARCHITECTURE.md needs a heading `Floor plan` with the tree in a fenced block under it"
    root: dict[str, str] = {}
    inside: dict[str, dict[str, str]] = {"src/okpay/": {}, "src/okpay_sandbox/": {}}
    for line in section[1].splitlines():
        name, _, words = line.strip().partition(" ")
        if not line.startswith(" "):
            root[name] = words
        elif (package := list(root)[-1]) in inside and name.endswith("/"):
            inside[package][name.rstrip("/")] = words
    return root, inside


def test_the_floor_plan_lists_the_rooms_that_exist() -> None:
    _, plans = floor_plan()
    missing, imagined = [], []
    for package, planned in plans.items():
        standing = {
            folder.name
            for folder in (ROOT / package).iterdir()
            if folder.is_dir() and folder.name != "__pycache__"
        }
        missing += [
            f"{name}/ stands in {package} and not on the plan" for name in sorted(standing - set(planned))
        ]
        imagined += [
            f"{name}/ is on the plan and not in {package}" for name in sorted(set(planned) - standing)
        ]
    planned = plans["src/okpay/"]
    doors = {folder.name for folder in (SOURCE / "doors").iterdir() if (folder / "__init__.py").exists()}
    named = set(re.findall(r"[a-z]+", planned.get("doors", "")))
    unnamed = [f"doors/{name}/ is not named in the line of doors/" for name in sorted(doors - named)]
    complain("The floor plan in ARCHITECTURE.md shows exactly what stands:", missing + imagined + unnamed)


def test_the_floor_plan_lists_the_folders_of_the_root() -> None:
    planned, _ = floor_plan()
    tops = {shown(path).split("/")[0] for path in repository_files() if "/" in shown(path)}
    named = {
        name.split("/")[0]
        for line, words in planned.items()
        for name in re.findall(r"[\w.]+/", f"{line} {words}")
    }
    complain("These folders stand in the repository and not on the floor plan:", sorted(tops - named))
    imagined = [name for name in planned if name.endswith("/") and not (ROOT / name).is_dir()]
    complain("These are on the floor plan and do not exist:", imagined)


def decision_records() -> list[str]:
    """Return the names of the decision records, by number."""
    return sorted(path.name for path in (ROOT / "docs" / "decisions").glob("[0-9]*.md"))


def test_a_decision_record_says_context_decision_consequences() -> None:
    wanted = ["Context", "Decision", "Consequences"]
    breaches = []
    for name in decision_records():
        words = [heading for level, heading in headings(page(f"docs/decisions/{name}")) if level == 2]
        if words != wanted:
            breaches.append(f"docs/decisions/{name} has {words}")
    complain(f"The second-level headings of a decision record are {wanted}:", breaches)


def test_decision_records_are_numbered_and_listed() -> None:
    numbers = [name[:4] for name in decision_records()]
    assert len(numbers) == len(set(numbers)), f"two decision records share a number: {numbers}"
    index = page("docs/decisions/README.md")
    unlisted = [name for name in decision_records() if name not in index]
    complain("docs/decisions/README.md does not list:", unlisted)


def test_both_readmes_are_one_page_in_two_languages() -> None:
    english, chinese = headings(page("README.md")), headings(page("README.zh-CN.md"))
    assert [level for level, _ in english] == [level for level, _ in chinese], (
        "README.md and README.zh-CN.md have other headings:\n"
        + "\n".join(f"  {left}  |  {right}" for left, right in zip(english, chinese, strict=False))
    )


def test_the_changelog_knows_this_version() -> None:
    version = tomllib.loads(page("pyproject.toml"))["project"]["version"]
    sections = [words for level, words in headings(page("CHANGELOG.md")) if level == 2]
    known = [words for words in sections if words.startswith((f"[{version}]", "[Unreleased]"))]
    assert known, f"CHANGELOG.md has neither a section [Unreleased] nor [{version}]"


LINK = re.compile(r"\]\((?!https?://|mailto:|#)([^)#\s]+)")


def test_links_between_pages_lead_somewhere() -> None:
    broken = [
        f"{shown(path)} → {target}"
        for path in repository_files()
        if path.suffix == ".md"
        for target in LINK.findall(text(path) or "")
        if not (path.parent / target).exists()
    ]
    complain("These links lead to files that do not exist:", broken)
