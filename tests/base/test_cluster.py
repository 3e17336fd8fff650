"""The embedded PostgreSQL: started twice, killed, half-made, and out of reach."""

import os
import shutil
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psycopg
import pytest

from okpay.base import cluster as cluster_module
from okpay.base import postmaster
from okpay.base.binaries import find_binaries
from okpay.base.cluster import ADMIN_ROLE, APP_ROLE, OWNER_ROLE, Cluster, ClusterError
from okpay.base.folders import ServerUser, server_user
from okpay.base.provision import create_database


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder that the server's user can reach; pytest's own temporary folders are private to us."""
    path = Path(f"/tmp/okpay-cluster-{os.getpid()}-{time.monotonic_ns()}")  # noqa: S108 - unlike $TMPDIR
    yield path
    Cluster(path).stop()
    shutil.rmtree(path, ignore_errors=True)


@pytest.fixture
def cluster(folder: Path) -> Cluster:
    return Cluster(folder, durable=False)


def ask(cluster: Cluster, question: str) -> object:
    with psycopg.connect(cluster.url(ADMIN_ROLE, "postgres"), autocommit=True) as connection:
        row = connection.execute(question.encode()).fetchone()
        assert row is not None
        return row[0]


def test_a_second_start_finds_it_running(cluster: Cluster) -> None:
    assert cluster.start() is True
    assert Cluster(cluster.folder, durable=False).start() is False
    assert ask(cluster, "SELECT 1") == 1


def test_data_is_kept_over_a_stop(cluster: Cluster) -> None:
    cluster.start()
    create_database(cluster, "kept")
    cluster.stop()
    assert cluster.running_pid() is None
    cluster.start()
    assert ask(cluster, "SELECT count(*) FROM pg_database WHERE datname = 'kept'") == 1


def test_two_starts_at_once_make_one_cluster(folder: Path) -> None:
    clusters = [Cluster(folder, durable=False) for _ in range(2)]
    with ThreadPoolExecutor(2) as pool:
        started = list(pool.map(Cluster.start, clusters))
    assert sorted(started) == [False, True]
    for cluster in clusters:
        cluster.stop()


def test_it_starts_after_kill_9_with_children_that_go_on(cluster: Cluster) -> None:
    cluster.start()
    pid = cluster.running_pid()
    assert pid is not None
    with psycopg.connect(cluster.url(ADMIN_ROLE, "postgres"), autocommit=True) as connection:
        backend = connection.info.backend_pid
        # Stopped, the child cannot notice that its server is gone, and keeps the shared memory.
        os.kill(backend, signal.SIGSTOP)
        os.kill(pid, signal.SIGKILL)
        assert cluster.start() is True
    assert cluster.running_pid() not in (pid, None)
    assert ask(cluster, "SELECT 1") == 1


def test_a_server_that_is_killed_while_it_starts_is_started_again(
    cluster: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    cluster.start()
    cluster.stop()
    launched: list[int] = []
    launch = Cluster._launch

    def killed_at_first(self: Cluster, command: list[str]) -> None:
        launch(self, command)
        launched.append(cluster_module._children[self.data].pid)
        if len(launched) == 1:
            os.kill(launched[0], signal.SIGKILL)

    monkeypatch.setattr(Cluster, "_launch", killed_at_first)
    assert cluster.start()
    assert len(launched) == 2
    assert cluster.running_pid() == launched[1]


def test_a_stale_pid_file_with_a_foreign_living_pid_is_overcome(cluster: Cluster) -> None:
    cluster.start()
    lines = (cluster.data / "postmaster.pid").read_text().splitlines()
    cluster.stop()
    user = cluster._user()
    with subprocess.Popen(["sleep", "60"], **user) as foreign:
        stale = "\n".join([str(foreign.pid), *lines[1:]]) + "\n"
        (cluster.data / "postmaster.pid").write_text(stale)
        if user:
            os.chown(cluster.data / "postmaster.pid", user["user"], user["group"])
        assert cluster.running_pid() is None
        assert cluster.start() is True
        assert foreign.poll() is None
        foreign.kill()


def test_an_empty_pid_file_is_overcome(cluster: Cluster) -> None:
    cluster.start()
    cluster.stop()
    (cluster.data / "postmaster.pid").touch()
    assert cluster.start() is True


def test_a_half_made_cluster_is_made_anew(cluster: Cluster) -> None:
    half = cluster.folder / "data.half"
    half.mkdir(parents=True)
    (half / "PG_VERSION").write_text("18\n")
    assert cluster.start() is True
    assert not half.exists()


def test_another_major_version_is_refused_with_the_way_out(cluster: Cluster) -> None:
    cluster.data.mkdir(parents=True)
    (cluster.data / "PG_VERSION").write_text("14\n")
    with pytest.raises(ClusterError, match=r"holds data of PostgreSQL 14.*OKPAY_PG_BIN.*--data"):
        cluster.start()


def test_a_deep_folder_gets_a_short_socket_whatever_tmpdir_says(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TMPDIR", str(folder / ("t" * 120)))
    deep = Cluster(folder / ("d" * 100) / "run", durable=False)
    try:
        deep.start()
        assert len(str(deep.socket_folder)) < 90
        assert stat.S_IMODE(deep.socket_folder.stat().st_mode) == 0o700
        assert ask(deep, "SELECT 1") == 1
    finally:
        deep.stop()
        shutil.rmtree(deep.socket_folder)


def test_a_socket_folder_of_somebody_else_is_refused(cluster: Cluster) -> None:
    cluster.folder.mkdir()
    cluster.socket_folder.symlink_to("/")
    with pytest.raises(ClusterError, match="not the server's private folder"):
        cluster.start()


def test_modes_outside_the_folder_stay_as_they_are(folder: Path) -> None:
    folder.mkdir(mode=0o755)
    before = {path: path.stat() for path in (folder, *folder.parents)}
    inner = Cluster(folder / "run", durable=False)
    inner.start()
    inner.stop()
    for path, found in before.items():
        now = path.stat()
        assert (now.st_mode, now.st_uid, now.st_gid) == (found.st_mode, found.st_uid, found.st_gid), path


def test_secrets_and_data_are_private(cluster: Cluster) -> None:
    cluster.start()
    assert stat.S_IMODE((cluster.folder / "secrets.txt").stat().st_mode) == 0o600
    assert stat.S_IMODE(cluster.data.stat().st_mode) == 0o700
    assert stat.S_IMODE(cluster.socket_folder.stat().st_mode) == 0o700


@pytest.mark.parametrize(("durable", "expected"), [(True, "on"), (False, "off")])
def test_what_is_durable_is_said_by_the_server(folder: Path, durable: bool, expected: str) -> None:
    cluster = Cluster(folder, durable=durable)
    cluster.start()
    found = [ask(cluster, f"SHOW {name}") for name in ("fsync", "synchronous_commit", "full_page_writes")]
    assert found == [expected] * 3


def test_a_cluster_with_other_settings_is_started_anew(folder: Path) -> None:
    Cluster(folder, durable=False).start()
    durable = Cluster(folder, durable=True)
    assert durable.start() is True
    assert ask(durable, "SHOW fsync") == "on"


def test_the_socket_and_tcp_want_a_password(folder: Path) -> None:
    port = 20000 + os.getpid() % 20000
    cluster = Cluster(folder, durable=False, port=port)
    cluster.start()
    create_database(cluster, "okpay")
    password = cluster.password(APP_ROLE)
    for host in ("127.0.0.1", str(cluster.socket_folder)):
        place = f"host={host} port={port} dbname=okpay user={APP_ROLE}"
        psycopg.connect(f"{place} password={password}").close()
        for wrong in ("password=wrong", ""):
            with pytest.raises(psycopg.OperationalError, match="password"):
                psycopg.connect(f"{place} {wrong} passfile=/nonexistent")


def test_no_tcp_unless_asked(cluster: Cluster) -> None:
    cluster.start()
    assert ask(cluster, "SHOW listen_addresses") == ""


def test_the_running_role_cannot_make_tables(app_url: str) -> None:
    with (
        psycopg.connect(app_url) as connection,
        pytest.raises(psycopg.errors.InsufficientPrivilege),
    ):
        connection.execute("CREATE TABLE mine (id int)")


def test_the_running_role_is_not_the_owner(app_url: str) -> None:
    with psycopg.connect(app_url) as connection:
        row = connection.execute(
            "SELECT current_user, rolsuper, rolcreaterole, pg_has_role(current_user, %s, 'MEMBER')"
            " FROM pg_roles WHERE rolname = current_user",
            [OWNER_ROLE],
        ).fetchone()
    assert row == (APP_ROLE, False, False, False)


@pytest.mark.parametrize("version", ["14", "19"])
def test_programs_of_an_unknown_version_are_refused(
    cluster: Cluster, version: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    cluster.folder.mkdir(mode=0o755)
    program = cluster.folder / "postgres"
    program.write_text(f"#!/bin/sh\necho 'postgres (PostgreSQL) {version}.1'\n")
    program.chmod(0o755)
    monkeypatch.setenv("OKPAY_PG_BIN", str(cluster.folder))
    with pytest.raises(ClusterError, match=f"PostgreSQL {version}; OKPay runs on 15 to 18"):
        cluster.start()


def test_a_folder_without_programs_is_refused(cluster: Cluster, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OKPAY_PG_BIN", "/nonexistent")
    with pytest.raises(ClusterError, match="does not run on this machine"):
        cluster.start()


def test_a_dead_process_that_nobody_waited_for_counts_as_dead(cluster: Cluster) -> None:
    cluster.start()
    pid = cluster.running_pid()
    assert pid is not None
    os.kill(pid, signal.SIGKILL)
    deadline = time.monotonic() + 5
    while postmaster.server_pid(cluster.data) is not None and time.monotonic() < deadline:
        time.sleep(0.01)
    assert postmaster.server_pid(cluster.data) is None


def test_an_ordinary_user_runs_it_too(folder: Path) -> None:
    """As root this test becomes `nobody`; the wheel is copied to where that user can read it."""
    source = Path(__file__).resolve().parents[2] / "src"
    script = (
        "import sys; from pathlib import Path; from okpay.base.cluster import Cluster\n"
        f"cluster = Cluster(Path({str(folder / 'run')!r}), durable=False)\n"
        "cluster.start(); print(cluster.running_pid() is not None); cluster.stop()\n"
        "print(cluster.running_pid() is None)"
    )
    folder.mkdir(mode=0o755)
    user = server_user()
    programs = find_binaries(folder / "programs", user)
    if user:
        os.chown(folder, user["user"], user["group"])
    environment = {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": str(source),
        "PYTHONDONTWRITEBYTECODE": "1",
        "OKPAY_PG_BIN": str(programs),
    }
    done = subprocess.run(
        [_python_for(user), "-c", script],
        capture_output=True, text=True, check=False, cwd="/", env=environment, **user,
    )  # fmt: skip
    assert done.stdout.split() == ["True", "True"], done.stderr


def _python_for(user: ServerUser) -> str:
    """Return a Python that another user can run: ours may lie in a home folder."""
    for python in (sys.executable, "/usr/bin/python3"):
        try:
            asked = subprocess.run(
                [python, "-c", "import sys; sys.exit(sys.version_info < (3, 11))"],
                capture_output=True, check=False, cwd="/", **user,
            )  # fmt: skip
        except OSError:
            continue
        if asked.returncode == 0:
            return python
    raise AssertionError("There is no Python 3.11 here that an ordinary user can run.")
