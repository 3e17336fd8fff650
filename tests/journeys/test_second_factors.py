"""An app, a passkey and recovery codes in a real browser: set each up, and sign in with each."""

from __future__ import annotations

import re
import time

import pytest
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from playwright.sync_api import Browser, Page, expect

from tests.factories.people import PASSWORD, open_person
from tests.journeys.conftest import Watched, visitor
from tests.journeys.test_money import WORDS as OF_MONEY
from tests.journeys.test_money import figures, signed_in, somebody
from tests.journeys.test_people import look, press, received
from tests.journeys.test_records import beside
from tests.okpay_sandbox.running import Running

WORDS = {
    "en": {
        "in": "Sign in", "on": "Go on", "switch": "Switch it on", "make": "Make the passkey",
        "kept": "I have kept them",
        "passkey": "Sign in with a passkey", "use": "Use a passkey", "out": "Sign out", "off": "Switch it off",
        "save": "Save", "remove": "Remove", "new": "Make new ones",
    },
    "zh-hans": {
        "in": "登录", "on": "继续", "switch": "开启", "make": "创建通行密钥", "kept": "我已保存",
        "passkey": "使用通行密钥登录", "use": "使用通行密钥", "out": "退出登录", "off": "关闭",
        "save": "保存", "remove": "删除", "new": "重新生成",
    },
}  # fmt: skip
WAYS = {
    "en": ("Send $12.50 with a passkey", "With a code of your app"),
    "zh-hans": ("用通行密钥转出 US$12.50", "使用验证器应用的验证码"),
}
"""What a transfer is confirmed with besides the payment password."""
FACTORS = "/account/second-factor"
LONG_NAME = "Wilhelmina's telephone, the one with the cracked glass"


def virtual_authenticator(page: Page) -> None:
    """Give the browser a device that keeps passkeys, with an owner who is always there."""
    tools = page.context.new_cdp_session(page)
    tools.send("WebAuthn.enable")
    tools.send(
        "WebAuthn.addVirtualAuthenticator",
        {
            "options": {
                "protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True,
                "isUserVerified": True, "automaticPresenceSimulation": True,
            }
        },
    )  # fmt: skip


