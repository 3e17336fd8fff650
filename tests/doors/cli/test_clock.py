"""`okpay clock`: spans as people write them, and never in production. That time passes is seen in the journeys."""

from __future__ import annotations

from datetime import timedelta

import pytest

from okpay.doors.cli.clock import span_of
from okpay.doors.cli.errors import CommandError
from okpay.doors.cli.main import build_parser


@pytest.mark.parametrize(
    ("text", "span"),
    [
        ("14d", timedelta(days=14)),
        ("2h", timedelta(hours=2)),
        ("30m", timedelta(minutes=30)),
        ("400d", timedelta(400)),
    ],
)
def test_spans_are_read(text: str, span: timedelta) -> None:
    assert span_of(text) == span


@pytest.mark.parametrize(
    "text", ["", "14", "d", "-1d", "0h", "1.5h", "14 d", "14d ", "401d", "9999d", "1y", "１d"]
)
def test_what_is_no_span_is_refused_in_one_sentence(text: str) -> None:
    with pytest.raises(CommandError, match="write 14d, 2h or 30m"):
        span_of(text)


def test_the_time_is_shown(capsys: pytest.CaptureFixture[str]) -> None:
    arguments = build_parser().parse_args(["clock", "show"])
    assert arguments.run(arguments) == 0
    assert capsys.readouterr().out.endswith(" UTC\n")


def test_the_clock_of_production_stays(settings: pytest.FixtureRequest) -> None:
    settings.TRIAL = False  # type: ignore[attr-defined]
    arguments = build_parser().parse_args(["clock", "forward", "1d"])
    with pytest.raises(CommandError, match="for trials only"):
        arguments.run(arguments)
