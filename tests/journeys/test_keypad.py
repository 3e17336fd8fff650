"""The keypad under a field for the payment password: a help for fingers, and nothing that is needed."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, expect

from tests.journeys.conftest import visitor

LEAST_PIXELS = 44


@pytest.mark.parametrize("touch", [False, True])
def test_keys_write_into_the_field_and_are_large(browser: Browser, site: str, touch: bool) -> None:
    size = {"width": 360, "height": 700}
    with visitor(browser, site, viewport=size, has_touch=touch, is_mobile=touch) as context:
        page = context.new_page()
        page.goto("/design")
        field = page.locator("#digits")
        keypad = page.locator(".keypad")
        press = field.tap if touch else field.click
        press()
        for name in ("4", "8", "0", "2", "Delete the last digit", "5"):
            key = keypad.get_by_role("button", name=name, exact=True)
            box = key.bounding_box()
            assert box is not None
            assert min(box["width"], box["height"]) >= LEAST_PIXELS
            key.click()
        expect(field).to_be_focused()
        expect(field).to_have_value("4805")
        expect(keypad.locator("[role=status]")).to_have_text("Digits entered: 4")
        page.keyboard.type("7")
        expect(field).to_have_value("48057")
        # The device's own keypad stays away where ours takes its place.
        expect(field).to_have_attribute("inputmode", "none" if touch else "numeric")
        for _ in range(20):
            keypad.get_by_role("button", name="1", exact=True).click()
        expect(field).to_have_value("48057" + "1" * 7)
        keypad.get_by_role("button", name="Clear", exact=True).click()
        expect(field).to_have_value("")


def test_keys_are_reached_by_keyboard(browser: Browser, site: str) -> None:
    with visitor(browser, site) as context:
        page = context.new_page()
        page.goto("/design")
        page.locator("#digits").focus()
        for _ in range(2):
            page.keyboard.press("Tab")
        page.keyboard.press("Enter")
        page.keyboard.press("Tab")
        page.keyboard.press("Space")
        expect(page.locator("#digits")).to_have_value("23")


def test_without_a_script_there_is_no_keypad_and_the_field_is_enough(browser: Browser, site: str) -> None:
    with visitor(browser, site, java_script_enabled=False) as context:
        page = context.new_page()
        page.goto("/design")
        expect(page.locator(".keypad")).to_be_hidden()
        page.fill("#digits", "480257")
        expect(page.locator("#digits")).to_have_attribute("inputmode", "numeric")
        expect(page.locator("#digits_blocked")).to_be_disabled()
