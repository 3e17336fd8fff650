"""Where data may lie, and who can reach it."""

import os
import shutil
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from okpay.base import folders
from okpay.base.folders import FolderError, cluster_folder, held, make_folder, server_user


@pytest.fixture
def private() -> Iterator[Path]:
    """A folder that only we can enter."""
    path = Path(f"/tmp/okpay-private-{os.getpid()}-{time.monotonic_ns()}")  # noqa: S108 - unlike $TMPDIR
    path.mkdir(mode=0o700)
    yield path
    shutil.rmtree(path)


def another_user(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the server run as somebody who cannot enter our private folders, whoever we are."""
    monkeypatch.setattr(folders, "server_user", lambda _=None: {"user": 65534, "group": 65534})
    if os.getuid() != 0:
        # An ordinary user cannot become another one to try: nobody can pass a folder of mode 0700.
        monkeypatch.setattr(folders, "reachable", lambda *_: False)


def test_a_folder_in_reach_is_used(private: Path) -> None:
    private.chmod(0o755)
    assert cluster_folder(private / "run", named=False) == (private / "run", "")


def test_a_folder_out_of_reach_is_replaced_and_said_so(
    private: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    another_user(monkeypatch)
    folder, note = cluster_folder(private / "wallet" / ".okpay" / "run", named=False)
    assert folder.parent.parent == folders.SYSTEM_FOLDER
    assert folder.parent.name.startswith("wallet-")
    assert folder.name == "run"
    assert str(folder) in note
    assert cluster_folder(private / "wallet" / ".okpay" / "test", named=False)[0] != folder
    assert stat.S_IMODE(private.stat().st_mode) == 0o700


def test_a_folder_that_was_named_is_never_replaced(private: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    another_user(monkeypatch)
    with pytest.raises(FolderError, match=r"cannot reach .*: name another folder"):
        cluster_folder(private / "run", named=True)


def test_data_that_exists_keeps_its_owner(private: Path) -> None:
    if os.getuid() == 0:
        os.chown(private, 1234, 1234)
        assert server_user(private) == {"user": 1234, "group": 1234}
    else:
        assert server_user(private) == {}


def test_making_a_folder_leaves_those_that_exist(private: Path) -> None:
    before = os.umask(0o077)
    try:
        made = make_folder(private / "a" / "b")
    finally:
        os.umask(before)
    assert stat.S_IMODE(private.stat().st_mode) == 0o700
    expected = 0o755 if os.getuid() == 0 else 0o700
    assert [stat.S_IMODE(path.stat().st_mode) for path in (made, made.parent)] == [expected] * 2


def test_a_file_in_the_way_is_a_sentence(private: Path) -> None:
    (private / "file").touch()
    for folder in (private / "file", private / "file" / "run"):
        with pytest.raises(FolderError, match="--data"):
            make_folder(folder)


def test_a_folder_is_held_by_one_process_and_let_go_when_it_is_killed(private: Path) -> None:
    script = (
        "import sys, time; from pathlib import Path; from okpay.base.folders import held\n"
        f"with held(Path({str(private)!r}), 'busy'): print('held', flush=True); time.sleep(60)"
    )
    source = str(Path(__file__).resolve().parents[2] / "src")
    command = [sys.executable, "-c", script]
    with subprocess.Popen(command, stdout=subprocess.PIPE, env={"PYTHONPATH": source}) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == b"held\n"
        with pytest.raises(FolderError, match="busy"), held(private, "busy"):
            pass
        other.kill()
    with held(private, "busy"):
        pass