def shown_by_app(key: str, *, steps: int = 0) -> str:
    """Return what an app with this key shows, now or some half minutes off."""
    return str(format_hotp_value(hotp_value(key, int(time.time()) // 30 + steps)))


def give_password(page: Page, words: dict[str, str], email: str) -> None:
    """Take the first step of signing in."""
    page.goto("/account/login/")
    page.fill("#login", email)
    page.fill("#password", PASSWORD)
    press(page, words["in"])


def _somebody(language: str) -> str:
    def opened() -> str:
        user = open_person(language=language, country="CN" if language == "zh-hans" else "US")
        return str(user.email)

    return beside(opened)


def sign_out(page: Page, words: dict[str, str]) -> None:
    """Sign out by the page that asks whether one wants to."""
    page.goto("/account/logout/")
    press(page, words["out"])


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_set_up_each_second_factor_and_sign_in_with_it(browser: Browser, site: str, language: str) -> None:
    words, email = WORDS[language], _somebody(language)
    with visitor(browser, site, language) as context:
        page = context.new_page()
        watched = Watched(page, site)
        virtual_authenticator(page)
        give_password(page, words, email)
        expect(page).to_have_url(f"{site}/wallet")
        key, codes = set_up_app(page, words)
        add_passkey(page, words, site, "工作手机" if language == "zh-hans" else LONG_NAME)
        for code in (shown_by_app(key), codes[0]):
            sign_out(page, words)
            give_password(page, words, email)
            expect(page).to_have_url(f"{site}{FACTORS}/authenticate/")
            look(page, "the second step")
            page.fill("#code", code)
            press(page, words["on"])
            expect(page).to_have_url(f"{site}/wallet")
        sign_out(page, words)
        give_password(page, words, email)
        press(page, words["use"])
        expect(page).to_have_url(f"{site}/wallet")
        sign_out(page, words)
        page.goto("/account/login/")
        look(page, "/account/login/")
        press(page, words["passkey"])
        expect(page).to_have_url(f"{site}/wallet")
        switch_app_off(page, words, site)
        make_new_codes(page, words)
        remove_passkey(page, words)
        page.goto("/account/security")
        look(page, "/account/security")
        sign_out(page, words)
        give_password(page, words, email)
        expect(page).to_have_url(f"{site}/wallet")
        assert watched.complaints == []
        assert watched.strangers == []


def set_up_app(page: Page, words: dict[str, str]) -> tuple[str, list[str]]:
    """Set an app up, after the password once more; return its key and the recovery codes."""
    page.goto(f"{FACTORS}/")
    look(page, "no second factor")
    page.goto(f"{FACTORS}/totp/activate/")
    expect(page).to_have_url(re.compile("reauthenticate"))
    look(page, "the password again")
    page.fill("#password", PASSWORD)
    press(page, words["on"])
    look(page, "an app")
    key = page.locator(".secret code").inner_text()
    page.fill("#code", "000000")
    press(page, words["switch"])
    expect(page.locator("#code-error")).to_be_visible()
    assert page.locator(".secret code").inner_text() == key, "a slip does not make the app start anew"
    page.fill("#code", shown_by_app(key, steps=-1))
    press(page, words["switch"])
    expect(page.locator(".recovery-codes li")).to_have_count(10)
    look(page, "recovery codes")
    codes = page.locator(".recovery-codes code").all_inner_texts()
    page.get_by_role("link", name=words["kept"]).click()
    look(page, "an app and recovery codes")
    return key, codes


def add_passkey(page: Page, words: dict[str, str], site: str, name: str) -> None:
    """Add a passkey, and give it another name."""
    page.goto(f"{FACTORS}/webauthn/")
    look(page, "no passkeys")
    page.goto(f"{FACTORS}/webauthn/add/")
    look(page, "a new passkey")
    page.fill("#name", name)
    press(page, words["make"])
    expect(page).to_have_url(f"{site}{FACTORS}/")
    page.goto(f"{FACTORS}/webauthn/")
    look(page, "a passkey")
    page.locator('a[href$="/edit/"]').click()
    look(page, "another name")
    page.fill("#name", "Telephone")
    press(page, words["save"])
    expect(page.locator(".row-title").first).to_have_text("Telephone")


def switch_app_off(page: Page, words: dict[str, str], site: str) -> None:
    """Switch the app off, after a passkey instead of the password."""
    page.goto(f"{FACTORS}/totp/deactivate/")
    expect(page).to_have_url(re.compile("reauthenticate"))
    page.get_by_role("link", name=words["use"]).click()
    look(page, "the passkey again")
    press(page, words["use"])
    expect(page).to_have_url(f"{site}{FACTORS}/totp/deactivate/")
    look(page, "switch off")
    press(page, words["off"])


def make_new_codes(page: Page, words: dict[str, str]) -> None:
    """Make new recovery codes in place of those that were shown before."""
    page.goto(f"{FACTORS}/recovery-codes/")
    look(page, "recovery codes that were shown before")
    page.get_by_role("link", name=words["new"]).click()
    look(page, "new recovery codes")
    press(page, words["new"])
    expect(page.locator(".recovery-codes li")).to_have_count(10)


def remove_passkey(page: Page, words: dict[str, str]) -> None:
    """Remove the only passkey."""
    page.goto(f"{FACTORS}/webauthn/")
    page.locator('a[href$="/remove/"]').click()
    look(page, "remove a passkey")
    press(page, words["remove"])


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_a_transfer_is_confirmed_with_a_passkey_and_with_a_code(
    browser: Browser, site: str, language: str
) -> None:
    words, money, (by_passkey, by_code) = WORDS[language], OF_MONEY[language], WAYS[language]
    anna, ben = beside(lambda: somebody(100_00, display_name="Anna")), beside(lambda: somebody())
    with visitor(browser, site, language) as context:
        page = signed_in(context, site, anna)
        watched = Watched(page, site)
        virtual_authenticator(page)
        key, _ = set_up_app(page, words)
        add_passkey(page, words, site, "Telephone")
        for way in ("passkey", "code"):
            page.goto("/send")
            page.fill("#recipient", ben.holder.user.email)
            page.fill("#amount", "12.50")
            press(page, money["on"])
            if way == "passkey":
                look(page, "confirm with a passkey")
                press(page, by_passkey)
            else:
                page.get_by_text(by_code).click()
                look(page, "confirm with a code")
                page.fill("#code", "000000")
                page.locator("details form button").last.click()
                expect(page.locator("#code-error")).to_be_visible()
                page.fill("#code", shown_by_app(key))
                page.locator("details form button").last.click()
            expect(page.locator("h1")).to_have_text(money["arrived"])
        page.goto("/wallet")
        assert figures(page) == "75.00 USD"
        assert watched.complaints == []
        assert watched.strangers == []


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_a_mailed_code_is_switched_on_and_lets_in(
    browser: Browser, site: str, outside: Running, language: str
) -> None:
    words, email = WORDS[language], _somebody(language)
    with visitor(browser, site, language) as context:
        page = context.new_page()
        watched = Watched(page, site)
        give_password(page, words, email)
        page.goto(f"{FACTORS}/")
        press(page, words["switch"])
        page.fill("#password", PASSWORD)
        press(page, words["on"])
        expect(page).to_have_url(f"{site}{FACTORS}/")
        look(page, "a mailed code")
        sign_out(page, words)
        give_password(page, words, email)
        look(page, "type the mailed code")
        page.fill("#code", "000000")
        press(page, words["on"])
        expect(page.locator("#code-error")).to_be_visible()
        page.fill("#code", received(outside, email, r"\b\d{6}\b"))
        press(page, words["on"])
        expect(page).to_have_url(f"{site}/wallet")
        assert watched.complaints == []
        assert watched.strangers == []
