"""The story of a person, in a real browser with real mail and SMS: sign up, prove, sign in, forget, come back."""

from __future__ import annotations

import re
import time
from functools import partial

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.factories.people import PASSWORD, unique_email, unique_phone
from tests.journeys.conftest import Watched, visitor
from tests.journeys.payment_password import payment_password
from tests.journeys.test_every_page import assert_accessible, assert_fits
from tests.okpay_sandbox.running import Running

NEW_PASSWORD = "eleven brass lanterns asleep"
NAMES = {"en": ("Wilhelmina Featherstonehaugh-Cholmondeley", "Mina"), "zh-hans": ("欧阳晓明", "晓明")}
WORDS = {
    "en": {
        "up": "Sign up", "in": "Sign in", "on": "Go on", "mine": "Yes, this is my address",
        "send": "Send the link", "save": "Save and sign in", "hello": "Hello, Mina", "none": "0.00 USD",
        "out": "Sign out",
    },
    "zh-hans": {
        "up": "注册", "in": "登录", "on": "继续", "mine": "是我的邮箱", "send": "发送链接", "save": "保存并登录",
        "hello": "您好，晓明", "none": "0.00 CNY", "out": "退出登录",
    },
}  # fmt: skip


def look(page: Page, place: str) -> None:
    """Look at a page narrow and wide, light and dark."""
    assert_fits(page, place)
    assert_accessible(page, place)
    page.set_viewport_size({"width": 1280, "height": 800})


def received(outside: Running, recipient: str, pattern: str) -> str:
    """Wait for what arrived for somebody and return what matches in the latest message that has it."""
    deadline = time.monotonic() + 15
    while time.monotonic() < deadline:
        for message in outside.messages(recipient):
            if found := re.search(pattern, message["text"]):
                return found[0]
        time.sleep(0.1)
    raise AssertionError(f"nothing like {pattern} arrived for {recipient}: {outside.messages(recipient)}")


def press(page: Page, name: str) -> None:
    """Press the main button of that name."""
    page.locator("main").get_by_role("button", name=name, exact=True).first.click()


def sign_up(page: Page, language: str, email: str, phone: str, country: str = "") -> None:
    """Fill the form and send it."""
    legal, shown = NAMES[language]
    page.goto("/account/signup/")
    for field, value in (
        ("legal_name", legal), ("display_name", shown), ("email", email), ("phone", phone), ("password1", PASSWORD),
    ):  # fmt: skip
        page.fill(f"#{field}", value)
    page.select_option("#country", country or ("US" if language == "en" else "CN"))
    press(page, WORDS[language]["up"])


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_from_stranger_to_wallet_and_back_after_forgetting(
    browser: Browser, site: str, outside: Running, language: str
) -> None:
    words, email, phone = WORDS[language], unique_email("mina"), unique_phone()
    with visitor(browser, site, language) as context:
        page = context.new_page()
        watched = Watched(page, site)
        page.goto("/")
        page.get_by_role("link", name=words["up"], exact=True).first.click()
        look(page, "/account/signup/")
        sign_up(page, language, email, phone)
        expect(page).to_have_url(f"{site}/account/phone/verify/")
        look(page, "/account/phone/verify/")
        page.fill("#code", "000000")
        press(page, words["on"])
        expect(page.locator("#code-error")).to_be_visible()
        page.fill("#code", received(outside, phone, r"\b\d{6}\b"))
        press(page, words["on"])
        expect(page).to_have_url(f"{site}/account/confirm-email/")
        look(page, "/account/confirm-email/")
        page.goto(received(outside, email, site + r"/account/confirm-email/[^\s]+"))
        look(page, "the link of the mail")
        press(page, words["mine"])
        expect(page).to_have_url(f"{site}/wallet")
        expect(page.locator("h1")).to_have_text(words["hello"])
        expect(page.locator(".balance")).to_have_text(words["none"].replace(" ", "\u00a0"))
        look(page, "/wallet")
        for address in (
            "/inbox", "/account", "/account/profile", "/account/addresses", "/account/security", "/account/limits",
            "/account/password/change/", "/account/logout/",
        ):  # fmt: skip
            page.goto(address)
            look(page, address)
        payment_password(page, site, language, look, partial(received, outside, email))
        with visitor(browser, site, language) as second:
            forget(second.new_page(), outside, words, email, phone, site)
        page.goto("/wallet")
        expect(page).to_have_url(re.compile(r"/account/login/"))
        look(page, "/account/login/")
        assert watched.complaints == []
        assert watched.strangers == []


