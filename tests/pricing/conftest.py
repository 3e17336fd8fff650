"""Schedules that a test writes for itself."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from pytest_django.fixtures import Settings

EVERY_KIND = """
[[schedules]]
code = "transfer"
source = "example"
kind = "transfer"
terms = { percent = "0" }
[[schedules]]
code = "transfer_abroad"
source = "example"
kind = "transfer_abroad"
terms = { percent = "1" }
[[schedules]]
code = "card_top_up"
source = "example"
kind = "card_top_up"
terms = { percent = "1" }
"""
"""The fewest schedules that say something about every movement."""

Write = Callable[..., Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Write a folder of schedules: the fewest there can be, and one more."""

    def to_folder(more: str = "", *, base: str = EVERY_KIND) -> Path:
        (tmp_path / "base.toml").write_text(base)
        if more:
            (tmp_path / "more.toml").write_text(more)
        return tmp_path

    return to_folder


@pytest.fixture
def use(write: Write, settings: Settings) -> Write:
    """Write a folder of schedules, and let the program price by it."""

    def and_use(more: str = "", *, base: str = EVERY_KIND) -> Path:
        folder = write(more, base=base)
        settings.PRICING_FOLDER = folder
        return folder

    return and_use


def schedule(**values: str) -> str:
    """Return one schedule as it stands in a file; values are written as they are given."""
    values = {
        "code": '"one"',
        "source": '"example"',
        "kind": '"transfer"',
        "terms": '{ percent = "1" }',
    } | values
    return "\n[[schedules]]\n" + "\n".join(f"{key} = {value}" for key, value in values.items()) + "\n"
