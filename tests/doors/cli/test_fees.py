"""`okpay fees check` says what is wrong, and `okpay run` starts with nothing that is."""

from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured

from okpay.config.fees import read_pricing
from okpay.doors.cli import main as command
from okpay.pricing import schedules


def test_ours_are_in_order(capsys: pytest.CaptureFixture[str]) -> None:
    assert command.main(["fees", "check"]) == 0
    shown = capsys.readouterr().out
    assert "transfers.toml: OK" in shown
    assert "coverage: OK" in shown


def test_a_folder_with_gaps_is_not(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "transfers.toml").write_text((schedules.FOLDER / "transfers.toml").read_text())
    assert command.main(["fees", "check", "--folder", str(tmp_path)]) == 1
    shown = capsys.readouterr().out
    assert "no schedule for card_top_up in CA, CAD, level 0, 1, 2, 3" in shown
    assert "more" in shown


def test_a_folder_that_is_not_there_is_one_sentence(capsys: pytest.CaptureFixture[str]) -> None:
    assert command.main(["fees", "check", "--folder", "/nowhere/at/all"]) == 2
    assert capsys.readouterr().err == "There is no folder /nowhere/at/all.\n"


def test_the_operator_s_folder_is_checked_before_anything_starts(tmp_path: Path) -> None:
    assert read_pricing({}) is None
    assert read_pricing({"OKPAY_PRICING": str(schedules.FOLDER)}) == schedules.FOLDER
    for wrong in ("schedules", str(tmp_path / "nothing")):
        with pytest.raises(ImproperlyConfigured, match="whole path of a folder"):
            read_pricing({"OKPAY_PRICING": wrong})
    (tmp_path / "fees.toml").write_text("fees = 3")
    with pytest.raises(ImproperlyConfigured, match=r"fees\.toml: .*no key `fees`"):
        read_pricing({"OKPAY_PRICING": str(tmp_path)})
