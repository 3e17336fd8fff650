"""The command `okpay`: what it lists, and how it fails."""

import subprocess
import sys

import pytest

from okpay.doors.cli import main as command
from okpay.doors.cli.errors import CommandError


def test_help_lists_every_command(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        command.main(["--help"])
    assert ended.value.code == 0
    shown = capsys.readouterr().out
    for name in command.COMMANDS:
        assert name.rsplit(".", 1)[1] in shown


def test_a_command_error_is_one_sentence(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def refuse(_: object) -> int:
        raise CommandError("The way out.")

    monkeypatch.setattr("okpay.doors.cli.messages.run_messages", refuse)
    assert command.main(["messages"]) == 2
    assert capsys.readouterr().err == "The way out.\n"


def test_a_closed_pipe_is_no_accident() -> None:
    program = f"{sys.executable} -m okpay.doors.cli regions check | head -c 1"
    done = subprocess.run(["/bin/sh", "-c", program], capture_output=True, text=True, check=False)
    assert "Traceback" not in done.stderr


def test_the_module_and_the_script_are_the_same_command() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "okpay.doors.cli", "--help"], capture_output=True, text=True, check=True
    )
    assert "usage: okpay" in done.stdout
