"""`okpay maintenance`: on, off, what people are told, and one sentence for what cannot be."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from okpay.base import clock
from okpay.doors.cli.errors import CommandError
from okpay.doors.cli.main import build_parser
from okpay.ledger import queries
from okpay.ledger.records import MAX_ANNOUNCEMENT


def run(*words: str) -> int:
    """Run the command without starting another database: the tests have one."""
    arguments = build_parser().parse_args(["maintenance", *words])
    return int(arguments.run(arguments))


@pytest.fixture(autouse=True)
def _off() -> Iterator[None]:
    yield
    run("off")


def soon(minutes: int = 90) -> datetime:
    return (clock.now() + timedelta(minutes=minutes)).replace(microsecond=0)


def test_it_goes_on_is_announced_and_goes_off(capsys: pytest.CaptureFixture[str]) -> None:
    until = soon()
    assert (
        run("on", "--until", until.isoformat(), "--message", "New disks.", "--message-zh", "更换磁盘。") == 0
    )
    said = capsys.readouterr().out
    assert "holds only" in said
    assert f"{until:%Y-%m-%d %H:%M} UTC. It does not end by itself." in said
    present = queries.maintenance()
    assert present is not None
    assert (present.until, present.message, present.message_zh) == (until, "New disks.", "更换磁盘。")
    assert run("status") == 0
    assert "更换磁盘。" in capsys.readouterr().out
    assert run("off") == 0
    assert "has ended" in capsys.readouterr().out
    assert run("off") == 0
    assert "nothing changed" in capsys.readouterr().out
    assert run("status") == 0
    assert "off" in capsys.readouterr().out


def test_a_time_may_have_any_zone() -> None:
    until = soon()
    run("on", "--until", until.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"))
    present = queries.maintenance()
    assert present is not None
    assert present.until == until


def test_status_warns_when_it_lasts_longer_than_announced(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    until = soon()
    run("on", "--until", until.isoformat())
    monkeypatch.setattr(clock, "now", lambda: until + timedelta(minutes=75))
    capsys.readouterr()
    assert run("status") == 0
    said = capsys.readouterr().out
    assert "WARNING" in said
    assert "1 h 15 min ago" in said
    assert queries.maintenance() is not None, "it does not end by itself"


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("--until", "2020-01-01T00:00Z"), "has passed"),
        (("--until", "tomorrow"), "is no time"),
        (("--until", ""), "is no time"),
        (("--until", "2099-13-01T00:00Z"), "is no time"),
        (("--until", "２０９９-01-01T00:00Z"), "is no time"),
        (("--until", "9999-12-31T23:59-23:00"), "is no time"),
        (("--until", "0001-01-01T00:00+23:00"), "is no time"),
        (("--until", "2099-01-01T06:00"), "no time zone"),
        (("--until", "2099-01-01"), "no time zone"),
        (("--message", "x" * (MAX_ANNOUNCEMENT + 1)), "--message is too long"),
        (("--message-zh", "维" * (MAX_ANNOUNCEMENT + 1)), "--message-zh is too long"),
        (("--message", "two\nlines"), "one line"),
        (("--message", "\udcff"), "cannot be shown"),
    ],
)
def test_what_cannot_be_announced_is_said_in_one_sentence(words: tuple[str, str], sentence: str) -> None:
    with pytest.raises(CommandError, match=sentence) as refused:
        run("on", *words)
    assert "\n" not in str(refused.value)
    assert queries.maintenance() is None


def test_the_help_says_that_nothing_ends_by_itself(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        build_parser().parse_args(["maintenance", "on", "--help"])
    assert "does not end the maintenance" in capsys.readouterr().out
