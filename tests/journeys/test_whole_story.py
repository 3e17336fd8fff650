"""The whole story on an installation of its own, whose clock can be moved: sign up, top up, send, let it expire."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.doors.cli.test_run import ROOT, _folder, running
from tests.doors.cli.test_run_sandbox import port, told
from tests.factories.people import DIGITS, PASSWORD
from tests.journeys.conftest import visitor
from tests.journeys.test_people import press, sign_up

__all__ = ["port"]

WORDS = {
    "en": {
        "on": "Go on",
        "mine": "Yes, this is my address",
        "waiting": "Sent, and waiting",
        "returned": "Returned",
    },
    "zh-hans": {"on": "继续", "mine": "是我的邮箱", "waiting": "已转账，待处理", "returned": "已退回"},
}


@pytest.fixture
def home() -> Iterator[Path]:
    """A home folder of its own."""
    yield from _folder()


def command(home: Path, *words: str) -> str:
    """Run the operator's command beside the running program, and return what it says."""
    kept = {name: value for name, value in os.environ.items() if name[:6] != "OKPAY_"}
    done = subprocess.run(
        [sys.executable, "-m", "okpay.doors.cli", *words],
        env={**kept, "OKPAY_HOME": str(home), "PYTHONPATH": str(ROOT / "src")},
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout


def latest(page: Page, outside: str, person: str, pattern: str) -> str:
    """Return what matches in the latest message that somebody received, from the page of the outside world."""
    for _ in range(100):
        answer = page.request.get(f"{outside}/control/v1/messages", params={"person": person}).json()
        for message in answer["messages"]:
            if found := re.search(pattern, message["text"]):
                return found[0]
        page.wait_for_timeout(100)
    raise AssertionError(f"nothing like {pattern} arrived for {person}")


def add_card(page: Page, number: str = "4242 4242 4242 4242") -> None:
    """Type a card into the frame of the acquirer's page."""
    page.goto("/account/methods/card")
    if page.locator("iframe").count() == 0:
        page.locator("main form button[type=submit]").first.click()
    frame = page.frame_locator("iframe")
    frame.locator("#number").fill(number)
    frame.locator("#expiry").fill("12 / 34")
    frame.locator("#code").fill("123")
    frame.locator("button[type=submit]").last.click()
    expect(page).to_have_url(re.compile("/account/methods$"))


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_from_signing_up_to_what_comes_back_by_itself(
    browser: Browser, home: Path, port: int, language: str
) -> None:
    words, email, phone = WORDS[language], "mina@example.com", "+12025550123"
    with running(home, port) as program:
        said = told(program)
        site = re.search(r"OKPay runs: (\S+)", said)
        outside = re.search(r"arrive at: (\S+)", said)
        assert site is not None
        assert outside is not None
        with visitor(browser, site[1], language) as context:
            page = context.new_page()
            sign_up(page, language, email, phone, country="US")
            page.fill("#code", latest(page, outside[1], phone, r"\b\d{6}\b"))
            press(page, words["on"])
            page.goto(latest(page, outside[1], email, site[1] + r"/account/confirm-email/[^\s]+"))
            press(page, words["mine"])
            expect(page.locator(".balance")).to_have_text("0.00\u00a0USD")

            add_card(page)
            page.goto("/topup")
            page.fill("#amount", "50")
            page.locator("main form button[type=submit]").last.click()
            page.locator("main form button[type=submit]").last.click()
            page.wait_for_url("**/done")
            expect(page.locator(".state-done")).to_be_visible(timeout=15_000)
            page.goto("/wallet")
            expect(page.locator(".balance")).to_have_text("50.00\u00a0USD")

            page.goto("/send")
            page.fill("#recipient", "nobody.here@example.com")
            page.fill("#amount", "20")
            press(page, words["on"])
            page.locator(".notice a.button").click()
            page.fill("#password", PASSWORD)
            page.fill("#digits", DIGITS)
            page.fill("#digits_again", DIGITS)
            page.locator("main form button[type=submit]").last.click()
            page.fill("#digits", DIGITS)
            page.locator("main form button[type=submit]").click()
            expect(page.locator("h1")).to_have_text(words["waiting"])

            # Two weeks pass. The page that is open says by itself that the money came back.
            command(home, "clock", "forward", "14d")
            expect(page.locator("h1")).to_have_text(words["returned"], timeout=15_000)
            page.goto("/wallet")
            expect(page.locator(".balance")).to_have_text("50.00\u00a0USD")
        command(home, "ledger", "verify")
        command(home, "movements", "verify")
