"""Language and appearance, chosen by keyboard, without JavaScript, and kept."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.journeys.conftest import visitor


def test_language_is_switched_by_keyboard_alone(browser: Browser, site: str) -> None:
    with visitor(browser, site) as context:
        page = context.new_page()
        page.goto("/fees")
        page.keyboard.press("Tab")
        skip = page.locator(".skip")
        expect(skip).to_be_focused()
        expect(skip).to_be_in_viewport()
        page.keyboard.press("Enter")
        expect(page.locator("main")).to_be_focused()
        page.goto("/fees")
        button = page.locator('button[name="language"]')
        _tab_to(page, 'button[name="language"]')
        expect(button).to_have_attribute("lang", "zh-Hans")
        assert button.evaluate("element => getComputedStyle(element).outlineStyle") == "solid"
        page.keyboard.press("Enter")
        expect(page.locator("html")).to_have_attribute("lang", "zh-Hans")
        expect(page.locator("h1")).to_have_text("收费标准")
        assert page.url == f"{site}/fees"


@pytest.mark.parametrize("address", ["/", "/countries?x=1", "/no-such-page"])
def test_choices_work_without_javascript_and_keep_the_page(browser: Browser, site: str, address: str) -> None:
    with visitor(browser, site, java_script_enabled=False, color_scheme="light") as context:
        page = context.new_page()
        page.goto(address)
        page.locator('button[value="dark"]').click()
        assert page.url == site + address
        expect(page.locator("html")).to_have_attribute("data-theme", "dark")
        page.locator('button[value="zh-hans"]').click()
        assert page.url == site + address
        expect(page.locator("html")).to_have_attribute("lang", "zh-Hans")
        expect(page.locator('button[value="dark"]')).to_have_attribute("aria-pressed", "true")
        page.goto("/help")
        expect(page.locator("html")).to_have_attribute("lang", "zh-Hans")
        expect(page.locator("html")).to_have_attribute("data-theme", "dark")


def test_the_chosen_appearance_outweighs_the_device(browser: Browser, site: str) -> None:
    with visitor(browser, site, color_scheme="dark") as context:
        page = context.new_page()
        page.goto("/")
        assert _paper(page) == "rgb(18, 22, 21)"
        page.locator('button[value="light"]').click()
        assert _paper(page) == "rgb(255, 255, 255)"
        page.locator('button[value="system"]').click()
        assert _paper(page) == "rgb(18, 22, 21)"


def test_a_sheet_opens_and_closes_without_a_script(browser: Browser, site: str) -> None:
    with visitor(browser, site, viewport={"width": 360, "height": 700}, java_script_enabled=False) as context:
        page = context.new_page()
        page.goto("/design")
        sheet = page.locator("#sample-sheet")
        expect(sheet).to_be_hidden()
        page.locator('button[popovertarget="sample-sheet"]').first.click()
        expect(sheet).to_be_visible()
        expect(sheet.locator(".sheet-close")).to_be_focused()
        page.keyboard.press("Escape")
        expect(sheet).to_be_hidden()


def test_the_book_is_paged_to_its_end_and_entries_lead_back(browser: Browser, site: str) -> None:
    from tests.journeys.book import BUSY_POSTINGS, sample_book

    with visitor(browser, site) as context:
        page = context.new_page()
        page.goto(f"/book/accounts/{sample_book().busy_id}")
        seen = page.locator("tbody tr").count()
        while page.locator('a[rel="next"]').count():
            page.locator('a[rel="next"]').click()
            seen += page.locator("tbody tr").count()
        assert seen == BUSY_POSTINGS
        page.locator("tbody th a").last.click()
        expect(page.locator("tfoot .money")).to_have_text(["1.00 USD", "1.00 USD"])


def _tab_to(page: Page, selector: str) -> None:
    for _ in range(30):
        page.keyboard.press("Tab")
        if page.evaluate("selector => document.activeElement.matches(selector)", selector):
            return
    raise AssertionError(f"{selector} cannot be reached by Tab")


def _paper(page: Page) -> str:
    return str(page.evaluate("getComputedStyle(document.documentElement).backgroundColor"))
