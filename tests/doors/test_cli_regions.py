"""`okpay regions check`, as an operator runs it."""

import argparse
import re
from pathlib import Path

import pytest

from okpay.doors.cli import regions
from okpay.regions import packs


def run(*arguments: str) -> int:
    parser = argparse.ArgumentParser()
    regions.register(parser.add_subparsers(required=True))
    parsed = parser.parse_args(["regions", *arguments])
    result: int = parsed.run(parsed)
    return result


def test_the_installed_packs_are_good(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("check") == 0
    assert "US.toml: OK" in capsys.readouterr().out


def test_a_broken_pack_is_told_with_its_key_and_ends_in_1(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    good = (packs.FOLDER / "JP.toml").read_text()
    (tmp_path / "JP.toml").write_text(good.replace('"Asia/Tokyo"', '"Asia/Edo"'))
    assert run("check", "--folder", str(tmp_path)) == 1
    printed = capsys.readouterr().out
    assert "JP.toml: 1 problem\n  time.limits_zone: `Asia/Edo` is not a zone" in printed


def test_many_problems_are_counted_not_poured_out(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    good = (packs.FOLDER / "US.toml").read_text()
    (tmp_path / "US.toml").write_text(re.sub(r"year = +[0-9_]+", "year = 1", good))
    assert run("check", "--folder", str(tmp_path)) == 1
    assert "more\n" in capsys.readouterr().out


def test_an_empty_folder_is_a_problem(tmp_path: Path) -> None:
    assert run("check", "--folder", str(tmp_path)) == 1
