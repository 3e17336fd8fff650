"""Starting and stopping the sandbox."""

from __future__ import annotations

import json
import signal
import socket
import urllib.request
from pathlib import Path

import pytest

from tests.okpay_sandbox.running import running, start


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_it_stops_cleanly_when_it_is_told(tmp_path: Path, how: signal.Signals) -> None:
    with running(tmp_path) as sandbox:
        sandbox.send_mail("anna@example.com", "s", "t")
        sandbox.process.send_signal(how)
        sandbox.process.wait(10)


def test_it_ends_with_the_pipe_of_who_started_it(tmp_path: Path) -> None:
    process = start(tmp_path)
    assert process.stdout is not None
    assert process.stdin is not None
    process.stdout.readline()
    process.stdin.close()
    assert process.wait(10) == 0
    process.stdin = None
    process.communicate()


def test_it_is_healthy_when_it_says_where(tmp_path: Path) -> None:
    with running(tmp_path) as sandbox, urllib.request.urlopen(f"{sandbox.url}/health/live") as answer:  # noqa: S310
        assert answer.status == 200
        assert answer.read() == b"ok\n"


def test_a_port_or_folder_in_use_is_said_in_a_sentence(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        process = start(tmp_path, "--port", str(port))
        _, said = process.communicate(timeout=20)
        assert process.returncode == 2
        assert said == f"Port {port} of 127.0.0.1 is taken or cannot be used.\n"
    with running(tmp_path):
        process = start(tmp_path)
        _, said = process.communicate(timeout=20)
        assert process.returncode == 2
        assert "Another sandbox has its messages in" in said


@pytest.mark.parametrize("name", ["OKPAY_SMS_KEY", "OKPAY_ACQUIRER_KEY", "OKPAY_ACQUIRER_WEBHOOK_SECRET"])
def test_it_needs_its_keys(tmp_path: Path, name: str) -> None:
    process = start(tmp_path, "--webhook-url", "http://localhost:8000/webhooks/acquirer", lacking=name)
    _, said = process.communicate(timeout=20)
    assert process.returncode == 2
    assert said.startswith(f"Set {name} to ")


def test_the_log_names_nobody(tmp_path: Path) -> None:
    log = tmp_path / "log.jsonl"
    with running(tmp_path / "data", "--log", str(log)) as sandbox:
        sandbox.send_mail("anna@example.com", "Secret", "text")
        sandbox.person_page("anna@example.com")
        sandbox.send_sms("+15550100", "Secret", "log-1")
        sandbox.ask("/?q=anna")
    lines = [json.loads(line) for line in log.read_text().splitlines()]
    routes = {line["route"] for line in lines if "route" in line}
    assert {"/people/{person:path}", "/sms/v1/messages", "/"} <= routes
    for word in ("anna", "Secret", "15550100", "a-key-for-tests"):
        assert word not in log.read_text()
