"""Where the program keeps things on disk, and who may reach them.

Standard library only: the `./okpay` command imports this before anything is installed.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import pwd
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypedDict

SYSTEM_FOLDER = Path("/var/lib/okpay")
"""Where data goes when root starts the program from a folder that the server's user cannot reach."""


class ServerUser(TypedDict, total=False):
    """Arguments for `subprocess` that drop root's privileges; empty when we are an ordinary user."""

    user: int
    group: int


class FolderError(Exception):
    """A folder cannot be used; the message is one sentence with the way out."""


def server_user(data: Path | None = None) -> ServerUser:
    """Return the user to run PostgreSQL as: ourselves, unless we are root, whom it refuses.

    A data folder that exists already keeps its owner.

    Raises:
        FolderError: Root has nobody to hand the server to.
    """
    if os.getuid() != 0:
        return {}
    if data is not None and data.exists() and data.stat().st_uid != 0:
        return {"user": data.stat().st_uid, "group": data.stat().st_gid}
    for name in ("postgres", "nobody"):
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return {"user": entry.pw_uid, "group": entry.pw_gid}
    raise FolderError("There is neither a user `postgres` nor `nobody` here: start as an ordinary user.")


def reachable(folder: Path, user: ServerUser) -> bool:
    """Tell whether the server's user can walk down to a folder, or to the nearest parent that exists."""
    while not folder.exists():
        folder = folder.parent
    if not user:
        return os.access(folder, os.X_OK)
    walk = subprocess.run(
        ["/bin/sh", "-c", 'cd -- "$0"', str(folder)],
        **user, extra_groups=[], cwd="/", capture_output=True, check=False,
    )  # fmt: skip
    return walk.returncode == 0


def make_folder(folder: Path) -> Path:
    """Create a folder and its parents; those that exist are left as they are.

    They are private to an ordinary user; what root makes can be passed through by the server's user.

    Raises:
        FolderError: No permission, no space, or a file is in the way.
    """
    missing = [path for path in (folder, *folder.parents) if not path.exists()]
    mode = 0o755 if os.getuid() == 0 else 0o700
    try:
        for path in reversed(missing):
            path.mkdir(exist_ok=True)
            path.chmod(mode)
    except OSError as error:
        raise FolderError(
            f"{folder} cannot be created ({error.strerror}): choose another data folder with --data."
        ) from error
    if not folder.is_dir():
        raise FolderError(f"{folder} is not a folder: choose another data folder with --data.")
    return folder


def cluster_folder(wanted: Path, *, named: bool) -> tuple[Path, str]:
    """Return the folder a cluster can live in and, when it is not the wanted one, a sentence that says so.

    Args:
        wanted: The folder the program would use.
        named: Whether a person asked for exactly this folder; it is then never replaced.

    Raises:
        FolderError: The named folder is out of reach for the user that PostgreSQL runs as.
    """
    wanted = Path(os.path.abspath(wanted))  # noqa: PTH100 - resolve() would follow links, and the name would surprise
    user = server_user(wanted / "data")
    if not user or reachable(wanted, user):
        return wanted, ""
    name = pwd.getpwuid(user["user"]).pw_name
    if named:
        raise FolderError(
            f"PostgreSQL runs as the user `{name}` when root starts it, and that user cannot reach {wanted}: "
            f"name another folder (for example {SYSTEM_FOLDER}), or start as an ordinary user."
        )
    digest = hashlib.sha256(str(wanted).encode()).hexdigest()[:8]
    checkout = wanted.parent.parent.name or "checkout"
    other = SYSTEM_FOLDER / f"{checkout}-{digest}" / wanted.name
    return (
        other,
        f"The user `{name}`, who runs PostgreSQL for root, cannot reach {wanted.parent}: "
        f"the data is in {other}.",
    )


@contextmanager
def held(folder: Path, busy: str) -> Iterator[None]:
    """Hold a folder for this process alone; the system lets go when the process ends, however it ends.

    Args:
        folder: A folder that exists.
        busy: The sentence to refuse with when another process holds it.

    Raises:
        FolderError: Another process holds it, or it cannot be written.
    """
    try:
        lock = os.open(folder / "in-use.lock", os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        raise FolderError(
            f"{folder} cannot be written ({error.strerror}): choose another with --data."
        ) from error
    try:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise FolderError(busy) from error
        yield
    finally:
        os.close(lock)
