"""Add a card on the acquirer's page and top up from it, with and without JavaScript, and when things go wrong."""

from __future__ import annotations

import logging
import re
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.conf import settings
from playwright.sync_api import Browser, BrowserContext, FrameLocator, Page, expect

from okpay.funding import queries
from okpay.funding.models import TopUp
from okpay.movements import queries as movements
from okpay.movements.records import Movement, State
from tests.factories.ledger import FAR
from tests.factories.people import session_of
from tests.factories.transfers import Holder, new_holder
from tests.journeys.conftest import Watched, visitor
from tests.journeys.test_every_page import assert_fits
from tests.journeys.test_people import look
from tests.journeys.test_records import beside
from tests.okpay_sandbox.running import Running

MAIN_BUTTON = "main form button.button-main"


def signed_in(context: BrowserContext, site: str) -> tuple[Holder, Page]:
    """Sign somebody new in, and open a page."""

    def somebody() -> tuple[Holder, str]:
        holder = new_holder()
        return holder, session_of(holder.user)

    holder, session = beside(somebody)
    context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": session, "url": site}])
    return holder, context.new_page()


def type_card(form: Page | FrameLocator, number: str) -> None:
    """Fill the acquirer's form and send it."""
    form.locator("#number").fill(number)
    form.locator("#expiry").fill("12 / 34")
    form.locator("#code").fill("123")
    form.locator("form.entry button").first.click()


def add_card(page: Page, site: str, number: str, *, next_: str = "/topup") -> None:
    """Add a card in the frame, and come back."""
    page.goto(f"/account/methods/card?next={next_}")
    type_card(page.frame_locator("iframe"), number)
    expect(page).to_have_url(site + next_)


def top_up(page: Page, amount: str) -> None:
    """Write a top-up and confirm it."""
    page.fill("#amount", amount)
    page.click(MAIN_BUTTON)
    page.wait_for_url(re.compile(r"/topup/[0-9a-f-]{36}$"))
    page.click(MAIN_BUTTON)
    page.wait_for_url(re.compile(r"/topup/[0-9a-f-]{36}/done$"))


def only_movement(holder: Holder) -> Movement:
    """Return the one movement of somebody's record."""
    (entry,) = beside(lambda: movements.record(holder.customer.id))
    return entry.movement


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_from_no_card_to_money_in_the_wallet(
    browser: Browser, site: str, outside: Running, language: str
) -> None:
    with visitor(browser, site, language) as context:
        holder, page = signed_in(context, site)
        watched = Watched(page, site)
        page.goto("/account/methods")
        look(page, "/account/methods, empty")
        page.goto("/topup")
        look(page, "/topup without a card")
        page.click("main .empty a.button-main")
        form = page.frame_locator("iframe")
        expect(form.locator("#number")).to_be_visible()
        assert_fits(page, "/account/methods/card")
        form.locator("form.entry button").first.click()
        expect(form.locator("#number-fault")).to_be_visible()
        type_card(form, "4242424242424242")
        expect(page).to_have_url(f"{site}/topup")
        expect(page.locator(".notice-done")).to_contain_text("Visa •••• 4242")
        look(page, "/topup")
        page.fill("#amount", "20.00")
        page.click(MAIN_BUTTON)
        page.wait_for_url(re.compile(r"/topup/[0-9a-f-]{36}$"))
        look(page, "the confirming page")
        assert beside(lambda: movements.record(holder.customer.id)) == []
        page.click(MAIN_BUTTON)
        page.wait_for_url(re.compile(r"/done$"))
        # The page changes by itself when the acquirer has answered.
        expect(page.locator(".notice-done")).to_be_visible(timeout=20_000)
        look(page, "the result")
        page.go_back()
        page.reload()
        expect(page).to_have_url(re.compile(r"/done$"))
        page.goto("/wallet")
        expect(page.locator(".balance")).to_have_text("20.00\u00a0USD")
        page.goto("/account/methods")
        look(page, "/account/methods")
        page.click("main .row-end a")
        look(page, "the question before a card is removed")
        page.click("main form button")
        expect(page).to_have_url(f"{site}/account/methods")
        expect(page.locator("main .empty")).to_be_visible()
        assert beside(lambda: queries.cards(holder.customer.id)) == []
        assert only_movement(holder).state is State.COMPLETED
        # Chromium does not let a form in a frame take the focus by itself.
        assert [said for said in watched.complaints if "autofocusing" not in said] == []
        assert {urlsplit(url).netloc for url in watched.strangers} == {urlsplit(outside.url).netloc}


