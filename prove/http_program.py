"""The running program, as `okpay run` starts it, with a PostgreSQL of its own: to be killed and started again."""

from __future__ import annotations

import os
import random
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Sequence
from pathlib import Path

import psycopg

from bench import server
from okpay.base.cluster import ADMIN_ROLE, APP_ROLE, OWNER_ROLE, Cluster
from okpay.base.encryption import create_key_ring
from okpay.base.provision import create_database, migrate, migrations_digest
from prove.killing import kill_postgresql

DATABASE = "okpay"
"""What `okpay run` calls the database of the server that it starts."""
KINDS = ("api", "program", "postgresql", "backend")
"""One process that answers; all of the program; all of PostgreSQL; one of PostgreSQL's processes."""
_STOP_SECONDS = 90
_HANDED_ON = ("OKPAY_KEYS", "OKPAY_MODE", "OKPAY_ACQUIRER_")
"""What the program must have from here; it makes the rest itself."""


def prepare(cluster: Cluster) -> Path:
    """Make an empty installation and point this process's settings at it; return the folder beside its data.

    Raises:
        NotDurable: The server may forget what it acknowledged.
    """
    server.durability(cluster)
    with psycopg.connect(cluster.url(ADMIN_ROLE, "postgres"), autocommit=True) as connection:
        server.drop(connection, DATABASE)
    create_database(cluster, DATABASE)
    # Beside and not inside: the program refuses keys in the folder of the data.
    home = cluster.folder.with_name(f"{cluster.folder.name}-home")
    keys = home / "keys"
    keys.mkdir(mode=0o700, parents=True, exist_ok=True)
    if not (keys / "keyring.json").exists():
        create_key_ring(keys)
    os.environ |= {
        "OKPAY_KEYS": str(keys),
        "OKPAY_MODE": "trial",
        "DJANGO_SETTINGS_MODULE": "okpay.config.settings",
        "OKPAY_DATABASE_URL": cluster.url(APP_ROLE, DATABASE),
    }
    migrate(cluster.url(OWNER_ROLE, DATABASE))
    # As the program notes it for itself.
    (cluster.folder / "migrated.txt").write_text(migrations_digest(server.ROOT / "src" / "okpay"))
    return home


def free_port() -> int:
    """Return a port that nobody listens on now."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port: int = probe.getsockname()[1]
    return port


class Program:
    """`okpay run` on a port, with the database in the folder of a cluster."""

    def __init__(
        self, cluster: Cluster, home: Path, port: int, *, role: str = "all", processes: int = 2
    ) -> None:
        self.cluster, self.port = cluster, port
        self.log = home / "okpay-run.log"
        self._arguments = ["--role", role, "--processes", str(processes), "--port", str(port)]
        kept = {name: value for name, value in os.environ.items() if not name.startswith("OKPAY_")}
        known = {name: value for name, value in os.environ.items() if name.startswith(_HANDED_ON)}
        self._environment = {**kept, **known, "OKPAY_HOME": str(home)}
        self._running: subprocess.Popen[bytes] | None = None
        self.log.unlink(missing_ok=True)

    def start(self, **environment: str) -> None:
        """Start the program; what is given besides is set in its environment, now and at each start."""
        self._environment |= environment
        with self.log.open("ab") as log:
            self._running = subprocess.Popen(
                [
                    sys.executable, "-X", "faulthandler", "-m", "okpay.doors.cli", "run", "--no-sandbox",
                    "--data", str(self.cluster.folder), *self._arguments,
                ],
                env=self._environment, stdout=log, stderr=log, start_new_session=True,
            )  # fmt: skip

    def wait_until_ready(self, seconds: float = 90) -> None:
        """Wait until it answers from the database. Raises: TimeoutError."""
        deadline = time.monotonic() + seconds
        while not self.is_ready():
            if time.monotonic() > deadline:
                raise TimeoutError(f"the program did not get ready; its words are in {self.log}")
            time.sleep(0.1)

    def is_ready(self) -> bool:
        """Tell whether it answers from the database now."""
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/health/ready", timeout=5) as answer:
                ready: bool = answer.status == 200
                return ready
        except OSError:
            return False

    def has_ended(self) -> bool:
        """Tell whether it has ended by itself, which it must not."""
        return self._running is not None and self._running.poll() is not None

    def kill(self, kind: str, chance: random.Random) -> bool:
        """Kill what a kind says, at once and without warning; tell whether there was something to kill.

        The program itself starts again what it has lost: a process that answers, or its PostgreSQL. Where all of it is
        gone, it is started here.
        """
        if kind == "postgresql":
            there = self.cluster.running_pid() is not None
            kill_postgresql(self.cluster)
            return there
        if kind == "program":
            self._kill([self._pid(), *self._children()])
            assert self._running is not None
            self._running.wait()
            self.start()
            return True
        chosen = self._backends() if kind == "backend" else self._children("web", "api")
        return bool(chosen) and self._kill([chance.choice(chosen)])

    def stop(self) -> None:
        """End it as Ctrl-C does; PostgreSQL ends with it."""
        if self._running is None:
            return
        self._running.send_signal(signal.SIGINT)
        try:
            self._running.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._kill([self._pid(), *self._children()])
            self._running.wait()

    def _pid(self) -> int:
        assert self._running is not None
        return self._running.pid

    def _children(self, *roles: str) -> list[int]:
        """Return the program's own processes, those of some roles only if any are named."""
        words = {f"okpay.config.child_process {role} " for role in roles} or {"okpay.config.child_process "}
        parent = str(self._pid())
        return [pid for pid, of, line in _processes() if of == parent and any(word in line for word in words)]

    def _backends(self) -> list[int]:
        parent = str(self.cluster.running_pid())
        return [pid for pid, of, line in _processes() if of == parent and f"{APP_ROLE} {DATABASE} " in line]

    @staticmethod
    def _kill(pids: Sequence[int]) -> bool:
        found = False
        for pid in pids:
            try:
                os.kill(pid, signal.SIGKILL)
                found = True
            except ProcessLookupError:
                continue
        return found


def _processes() -> list[tuple[int, str, str]]:
    """Return the number, the parent's number and the command line of each process of this machine."""
    shown = subprocess.run(
        ["ps", "-A", "-ww", "-o", "pid=,ppid=,args="], capture_output=True, text=True, check=True
    ).stdout
    rows = [line.split(None, 2) for line in shown.splitlines()]
    return [(int(row[0]), row[1], row[2]) for row in rows if len(row) == 3]
