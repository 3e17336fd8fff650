"""`okpay run` from start to stop, as a person sees it."""

import contextlib
import fcntl
import json
import os
import shutil
import signal
import socket
import ssl
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from okpay.base.cluster import Cluster

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture(scope="module", autouse=True)
def _assets(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Collect styles and scripts once for all these tests."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("OKPAY_ASSETS", str(tmp_path_factory.mktemp("assets")))
        yield


@pytest.fixture(scope="module")
def home() -> Iterator[Path]:
    """A home folder that the database server's user can reach, made ready by the first start."""
    yield from _folder()


@pytest.fixture
def fresh() -> Iterator[Path]:
    """A home folder in which nothing was started yet."""
    yield from _folder()


def _folder() -> Iterator[Path]:
    path = Path(f"/tmp/okpay-run-{os.getpid()}-{time.monotonic_ns()}")  # noqa: S108 - unlike $TMPDIR
    path.mkdir(mode=0o755)
    yield path
    Cluster(path / "run").stop()
    shutil.rmtree(path, ignore_errors=True)


@pytest.fixture
def port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


COMMAND = (sys.executable, "-m", "okpay.doors.cli")
CHECKOUT = (str(ROOT / "okpay"),)


def start(
    home: Path,
    *arguments: str,
    command: tuple[str, ...] = COMMAND,
    environment: dict[str, str] | None = None,
) -> subprocess.Popen[str]:
    kept = {
        name: value for name, value in os.environ.items() if name == "OKPAY_ASSETS" or name[:6] != "OKPAY_"
    }
    return subprocess.Popen(
        [*command, "run", *arguments],
        env={**kept, "OKPAY_HOME": str(home), "PYTHONPATH": str(ROOT / "src"), **(environment or {})},
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
    )  # fmt: skip


@contextlib.contextmanager
def running(
    home: Path, port: int, *arguments: str, command: tuple[str, ...] = COMMAND
) -> Iterator[subprocess.Popen[str]]:
    program = start(home, "--port", str(port), *arguments, command=command)
    try:
        yield program
    finally:
        if program.poll() is None:
            program.kill()
        program.communicate()


def ask(port: int, path: str, *, scheme: str = "http") -> int:
    context = ssl._create_unverified_context() if scheme == "https" else None  # noqa: S323 - our own certificate
    try:
        with urllib.request.urlopen(  # noqa: S310 - our own address
            f"{scheme}://localhost:{port}{path}", timeout=5, context=context
        ) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        with error:
            return error.code
    except OSError:
        return 0


def health(port: int) -> dict[str, Any]:
    """Return what the program says of its parts, ready or not."""
    try:
        with urllib.request.urlopen(f"http://localhost:{port}/health/ready", timeout=10) as answer:
            return dict(json.load(answer))
    except urllib.error.HTTPError as error:
        with error:
            return dict(json.load(error))


def wait_until_ready(port: int, program: subprocess.Popen[str], *, scheme: str = "http") -> None:
    deadline = time.monotonic() + 60
    while ask(port, "/health/ready", scheme=scheme) != 200:
        assert program.poll() is None, program.communicate()[0]
        assert time.monotonic() < deadline, "it was not ready within a minute"
        time.sleep(0.1)


def test_it_starts_stops_on_ctrl_c_and_starts_again(home: Path, port: int) -> None:
    for signal_ in (signal.SIGINT, signal.SIGTERM):
        with running(home, port, command=CHECKOUT) as program:
            wait_until_ready(port, program)
            assert ask(port, "/") == 200
            asked = time.monotonic()
            program.send_signal(signal_)
            said, _ = program.communicate(timeout=30)
            assert time.monotonic() - asked < 10
            assert program.returncode == 0, said
            assert said.count("http://") == 2, "the address to open, and the outside world's"
            assert f"OKPay runs: http://localhost:{port}\n" in said
            assert "not configured" not in said, "the sandbox takes mail and SMS"
            assert "Traceback" not in said
            assert Cluster(home / "run").running_pid() is None
    assert "Migrate" not in said, "the second start had nothing to do but to start"
    assert (home / "keys" / "keyring.json").stat().st_mode & 0o077 == 0
    log = (home / "run" / "log" / "okpay.jsonl").read_text()
    assert '"logger": "okpay.access"' in log


def test_after_kill_9_it_starts_again(home: Path, port: int) -> None:
    with running(home, port) as program:
        wait_until_ready(port, program)
        program.kill()
    assert Cluster(home / "run").running_pid() is not None
    with running(home, port) as program:
        wait_until_ready(port, program)
        program.send_signal(signal.SIGINT)
        program.communicate(timeout=30)
    assert Cluster(home / "run").running_pid() is None


def test_it_is_not_ready_without_its_database_and_starts_it_again(home: Path, port: int) -> None:
    with running(home, port) as program:
        wait_until_ready(port, program)
        cluster = Cluster(home / "run")
        pid = cluster.running_pid()
        assert pid is not None
        # Without the lock nobody may start it: the watcher of the program waits, too.
        with (cluster.folder / "start.lock").open() as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            os.kill(pid, signal.SIGKILL)
            deadline = time.monotonic() + 20
            while ask(port, "/health/ready") != 503:
                assert time.monotonic() < deadline
                time.sleep(0.1)
            assert ask(port, "/health/live") == 200
            told = health(port)
            assert (told["ready"], told["database"], told["maintenance"]) == (False, "does not answer", None)
        wait_until_ready(port, program)
        told = health(port)
        assert (told["ready"], told["database"], told["migrations"]) == (True, "ok", "ok")
        assert set(told["loops"]) >= {"relay", "sealer", "mail", "sms"}
        assert set(told["loops"].values()) == {"ok"}
        assert cluster.running_pid() not in (pid, None)
        program.send_signal(signal.SIGINT)
        program.communicate(timeout=30)


def test_maintenance_is_switched_from_beside_the_running_program(home: Path, port: int) -> None:
    with running(home, port, "--no-sandbox") as program:
        wait_until_ready(port, program)
        for verb, is_on in (("on", True), ("off", False)):
            said = subprocess.run(
                [*COMMAND, "maintenance", verb],
                env={**os.environ, "OKPAY_HOME": str(home), "OKPAY_DATABASE_URL": "", "OKPAY_MODE": "trial",
                     "OKPAY_KEYS": "", "PYTHONPATH": str(ROOT / "src")},
                capture_output=True, text=True, timeout=60, check=False,
            )  # fmt: skip
            assert said.returncode == 0, said.stderr
            deadline = time.monotonic() + 10
            while health(port)["maintenance"] is not is_on:
                assert time.monotonic() < deadline
                time.sleep(0.1)
            assert health(port)["ready"] is True
        program.send_signal(signal.SIGINT)
        program.communicate(timeout=30)


def test_a_worker_with_a_port_says_how_its_loops_are(home: Path, port: int) -> None:
    with running(home, port, "--role", "worker") as program:
        wait_until_ready(port, program)
        assert set(health(port)["loops"].values()) == {"ok"}
        assert ask(port, "/") == 404
        program.send_signal(signal.SIGINT)
        said, _ = program.communicate(timeout=30)
        assert f"http://localhost:{port}/health/ready" in said


def test_a_second_one_on_the_same_data_is_refused(home: Path, port: int) -> None:
    with running(home, port) as program:
        wait_until_ready(port, program)
        second = start(home, "--port", "0")
        said, _ = second.communicate(timeout=30)
        assert second.returncode == 2
        assert "already runs with the data in" in said
        third = start(home, "--port", str(port), "--data", f"{home}/other")
        said, _ = third.communicate(timeout=30)
        assert third.returncode == 2
        assert f"Port {port} is taken" in said
        program.send_signal(signal.SIGINT)
        program.communicate(timeout=30)


def test_https_with_a_certificate_of_our_own(home: Path, port: int) -> None:
    with running(home, port, "--tls", "--role", "web") as program:
        wait_until_ready(port, program, scheme="https")
        assert ask(port, "/", scheme="https") == 200
        program.send_signal(signal.SIGTERM)
        said, _ = program.communicate(timeout=30)
        assert f"https://localhost:{port}" in said
    assert (home / "keys" / "tls.key").stat().st_mode & 0o077 == 0


IGNORING = (sys.executable, "-c", "import os, signal, sys; signal.signal(signal.SIGINT, signal.SIG_IGN); "
            "os.execv(sys.executable, [sys.executable, '-m', 'okpay.doors.cli', *sys.argv[1:]])")  # fmt: skip


@pytest.mark.parametrize("role", ["worker", "web"])
@pytest.mark.parametrize("command", [COMMAND, IGNORING], ids=["terminal", "background"])
def test_every_role_stops_on_ctrl_c(home: Path, port: int, role: str, command: tuple[str, ...]) -> None:
    with running(home, port, "--role", role, command=command) as program:
        assert program.stdout is not None
        for line in program.stdout:
            if "Ctrl-C stops it" in line:
                break
        program.send_signal(signal.SIGINT)
        program.communicate(timeout=30)
        assert program.returncode == 0


@pytest.mark.parametrize(
    ("environment", "sentence"),
    [
        ({"OKPAY_MODE": "production"}, "OKPAY_HOSTS must name the host names"),
        (
            {"OKPAY_DATABASE_URL": "postgresql://okpay_app@127.0.0.1:1/okpay"},
            "OKPAY_DATABASE_URL does not answer",
        ),
        ({"OKPAY_DB_PORT": "many"}, "OKPAY_DB_PORT"),
        ({"OKPAY_MAIL_URL": "mail.example.com"}, "OKPAY_MAIL_URL must look like"),
        ({"OKPAY_PG_BIN": "/nonexistent"}, "does not run on this machine"),
    ],
)
def test_what_cannot_start_says_why(
    fresh: Path, port: int, environment: dict[str, str], sentence: str
) -> None:
    program = start(fresh, "--port", str(port), environment=environment)
    said, _ = program.communicate(timeout=60)
    assert program.returncode == 2, said
    assert sentence in said
    assert "Traceback" not in said
    assert Cluster(fresh / "run").running_pid() is None


def test_an_own_server_needs_both_roles(fresh: Path, port: int, app_url: str, owner_url: str) -> None:
    program = start(fresh, "--port", str(port), environment={"OKPAY_DATABASE_URL": app_url})
    said, _ = program.communicate(timeout=60)
    assert program.returncode == 2
    assert "OKPAY_OWNER_DATABASE_URL is not" in said
    program = start(fresh, "--port", str(port), environment={"OKPAY_DATABASE_URL": owner_url})
    said, _ = program.communicate(timeout=60)
    assert program.returncode == 2
    assert "must sign in as `okpay_app`" in said


def test_an_own_server_is_used_and_left_alone(fresh: Path, port: int, app_url: str, owner_url: str) -> None:
    program = start(
        fresh,
        "--port",
        str(port),
        environment={"OKPAY_DATABASE_URL": app_url, "OKPAY_OWNER_DATABASE_URL": owner_url},
    )
    try:
        wait_until_ready(port, program)
        assert not (fresh / "run" / "data").exists()
        program.send_signal(signal.SIGINT)
    finally:
        program.communicate(timeout=30)
    assert program.returncode == 0


def test_keys_are_never_made_anew_for_data_that_exists(home: Path, port: int) -> None:
    with running(home, port) as program:
        wait_until_ready(port, program)
        program.send_signal(signal.SIGINT)
        program.communicate(timeout=30)
    ring, copy = home / "keys" / "keyring.json", home / "keyring.copy"
    ring.rename(copy)
    program = start(home, "--port", str(port))
    said, _ = program.communicate(timeout=30)
    copy.rename(ring)
    assert program.returncode == 2
    assert "put keyring.json back" in said
