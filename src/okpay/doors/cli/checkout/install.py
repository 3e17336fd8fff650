"""A virtual environment with exactly the locked packages, made anew only when something changed."""

from __future__ import annotations

import fcntl
import hashlib
import importlib.util
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from okpay.base.folders import make_folder
from okpay.doors.cli.errors import CommandError
from okpay.doors.cli.progress import Progress

NO_WHEEL = (
    "no wheel",
    "no matching distribution",
    "doesn't have a source distribution or wheel",
    "not supported",
)


@dataclass(frozen=True)
class Checkout:
    """A checkout and the folder in which it keeps what it makes."""

    root: Path

    @property
    def home(self) -> Path:
        return self.root / ".okpay"

    @property
    def venv(self) -> Path:
        return self.home / "venv"

    @property
    def python(self) -> Path:
        return self.venv / "bin" / "python"

    @property
    def stamp(self) -> Path:
        return self.venv / "okpay-installed.json"

    @property
    def log(self) -> Path:
        return self.home / "install.log"

    def lock(self, *, dev: bool) -> Path:
        return self.root / ("requirements-dev.lock" if dev else "requirements.lock")


def install(checkout: Checkout, progress: Progress, *, dev: bool) -> None:
    """Make the environment what the lock says; nothing is done when it is so already.

    What tests need stays once it is there: a run after a test does not take it away.

    Raises:
        CommandError: It cannot be made here.
    """
    if _is_current(checkout, dev=dev):
        return
    make_folder(checkout.home)
    with _alone(checkout):
        if _is_current(checkout, dev=dev):
            return
        dev = dev or _has_dev(checkout)
        if not _works(checkout):
            with progress.step("Make a virtual environment"):
                _make_venv(checkout)
        with progress.step("Install the packages" + (" for tests" if dev else "")):
            _install_uv(checkout)
            _sync(checkout, checkout.lock(dev=dev))
            _put_source_on_path(checkout)
        checkout.stamp.write_text(json.dumps(_inputs(checkout, dev=dev)))


def run_logged(checkout: Checkout, command: list[str | Path], **environment: str) -> tuple[bool, str]:
    """Run a program with its output in the install log; return whether it went well, and the output."""
    done = subprocess.run(
        command, env={**os.environ, **environment}, stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace", check=False,
    )  # fmt: skip
    with checkout.log.open("a") as log:
        log.write(f"$ {' '.join(map(str, command))}\n{done.stdout}\n")
    return done.returncode == 0, done.stdout


def _inputs(checkout: Checkout, *, dev: bool) -> dict[str, object]:
    digest = hashlib.sha256(checkout.lock(dev=dev).read_bytes()).hexdigest()
    return {"root": str(checkout.root), "dev": dev, "lock": digest}


def _is_current(checkout: Checkout, *, dev: bool) -> bool:
    try:
        found = json.loads(checkout.stamp.read_text())
    except (OSError, ValueError):
        return False
    has_dev = bool(found.get("dev"))
    return (has_dev or not dev) and found == _inputs(checkout, dev=has_dev) and checkout.python.exists()


def _has_dev(checkout: Checkout) -> bool:
    return (checkout.venv / "bin" / "pytest").exists()


@contextmanager
def _alone(checkout: Checkout) -> Iterator[None]:
    lock = os.open(checkout.home / "install.lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
    finally:
        os.close(lock)


def _works(checkout: Checkout) -> bool:
    """Tell whether the environment runs, with pip, and was made in this place (its scripts name their folder)."""
    try:
        made_here = str(checkout.venv) in (checkout.venv / "bin" / "pip").read_text().splitlines()[0]
        asked = subprocess.run(
            [checkout.python, "-c", "import sys, pip; sys.exit(sys.version_info < (3, 11))"],
            capture_output=True, check=False,
        )  # fmt: skip
    except (OSError, ValueError, IndexError):
        return False
    return made_here and asked.returncode == 0


def _make_venv(checkout: Checkout) -> None:
    if not (importlib.util.find_spec("venv") and importlib.util.find_spec("ensurepip")):
        version = f"{sys.version_info[0]}.{sys.version_info[1]}"
        raise CommandError(
            f"This Python cannot make virtual environments: on Debian or Ubuntu run "
            f"`apt-get install python3-venv` (or python{version}-venv), then run this again."
        )
    shutil.rmtree(checkout.venv, ignore_errors=True)
    made, output = run_logged(checkout, [sys.executable, "-m", "venv", checkout.venv])
    if not made:
        reason = (output.strip().splitlines() or ["no reason given"])[-1]
        raise CommandError(f"The virtual environment {checkout.venv} could not be made: {reason}")


def _install_uv(checkout: Checkout) -> None:
    """Install uv, which installs the rest ten times faster than pip, as locked with its hashes."""
    stanza = re.search(r"^uv==(\S+)(?: \\\n +\S+)*", checkout.lock(dev=True).read_text(), re.MULTILINE)
    if stanza is None:
        raise CommandError(
            f"{checkout.lock(dev=True)} does not lock uv: take the file from the repository anew."
        )
    if any(checkout.venv.glob(f"lib/python*/site-packages/uv-{stanza[1]}.dist-info")):
        return
    with tempfile.NamedTemporaryFile("w", suffix=".txt") as requirement:
        requirement.write(stanza[0] + "\n")
        requirement.flush()
        pip: list[str | Path] = [checkout.python, "-m", "pip", "install", "--quiet", "--require-hashes"]
        done, output = run_logged(checkout, [*pip, "-r", requirement.name])
    if not done:
        raise CommandError(_why(checkout, output))


def _sync(checkout: Checkout, lock: Path) -> None:
    uv = checkout.venv / "bin" / "uv"
    done, output = run_logged(
        checkout, [uv, "pip", "sync", "--require-hashes", "--python", checkout.python, lock],
        UV_PYTHON_DOWNLOADS="never", UV_NO_PROGRESS="1",
    )  # fmt: skip
    if not done:
        # pip knows indexes and certificates from its own settings, which uv does not read.
        pip: list[str | Path] = [checkout.python, "-m", "pip", "install", "--require-hashes", "--no-deps"]
        done, _ = run_logged(checkout, [*pip, "-r", lock])
    if not done:
        raise CommandError(_why(checkout, output))


def _why(checkout: Checkout, output: str) -> str:
    if any(sign in output.lower() for sign in NO_WHEEL):
        return (
            "A package that OKPay needs is not made for this machine or this Python: use Python 3.11 to 3.13 on "
            f"64-bit Linux or macOS (x86-64 or ARM). Details are in {checkout.log}."
        )
    if "No space left" in output:
        return f"The disk is full: free about 500 MB and run this again. Details are in {checkout.log}."
    return (
        "The packages could not be downloaded: check the connection to the Internet (and pip's settings, when "
        f"you use a mirror) and run this again. Details are in {checkout.log}."
    )


def _put_source_on_path(checkout: Checkout) -> None:
    for packages in checkout.venv.glob("lib/python*/site-packages"):
        (packages / "okpay_checkout.pth").write_text(f"{checkout.root / 'src'}\n")
