"""Maintenance as people see it: announced on every page in their language, and gone when it has ended."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings
from playwright.sync_api import Browser, expect

from okpay.base import clock
from tests.journeys.conftest import visitor
from tests.journeys.test_every_page import assert_accessible, assert_fits
from tests.journeys.test_records import beside

ROOT = Path(__file__).resolve().parents[2]
TITLES = {"en": "Maintenance", "zh-hans": "系统维护"}
MESSAGES = {"en": "We are moving to faster disks.", "zh-hans": "正在更换更快的磁盘。"}

LOOKED_AT = ("/wallet", "/fees")
"""A page of each frame that the banner stands in."""


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Path]:
    """The home folder of the operator's command; maintenance is off when the test has ended."""
    yield tmp_path
    maintenance(tmp_path, "off")


def maintenance(home: Path, *words: str) -> str:
    """Run the command as an operator does, beside the running program, and return what it says."""
    done = subprocess.run(
        [sys.executable, "-m", "okpay.doors.cli", "maintenance", *words],
        env={**os.environ, "OKPAY_HOME": str(home), "PYTHONPATH": str(ROOT / "src")},
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_a_maintenance_is_announced_and_ends(
    language: str, browser: Browser, site: str, session: str, home: Path
) -> None:
    until = beside(clock.now).replace(microsecond=0) + timedelta(hours=2)
    with visitor(browser, site, language) as context:
        context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": session, "url": site}])
        page = context.new_page()
        banner = page.locator(".announcement")
        page.goto("/wallet")
        expect(banner).to_have_count(0)
        maintenance(
            home, "on", "--until", until.isoformat(),
            "--message", MESSAGES["en"], "--message-zh", MESSAGES["zh-hans"],
        )  # fmt: skip
        page.wait_for_timeout(1_100)  # a process looks once a second
        for address in ("/wallet", "/inbox", "/account", "/fees", "/account/email/", "/no-such-page"):
            page.goto(address)
            expect(banner).to_be_visible()
            expect(banner).to_have_count(1)
            expect(banner.locator(".notice-title")).to_have_text(TITLES[language])
            expect(banner).to_contain_text(MESSAGES[language])
            assert banner.locator("time").get_attribute("datetime") == until.isoformat()
            if address in LOOKED_AT:
                assert_fits(page, address)
                assert_accessible(page, address)
        said = maintenance(home, "off")
        assert "has ended" in said
        page.wait_for_timeout(1_100)
        for address in ("/wallet", "/fees"):
            page.goto(address)
            expect(banner).to_have_count(0)
