"""The tutorial is followed: in a copy of the source tree, with the real database, and its own tests pass."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from okpay.base.cluster import APP_ROLE
from tests.architecture.tree import ROOT
from tests.docs.tutorial import Block, blocks, changed, copy_tree, follow
from tests.laws.scratch import scratch_database
from tests.postgres import CLUSTER

PAGE = ROOT / "docs" / "add-a-kind-of-movement.md"
CONFTEST = "import django\n\ndjango.setup()\n"
CHECKS = ("tests/gifts", "tests/doors/web/test_movement_words.py", "tests/architecture/test_rooms.py")


def test_who_follows_the_tutorial_has_a_kind_of_movement(tmp_path: Path) -> None:
    copy_tree(tmp_path)
    follow(PAGE.read_text(encoding="utf-8"), tmp_path)
    (tmp_path / "conftest.py").write_text(CONFTEST)
    (tmp_path / "pytest.ini").write_text("[pytest]\naddopts = --import-mode=importlib\n")
    with scratch_database("tutorial") as database:
        environment = {
            **os.environ,
            "OKPAY_DATABASE_URL": CLUSTER.url(APP_ROLE, database),
            "DJANGO_SETTINGS_MODULE": "okpay.config.settings",
            "PYTHONPATH": f"{tmp_path / 'src'}{os.pathsep}{tmp_path}",
            "PYTEST_ADDOPTS": "",
        }
        environment.pop("PYTEST_XDIST_WORKER", None)
        tests = _run(
            [sys.executable, "-m", "pytest", "-q", "-p", "no:django", "-p", "no:cacheprovider", *CHECKS],
            tmp_path,
            environment,
        )
    assert tests.returncode == 0, tests.stdout[-6_000:] + tests.stderr[-2_000:]
    folder = Path(sys.executable).parent
    for tool in (["ruff", "check", "src/okpay/gifts"], ["lint-imports"]):
        done = _run([str(folder / tool[0]), *tool[1:]], tmp_path, environment)
        assert done.returncode == 0, done.stdout[-4_000:] + done.stderr[-2_000:]


def _run(command: list[str], folder: Path, environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, timeout=240, check=False
    )


def test_a_change_is_made_where_its_lines_stand() -> None:
    text = "a = {1: 2}\nb = [\n    1,\n]\n"
    assert changed(text, Block("x", "diff", ("-a = {…}", "+a = {…, 3: 4}"))) == text.replace("2}", "2, 3: 4}")
    assert changed(text, Block("x", "diff", (" b = [", "+    0,"))) == text.replace("b = [", "b = [\n    0,")
    with pytest.raises(AssertionError, match="0 places"):
        changed(text, Block("x", "diff", ("-c = {…}", "+c")))


def test_every_block_of_the_page_is_followed() -> None:
    page = PAGE.read_text(encoding="utf-8")
    assert len(blocks(page)) == page.count("\n```") // 2
