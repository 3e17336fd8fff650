"""The guide to the API is true: its commands run, its answers are those that come, and both languages show the same."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from typing import Any

import pytest

from tests.architecture.test_repository import headings
from tests.architecture.tree import ROOT
from tests.doors.api.conftest import api_port
from tests.doors.api.programs import new_key
from tests.factories.transfers import Holder, new_holder

__all__ = ["api_port"]

GUIDE = ROOT / "docs" / "api" / "guide.md"
CLIENT = ROOT / "clients" / "python" / "src"
CHINESE = ROOT / "docs" / "api" / "guide.zh-CN.md"
OTHERWISE = {"id", "reference", "created_at", "request_id", "type", "counterparty"}
"""What is another one each time."""


def blocks(page: str) -> list[tuple[str, str]]:
    """Return language and text of each block of code."""
    return re.findall(r"^```(\w*)\n(.*?)^```$", page, flags=re.DOTALL | re.MULTILINE)


def alike(shown: Any, found: Any, place: str = "#") -> None:
    """Fail where an answer has other names or other lasting values than the guide shows."""
    if isinstance(shown, dict):
        assert isinstance(found, dict)
        assert set(shown) == set(found), place
        for name in set(shown) - OTHERWISE:
            alike(shown[name], found[name], f"{place}/{name}")
    elif isinstance(shown, list):
        assert len(shown) == len(found), place
        for index, inner in enumerate(shown):
            alike(inner, found[index], f"{place}/{index}")
    else:
        assert shown == found, place


class Reader:
    """Somebody who follows the guide, as Anna, against the API of the tests."""

    def __init__(self, port: int) -> None:
        # As she is after the first step of the guide.
        self.anna: Holder = new_holder(level=0, maturing_minor=50_00)
        self.ben: Holder = new_holder(level=0)
        self.site = f"http://localhost:{port}"
        self.secret = new_key(self.anna).secret

    def run(self, command: list[str], text: str) -> str:
        """Run a block of the guide and return what it prints."""
        text = text.replace("http://localhost:8000", self.site).replace(
            "xiaoming@example.com", self.ben.user.email
        )
        done = subprocess.run(
            [*command, text],
            env={**os.environ, "OKPAY_KEY": self.secret, "NO_PROXY": "localhost", "PYTHONPATH": str(CLIENT)},
            capture_output=True, text=True, timeout=60, check=False,
        )  # fmt: skip
        assert done.returncode == 0, (text, done.stdout, done.stderr)
        return done.stdout


def test_who_follows_the_guide_sees_what_it_shows(api_port: int) -> None:
    reader = Reader(api_port)
    said = ""
    for language, text in blocks(GUIDE.read_text(encoding="utf-8")):
        if language == "sh":
            said = reader.run(["bash", "-c"], text)
        elif language == "json":
            alike(json.loads(text), json.loads(said))
        elif language == "text":
            assert said.strip() == text.strip()
    # Lunch was paid once, and what was refused moved nothing.
    assert (reader.anna.available, reader.ben.available) == (37_50, 12_50)
    (lunch,) = json.loads(said)["data"]
    assert (lunch["note"], lunch["change"]["amount"]) == ("Lunch", -12_50)


@pytest.mark.parametrize(
    ("language", "command"), [("python", [sys.executable, "-c"]), ("js", ["node", "-e"])]
)
def test_its_programs_run(api_port: int, language: str, command: list[str]) -> None:
    if shutil.which(command[0]) is None:
        assert language == "js", "only JavaScript may be missing on a machine"
        return
    reader = Reader(api_port)
    programs = [text for told, text in blocks(GUIDE.read_text(encoding="utf-8")) if told == language]
    assert programs
    for text in programs:
        whole = f"(async () => {{{text}}})()" if language == "js" else text
        assert reader.run(command, whole).strip() == "completed"
    assert reader.ben.available == 1_00 * len(programs)


def test_both_languages_show_the_same() -> None:
    english, chinese = (page.read_text(encoding="utf-8") for page in (GUIDE, CHINESE))
    assert blocks(english) == blocks(chinese)
    assert [level for level, _ in headings(english)] == [level for level, _ in headings(chinese)]
