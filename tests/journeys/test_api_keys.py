"""A key for a program: made in a real browser, seen once, used and revoked, with and without a script."""

from __future__ import annotations

import hashlib
import re

import pytest
from django.conf import settings
from playwright.sync_api import Browser, BrowserContext, Page, expect

from okpay.base import clock
from okpay.identity import actions as identity
from okpay.identity import queries as people
from tests.factories.people import DIGITS, PASSWORD, open_person, session_of, set_payment_password
from tests.journeys.conftest import Watched, visitor
from tests.journeys.test_every_page import assert_accessible, assert_fits
from tests.journeys.test_records import beside

WORDS = {
    "en": {
        "keys": "API keys", "make": "Make a key", "on": "Go on", "create": "Make the key", "done": "I have copied it",
        "copied": "Copied", "revoke": "Revoke", "really": "Revoke the key", "missing": "Choose what the key may do.",
        "name": "Night shift of the bookkeeping department of Anna Smith’s", "ended": "Ended",
    },
    "zh-hans": {
        "keys": "API 密钥", "make": "创建密钥", "on": "继续", "create": "创建密钥", "done": "我已复制",
        "copied": "已复制", "revoke": "撤销", "really": "撤销密钥", "missing": "请选择密钥的权限。",
        "name": "夜班对账程序", "ended": "已失效",
    },
}  # fmt: skip
NETWORKS = "203.0.113.0/24\n2001:db8:1234:5678::/64\n198.51.100.7"


def look(page: Page, place: str) -> None:
    """Look at a page narrow and wide, light and dark."""
    assert_fits(page, place)
    assert_accessible(page, place)
    page.set_viewport_size({"width": 1280, "height": 800})


def press(page: Page, name: str) -> None:
    """Press a button of the page's own part."""
    page.locator("main").get_by_role("button", name=name, exact=True).first.click()


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_a_key_is_made_seen_once_and_revoked(browser: Browser, site: str, language: str) -> None:
    words = WORDS[language]
    with visitor(browser, site, language, permissions=["clipboard-read", "clipboard-write"]) as context:
        _signed_in(context, site, language)
        page = context.new_page()
        watched = Watched(page, site)
        page.goto("/account")
        page.get_by_role("link", name=words["keys"], exact=True).click()
        look(page, "no key")
        page.get_by_role("link", name=words["make"], exact=True).click()
        page.fill("#password", PASSWORD)
        press(page, words["on"])
        expect(page).to_have_url(f"{site}/account/api-keys/new")
        expect(page.locator("#digits")).to_be_hidden()
        look(page, "a new key")
        page.fill("#name", words["name"])
        press(page, words["create"])
        expect(page.locator("#scopes-error")).to_have_text(words["missing"])
        look(page, "a key that may do nothing")
        page.check("#scopes-read")
        page.check("#scopes-send")
        page.fill("#networks", NETWORKS)
        page.fill("#digits", "846273")
        press(page, words["create"])
        expect(page.locator("#digits-error")).to_be_visible()
        look(page, "a wrong payment password")
        page.fill("#digits", DIGITS)
        press(page, words["create"])
        secret = page.locator(".secret code").inner_text()
        assert re.fullmatch(r"okp_test_[A-Za-z0-9_-]{43}", secret)
        look(page, "a key that was made")
        page.locator(".secret .copy").click()
        expect(page.locator(".secret .copy [aria-live]")).to_have_text(words["copied"])
        assert page.evaluate("navigator.clipboard.readText()") == secret
        page.reload()
        expect(page).to_have_url(f"{site}/account/api-keys")
        assert secret not in page.content()
        expect(page.locator(".keys .row-title")).to_have_text(words["name"])
        beside(lambda: _note_use(secret))
        page.reload()
        expect(page.locator(".keys")).to_contain_text("203.0.113.7")
        look(page, "a key that was used")
        page.locator(".keys").get_by_role("link", name=words["revoke"]).click()
        look(page, "a key that is about to go")
        press(page, words["really"])
        expect(page).to_have_url(f"{site}/account/api-keys")
        expect(page.locator("main h2")).to_have_text(words["ended"])
        look(page, "a key that has gone")
        assert watched.complaints == []
        assert watched.strangers == []


def test_it_works_without_a_script(browser: Browser, site: str) -> None:
    with visitor(browser, site, java_script_enabled=False) as context:
        _signed_in(context, site, "en")
        page = context.new_page()
        page.goto("/account/api-keys/new")
        page.fill("#password", PASSWORD)
        press(page, "Go on")
        page.fill("#name", "Till")
        page.check("#scopes-top_up")
        page.fill("#digits", DIGITS)
        press(page, "Make the key")
        expect(page.locator(".secret code")).to_have_text(re.compile(r"okp_test_\S{43}"))
        expect(page.locator(".secret .copy")).to_be_hidden()
        page.get_by_role("link", name="I have copied it").click()
        page.locator(".keys").get_by_role("link", name="Revoke").click()
        press(page, "Revoke the key")
        expect(page.locator(".notice-done")).to_have_text("Till was revoked.")


def _signed_in(context: BrowserContext, site: str, language: str) -> None:
    def opened() -> str:
        user = open_person(language=language, country="CN" if language == "zh-hans" else "US")
        set_payment_password(user)
        return session_of(user)

    cookie = {"name": settings.SESSION_COOKIE_NAME, "value": beside(opened), "url": site}
    context.add_cookies([cookie])  # type: ignore[list-item]


def _note_use(secret: str) -> None:
    digest = hashlib.sha256(secret.encode()).digest()
    key = people.api_keys_by_digest([digest])[digest]
    identity.note_api_key_uses([(key.id, clock.now(), "203.0.113.7")])