def test_without_javascript_the_form_is_a_page_of_its_own_and_no_log_has_the_number(
    browser: Browser, site: str, outside: Running, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    options: dict[str, Any] = {"java_script_enabled": False}
    with visitor(browser, site, **options) as context:
        holder, page = signed_in(context, site)
        page.goto("/account/methods/card?next=/topup")
        assert page.locator("iframe").count() == 0
        page.click("main .actions a")
        assert page.url.startswith(outside.url)
        type_card(page, "5555555555554444")
        expect(page).to_have_url(f"{site}/topup")
        top_up(page, "20")
        # Without a script the page asks again every few seconds.
        expect(page.locator(".notice-done")).to_be_visible(timeout=20_000)
        assert only_movement(holder).state is State.COMPLETED
    assert any(record.name == "okpay.access" for record in caplog.records)
    for record in caplog.records:
        assert "5555555555554444" not in f"{record.getMessage()} {record.__dict__}"


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_a_declined_card_leads_to_another_way(browser: Browser, site: str, language: str) -> None:
    with visitor(browser, site, language) as context:
        holder, page = signed_in(context, site)
        add_card(page, site, "4000000000009995")
        top_up(page, "20")
        expect(page.locator(".notice-failed")).to_be_visible(timeout=20_000)
        look(page, "a declined card")
        page.click("main .actions a.button-main")
        expect(page.locator("#amount")).to_be_visible()
        assert only_movement(holder).state is State.DECLINED
        page.goto(f"/records/{only_movement(holder).id}")
        look(page, "the record of a declined card")


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_a_lost_answer_ends_as_one_booking(browser: Browser, site: str, language: str) -> None:
    with visitor(browser, site, language) as context:
        holder, page = signed_in(context, site)
        add_card(page, site, "4000000000008021")
        top_up(page, "20")
        look(page, "while the answer is missing")
        expect(page.locator(".notice-done")).to_be_visible(timeout=20_000)
        movement = only_movement(holder)
        assert movement.state is State.COMPLETED
        states = [event.state for event in beside(lambda: movements.timeline(movement.id))]
        assert states == [State.PROCESSING, State.UNKNOWN, State.COMPLETED]
        page.goto("/wallet")
        expect(page.locator(".balance")).to_have_text("20.00\u00a0USD")


def test_what_takes_long_arrives_by_the_acquirers_own_event(browser: Browser, site: str) -> None:
    with visitor(browser, site) as context:
        holder, page = signed_in(context, site)
        add_card(page, site, "4000000000008047")
        top_up(page, "20")
        movement_id = only_movement(holder).id
        # As if the next question were far away: only the event of the acquirer makes it due before.
        page.wait_for_timeout(2_000)
        far = beside(
            lambda: TopUp.objects.filter(movement_id=movement_id).exclude(charge_id="").update(due_at=FAR)
        )
        assert far == 1
        expect(page.locator(".notice-waiting")).to_be_visible()
        expect(page.locator(".notice-done")).to_be_visible(timeout=40_000)
        assert beside(lambda: TopUp.objects.get(movement_id=movement_id).due_at) is None
        assert only_movement(holder).state is State.COMPLETED


def test_a_message_from_elsewhere_leads_nowhere(browser: Browser, site: str, outside: Running) -> None:
    with visitor(browser, site) as context:
        holder, page = signed_in(context, site)
        page.goto("/account/methods/card")
        expect(page.frame_locator("iframe").locator("#number")).to_be_visible()
        session = page.locator("[data-session]").get_attribute("data-session")
        # From the page itself, which is another origin than the form's, and from the form with another session.
        page.evaluate("session => window.postMessage({type: 'okpay.card', session}, '*')", session)
        frame = next(found for found in page.frames if found.url.startswith(outside.url))
        frame.evaluate("() => window.parent.postMessage({type: 'okpay.card', session: 'cs_other'}, '*')")
        page.wait_for_timeout(500)
        expect(page).to_have_url(f"{site}/account/methods/card")
        assert beside(lambda: queries.cards(holder.customer.id)) == []


def test_the_form_cannot_be_framed_by_others_nor_lead_the_wallet_away(browser: Browser, site: str) -> None:
    with visitor(browser, site) as context:
        _, page = signed_in(context, site)
        page.goto("/account/methods/card")
        sandboxed = page.locator("iframe").get_attribute("sandbox") or ""
        assert "allow-top-navigation" not in sandboxed
        assert page.request.get("/account/methods/card").headers["x-frame-options"] == "DENY"
