"""`okpay funding reconcile` says what both sides have, and what differs."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Iterator

import pytest
from pytest_django.fixtures import Settings

from okpay.doors.cli.errors import CommandError
from okpay.doors.cli.funding import run_reconcile
from okpay.doors.cli.main import build_parser
from tests.okpay_sandbox.running import ACQUIRER_KEY, Running, running

ALL = Namespace(days=7, all=True)


@pytest.fixture(scope="module")
def outside(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """An acquirer that has charged nothing."""
    with running(tmp_path_factory.mktemp("outside")) as found:
        yield found


def test_nothing_charged_and_nothing_booked_agrees(
    outside: Running, settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    settings.ACQUIRER_URL, settings.ACQUIRER_KEY = outside.url, ACQUIRER_KEY
    code = run_reconcile(Namespace(days=1, all=False))
    shown = capsys.readouterr().out
    assert "The acquirer has 0 charges since" in shown
    # Other tests of this database may have booked what this acquirer never charged: then it is named.
    assert (code, "DIFFERENT (completed without a charge)" in shown) in ((0, False), (1, True))


def test_without_an_answer_it_is_one_sentence(outside: Running, settings: Settings) -> None:
    for url, key in (("", ""), ("http://127.0.0.1:9", ACQUIRER_KEY), (outside.url, "sk_test_wrong")):
        settings.ACQUIRER_URL, settings.ACQUIRER_KEY = url, key
        with pytest.raises(CommandError, match=r"^The acquirer does not answer: .*\.$"):
            run_reconcile(ALL)


def test_days_are_one_or_more_and_not_both() -> None:
    with pytest.raises(CommandError, match="one or more"):
        run_reconcile(Namespace(days=0, all=False))
    with pytest.raises(SystemExit):
        build_parser().parse_args(["funding", "reconcile", "--all", "--days", "3"])
