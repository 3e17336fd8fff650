"""`./okpay test`: everything that must hold, one after another, pytest last."""

from __future__ import annotations

import subprocess
import time
from pathlib import Path

from okpay.doors.cli.checkout.install import Checkout
from okpay.doors.cli.errors import CommandError
from okpay.doors.cli.progress import Progress

CHECKS = {
    "Style (ruff check)": ["ruff", "check"],
    "Format (ruff format)": ["ruff", "format", "--check"],
    "Types (mypy)": ["mypy"],
    "Architecture (import-linter)": ["lint-imports"],
}


def run_checks(checkout: Checkout, given: list[str], environment: dict[str, str], progress: Progress) -> int:
    """Run all checks and all tests, or with arguments only pytest with them; return 0 when all is well."""
    bin_folder = checkout.venv / "bin"
    with progress.step("Compile the messages"):
        _compile_messages(checkout, environment)
    failed = []
    for title, (name, *rest) in CHECKS.items() if not given else ():
        started = time.monotonic()
        done = subprocess.run(
            [bin_folder / name, *rest], cwd=checkout.root, env=environment,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False,
        )  # fmt: skip
        progress.result(title, good=done.returncode == 0, seconds=time.monotonic() - started)
        if done.returncode != 0:
            progress.note(done.stdout.rstrip() + "\n")
            failed.append(title)
    if failed:
        progress.note(f"These did not pass: {', '.join(failed)}. The tests run all the same.")
    pytest: list[str | Path] = [checkout.python, "-m", "pytest", *(given or ["-n", "2"])]
    tested = subprocess.run(pytest, cwd=checkout.root, env=environment, check=False).returncode
    return tested or (1 if failed else 0)


def _compile_messages(checkout: Checkout, environment: dict[str, str]) -> None:
    command: list[str | Path] = [checkout.python, "-m", "okpay.doors.cli", "messages"]
    done = subprocess.run(
        command, cwd=checkout.root, env=environment, capture_output=True, text=True, check=False
    )
    if done.returncode != 0:
        reason = (done.stderr.strip().splitlines() or ["no reason given"])[-1]
        raise CommandError(f"The translations could not be compiled: {reason}")
