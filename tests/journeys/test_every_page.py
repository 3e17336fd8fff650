"""Every page, narrow and wide, light and dark, in both languages: axe finds nothing, nothing scrolls sideways."""

from __future__ import annotations

import gzip
from typing import Any

import pytest
from axe_playwright_python.base import AXE_FILE_PATH
from django.conf import settings
from playwright.sync_api import Browser, Page, Response

from tests.journeys.conftest import Watched, visitor
from tests.journeys.routes import NAMES, NOT_PAGES, SEEN_IN_STORIES, SIGNED_IN, addresses, every_route

HEAVIEST_BYTES = 150_000
AXE = AXE_FILE_PATH.read_text(encoding="utf-8")
"""Given to each page once: it is half a megabyte."""
RULES = {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}
COLOURS = {"type": "rule", "values": ["color-contrast", "link-in-text-block"]}
"""What a dark page can break that its light twin did not: the rest of it is the same document."""


def test_every_route_is_looked_at() -> None:
    assert set(every_route()) - NOT_PAGES - SEEN_IN_STORIES == set(NAMES) == set(addresses()), (
        "give each new route its addresses in tests/journeys/routes.py"
    )


@pytest.mark.parametrize("language", ["en", "zh-hans"])
@pytest.mark.parametrize("name", NAMES)
def test_page(name: str, language: str, browser: Browser, site: str, session: str) -> None:
    with visitor(browser, site, language) as context:
        if name in SIGNED_IN:
            context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": session, "url": site}])
        page = context.new_page()
        watched = Watched(page, site)
        weighed: list[Response] = []
        # A stream of hints has no end, and so no weight.
        page.on(
            "response", lambda response: weighed.append(response) if "/live" not in response.url else None
        )
        for address in addresses()[name]:
            weighed.clear()
            page.goto(address)
            assert page.locator("html").get_attribute("lang") == {"en": "en", "zh-hans": "zh-Hans"}[language]
            assert page.locator(".trial-band").is_visible()
            _assert_light(weighed, address)
            assert_fits(page, address)
            assert_accessible(page, address)
        assert watched.complaints == []
        assert watched.strangers == []


def _assert_light(responses: list[Response], address: str) -> None:
    weight = sum(len(gzip.compress(response.body())) for response in responses)
    print(f"{address} weighs {weight} bytes compressed, its styles included where they were fetched anew")
    assert weight <= HEAVIEST_BYTES, f"{address} weighs {weight} bytes compressed"


def assert_fits(page: Page, address: str) -> None:
    """Fail when a page scrolls sideways."""
    # A press of a button may still be leading here.
    page.wait_for_load_state()
    page.locator("h1").first.wait_for()
    # 640 is a window of 1280 at a zoom of 200 %.
    for width in (320, 640):
        page.set_viewport_size({"width": width, "height": 800})
        wide = page.evaluate("document.documentElement.scrollWidth")
        assert wide <= width, f"{address} is {wide} wide at {width}"


def assert_accessible(page: Page, address: str) -> None:
    """Fail when axe finds something, narrow or wide, light or dark."""
    page.evaluate(AXE + ";0")
    for width in (360, 1280):
        page.set_viewport_size({"width": width, "height": 800})
        for theme, rules in (("light", RULES), ("dark", COLOURS)):
            page.emulate_media(color_scheme=theme, reduced_motion="reduce")  # type: ignore[arg-type]
            options = {"runOnly": rules, "resultTypes": ["violations"], "preload": False}
            found = page.evaluate("options => axe.run(document, options)", options)["violations"]
            assert found == [], f"{address} at {width}, {theme}: {_told(found)}"


def _told(violations: list[dict[str, Any]]) -> str:
    lines = [
        f"{violation['id']} {node['target']} {node['failureSummary']}"
        for violation in violations
        for node in violation["nodes"]
    ]
    return "\n".join(lines[:20])