def forget(
    page: Page,
    outside: Running,
    words: dict[str, str],
    email: str,
    phone: str,
    site: str,
) -> None:
    """Sign in on a second device by phone number, forget the password, and come back with a new one."""
    page.goto("/account/login/")
    page.fill("#login", phone)
    page.fill("#password", PASSWORD)
    press(page, words["in"])
    expect(page).to_have_url(f"{site}/wallet")
    page.goto("/account/security")
    assert page.locator('form[action$="/end"]').count() >= 2, "both devices are listed"
    page.goto("/account")
    press(page, words["out"])
    page.goto("/account/password/reset/")
    look(page, "/account/password/reset/")
    page.fill("#email", email)
    press(page, words["send"])
    expect(page).to_have_url(f"{site}/account/password/reset/done/")
    look(page, "/account/password/reset/done/")
    link = received(outside, email, site + r"/account/password/reset/key/[^\s]+")
    page.goto(link)
    expect(page.locator("#password2")).to_be_visible()
    assert "set-password" in page.url, "the address of the page does not hold the secret"
    look(page, "a new password")
    page.fill("#password1", NEW_PASSWORD)
    page.fill("#password2", NEW_PASSWORD)
    press(page, words["save"])
    expect(page).to_have_url(f"{site}/wallet")
    page.goto(link)
    expect(page.locator(".notice-failed")).to_be_visible()
    look(page, "an old link")


def test_the_language_is_switched_half_way(browser: Browser, site: str, outside: Running) -> None:
    email, phone = unique_email(), unique_phone()
    with visitor(browser, site) as context:
        page = context.new_page()
        sign_up(page, "en", email, phone)
        page.locator('button[value="zh-hans"]').click()
        expect(page.locator("h1")).to_have_text("验证手机号")
        page.fill("#code", received(outside, phone, r"\b\d{6}\b"))
        press(page, "继续")
        expect(page.locator("h1")).to_have_text("请查收邮件")


def test_of_two_claims_on_a_number_the_prover_wins(browser: Browser, site: str, outside: Running) -> None:
    phone, first, second = unique_phone(), unique_email("first"), unique_email("second")
    with visitor(browser, site) as one, visitor(browser, site) as two:
        claimer, prover = one.new_page(), two.new_page()
        sign_up(claimer, "en", first, phone)
        code = received(outside, phone, r"\b\d{6}\b")
        sign_up(prover, "en", second, phone)
        expect(prover).to_have_url(re.compile("/account/(phone/verify|signup)/"))
        claimer.fill("#code", code)
        press(claimer, "Go on")
        expect(claimer).to_have_url(f"{site}/account/confirm-email/")


def test_a_sign_in_elsewhere_appears_on_an_open_page_by_itself(
    browser: Browser, site: str, outside: Running
) -> None:
    email, phone = unique_email(), unique_phone()
    with visitor(browser, site) as context:
        page = context.new_page()
        sign_up(page, "en", email, phone)
        page.fill("#code", received(outside, phone, r"\b\d{6}\b"))
        press(page, "Go on")
        page.goto(received(outside, email, site + r"/account/confirm-email/[^\s]+"))
        press(page, "Yes, this is my address")
        page.goto("/inbox")
        before = page.locator(".rows > li").count()
        page.wait_for_timeout(1500)
        with visitor(browser, site) as second:
            other = second.new_page()
            other.goto("/account/login/")
            other.fill("#login", email)
            other.fill("#password", PASSWORD)
            press(other, "Sign in")
            expect(other).to_have_url(f"{site}/wallet")
            expect(page.locator(".rows > li")).to_have_count(before + 1)
