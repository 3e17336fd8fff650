"""Several processes behind one address: killed ones come back, and none outlives what started it."""

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator

import pytest

PROGRAM = """
import contextlib, signal, socket
from okpay.config.processes import serve_in_processes
def stop(*_): raise KeyboardInterrupt
signal.signal(signal.SIGTERM, stop)
with socket.create_server(("127.0.0.1", 0)) as listener, contextlib.suppress(KeyboardInterrupt):
    serve_in_processes(
        listener=listener, roles=["api", "api"], certificate=None,
        ready=lambda: print(listener.getsockname()[1], flush=True),
    )
"""


@pytest.fixture
def parent() -> Iterator[subprocess.Popen[str]]:
    """A program that serves in two processes."""
    process = subprocess.Popen(
        [sys.executable, "-c", PROGRAM],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "DJANGO_SETTINGS_MODULE": "okpay.config.settings"},
    )
    yield process
    process.kill()
    process.wait()
    assert process.stdout is not None
    process.stdout.close()


def _children(parent: subprocess.Popen[str]) -> set[int]:
    found = subprocess.run(
        ["ps", "-eo", "pid=,ppid="], capture_output=True, text=True, check=True
    ).stdout.split("\n")
    pairs = [line.split() for line in found if line.strip()]
    return {int(pid) for pid, of in pairs if int(of) == parent.pid}


def _port(parent: subprocess.Popen[str]) -> int:
    assert parent.stdout is not None
    return int(parent.stdout.readline())


def _answers(port: int) -> bool:
    request = urllib.request.Request(f"http://127.0.0.1:{port}/v1/health", headers={"Host": "localhost"})
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:  # noqa: S310
            return bool(answer.status == 200)
    except OSError:
        return False


def _until(what: object, seconds: float = 30) -> None:
    deadline = time.monotonic() + seconds
    while not what():  # type: ignore[operator]
        assert time.monotonic() < deadline
        time.sleep(0.1)


def test_one_that_is_killed_comes_back_and_the_address_goes_on(parent: subprocess.Popen[str]) -> None:
    port = _port(parent)
    before = _children(parent)
    assert len(before) == 2
    os.kill(min(before), signal.SIGKILL)
    assert all(_answers(port) for _ in range(5))
    _until(lambda: len(_children(parent)) == 2 and _children(parent) != before)
    assert _answers(port)


def test_they_end_with_what_started_them(parent: subprocess.Popen[str]) -> None:
    port = _port(parent)
    assert _answers(port)
    parent.terminate()
    assert parent.wait(30) == 0
    assert not _answers(port)


def test_none_outlives_a_parent_that_was_killed(parent: subprocess.Popen[str]) -> None:
    _port(parent)
    children = _children(parent)
    parent.kill()
    parent.wait()

    def are_gone() -> bool:
        states = subprocess.run(
            ["ps", "-o", "stat=", "-p", ",".join(map(str, children))],
            capture_output=True,
            text=True,
            check=False,
        ).stdout.split()
        return all(state.startswith("Z") for state in states)

    _until(are_gone)


def test_one_that_is_still_loading_lets_go_of_the_port_when_its_parent_is_gone() -> None:
    ready, life = os.pipe(), os.pipe()
    with socket.create_server(("127.0.0.1", 0)) as listener:
        given = (listener.fileno(), ready[1], life[0])
        child = subprocess.Popen(
            [sys.executable, "-X", "importtime", "-m", "okpay.config.child_process", "api", *map(str, given)],
            pass_fds=given,
            stderr=subprocess.PIPE,
            text=True,
            env={**os.environ, "DJANGO_SETTINGS_MODULE": "okpay.config.settings"},
        )
        assert child.stderr is not None
        # As soon as it has begun to load something, and long before it serves.
        child.stderr.readline()
        os.close(life[1])
        loaded = child.stderr.read()
        assert child.wait(10) == 0
        child.stderr.close()
    for end in (*ready, life[0]):
        os.close(end)
    assert "okpay.doors.web" not in loaded
