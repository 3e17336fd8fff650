"""What a PostgreSQL data folder says about its server process, and how to clear away a dead one.

The server writes `postmaster.pid`; after a power cut or a kill the file stays, and by then its number may
belong to another program. Source: PostgreSQL, src/backend/utils/init/miscinit.c (CreateLockFile).
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import time
from pathlib import Path

NOBODY = 999_999_999
"""A process number no system gives out."""
READY_LINE = 7


def _lines(data: Path) -> list[str]:
    try:
        return (data / "postmaster.pid").read_text().splitlines()
    except OSError:
        return []


def server_pid(data: Path) -> int | None:
    """Return the number of the server on this data folder, or None; a stale pid file counts as None."""
    lines = _lines(data)
    if not lines or not lines[0].strip().isdigit():
        return None
    pid = int(lines[0])
    return pid if _is_postgres_in(data, pid) else None


def is_ready(data: Path) -> bool:
    """Tell whether the server on this data folder takes connections."""
    lines = _lines(data)
    return len(lines) > READY_LINE and lines[READY_LINE].strip() == "ready" and server_pid(data) is not None


def clear_dead(data: Path) -> None:
    """End what a killed server left behind, so that a new one can start.

    Its children go on until they notice; a new server beside them would ruin the data. The pid file keeps its
    shared memory line, so that PostgreSQL itself still checks for children that we cannot see.
    """
    if server_pid(data) is not None:
        return
    deadline = time.monotonic() + 5
    while children := _processes_in(data):
        for child in children:
            with contextlib.suppress(ProcessLookupError):
                os.kill(child, signal.SIGQUIT if time.monotonic() < deadline else signal.SIGKILL)
        time.sleep(0.05)
    lines = _lines(data)
    if lines:
        # The old number may be another program's by now, and the server would refuse to start because of it.
        (data / "postmaster.pid").write_text("\n".join([str(NOBODY), *lines[1:]]) + "\n")
    elif (data / "postmaster.pid").exists():
        # The disk was full when it was written: the server does not start on an empty one.
        (data / "postmaster.pid").unlink()


def _is_postgres_in(data: Path, pid: int) -> bool:
    process = Path(f"/proc/{pid}")
    if Path("/proc/self/cwd").exists():
        try:
            if process.joinpath("comm").read_text().strip() != "postgres":
                return False
            # A server's working folder is its data folder; a dead one that nobody has waited for has none.
            return process.joinpath("cwd").readlink() == data.resolve()
        except PermissionError:
            # Root in a container may not look there, but may see the command.
            return os.fsencode(data) in process.joinpath("cmdline").read_bytes().split(b"\0")
        except OSError:
            return False
    shown = subprocess.run(
        ["ps", "-ww", "-o", "stat=,command=", "-p", str(pid)], capture_output=True, text=True, check=False
    ).stdout
    return str(data) in shown and not shown.startswith("Z")


def _processes_in(data: Path) -> list[int]:
    numbers = (int(path.name) for path in Path("/proc").glob("[0-9]*"))
    return [number for number in numbers if _is_postgres_in(data, number)]
