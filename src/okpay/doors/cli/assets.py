"""Collect styles, scripts and images under names that change with their content."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from pathlib import Path

from okpay.base.folders import make_folder
from okpay.doors.cli.errors import CommandError
from okpay.doors.cli.home import SOURCE


def assets_are_current(assets: Path) -> bool:
    """Tell whether nothing changed since the assets were collected."""
    stamp = assets / "collected.txt"
    return stamp.exists() and stamp.read_text() == _digest()


def collect_assets(assets: Path) -> None:
    """Collect the assets into a folder.

    Raises:
        CommandError: One of them names another that does not exist, for example.
    """
    make_folder(assets)
    digest = _digest()
    environment = {**os.environ, "OKPAY_ASSETS": str(assets), "OKPAY_MODE": "trial"}
    environment.setdefault("DJANGO_SETTINGS_MODULE", "okpay.config.settings")
    done = subprocess.run(
        [sys.executable, "-m", "django", "collectstatic", "--noinput", "--clear", "--skip-checks", "-v", "0"],
        env=environment, start_new_session=True, capture_output=True, text=True, check=False,
    )  # fmt: skip
    if done.returncode != 0:
        reason = (done.stderr.strip().splitlines() or ["no reason given"])[-1]
        raise CommandError(f"The styles and scripts could not be collected: {reason}")
    (assets / "collected.txt").write_text(digest)


def _digest() -> str:
    digest = hashlib.sha256()
    for path in sorted(SOURCE.glob("**/static/**/*")):
        if path.is_file():
            found = path.stat()
            digest.update(f"{path} {found.st_size} {found.st_mtime_ns}\n".encode())
    return digest.hexdigest()
