"""The part of a person's story in which they set a payment password, change it, and forget it."""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import Page, expect

from tests.factories.people import DIGITS, PASSWORD

NEW = "739182"
WORDS = {
    "en": {
        "name": "Payment password", "save": "Save", "link": "Send the link", "left": "4 tries left",
        "forgot": "Forgot your payment password?",
    },
    "zh-hans": {
        "name": "支付密码", "save": "保存", "link": "发送链接", "left": "还可尝试 4 次", "forgot": "忘记支付密码？",
    },
}  # fmt: skip


def payment_password(
    page: Page, site: str, language: str, look: Callable[[Page, str], None], mailed: Callable[[str], str]
) -> None:
    """Set it, mistype it, forget it and set another; `look` looks at a page, `mailed` waits for a link."""
    words = WORDS[language]
    page.goto("/account/security")
    page.get_by_role("link", name=words["name"], exact=True).click()
    expect(page).to_have_url(f"{site}/account/payment-password")
    _fill(page, password=PASSWORD, digits="123456", digits_again="123456")
    _press(page, words["save"])
    expect(page.locator("#digits-error")).to_be_visible()
    look(page, "digits that are too easy")
    _fill(page, password=PASSWORD, digits=DIGITS, digits_again=DIGITS)
    _press(page, words["save"])
    expect(page).to_have_url(f"{site}/account/security")
    look(page, "/account/security with a payment password")
    page.goto("/account/payment-password")
    look(page, "to change it")
    _fill(page, old_digits="846273", digits=NEW, digits_again=NEW)
    _press(page, words["save"])
    expect(page.locator(".field-tries")).to_have_text(words["left"])
    look(page, "a wrong one")
    page.get_by_role("link", name=words["forgot"]).click()
    look(page, "/account/payment-password/forgotten")
    _press(page, words["link"])
    expect(page.locator(".notice-done")).to_be_visible()
    link = mailed(site + r"/account/payment-password/reset/[^\s]+")
    page.goto(link)
    look(page, "the link to a new one")
    _fill(page, password=PASSWORD, digits=NEW, digits_again=NEW)
    _press(page, words["save"])
    expect(page).to_have_url(f"{site}/account/security")
    page.goto(link)
    look(page, "an old link to a new one")
    expect(page.locator("#digits")).to_have_count(0)


def _fill(page: Page, **values: str) -> None:
    for name, value in values.items():
        page.fill(f"#{name}", value)


def _press(page: Page, name: str) -> None:
    page.locator("main").get_by_role("button", name=name, exact=True).first.click()
