"""The story of money, in two browsers side by side: send by address and number, wait, arrive, cancel."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

import pytest
from django.conf import settings
from playwright.sync_api import Browser, BrowserContext, Page, expect

from okpay.base.phone_numbers import shown_phone
from okpay.identity import queries as people
from okpay.ledger import actions as ledger
from tests.factories.people import DIGITS, session_of, set_payment_password, unique_phone
from tests.factories.transfers import Holder, new_holder, nobody
from tests.journeys.conftest import Watched, visitor
from tests.journeys.test_people import WORDS as PEOPLE
from tests.journeys.test_people import look, press, received, sign_up
from tests.journeys.test_records import beside
from tests.okpay_sandbox.running import Running

WORDS = {
    "en": {
        "on": "Go on", "arrived": "Sent, and arrived", "waiting": "Sent, and waiting", "send": "Send $12.50",
        "cancel": "Cancel the transfer", "completed": "Completed", "cancelled": "Cancelled",
    },
    "zh-hans": {
        "on": "继续", "arrived": "已转账，已到账", "waiting": "已转账，待处理", "send": "转账 US$12.50",
        "cancel": "取消转账", "completed": "已完成", "cancelled": "已取消",
    },
}  # fmt: skip


@dataclass(frozen=True)
class Somebody:
    """A person with money, and how to sign them in."""

    holder: Holder
    session: str
    phone: str


def somebody(minor: int = 0, **person: Any) -> Somebody:
    """Open a person with a payment password and money."""
    holder = new_holder(available_minor=minor, **person)
    set_payment_password(holder.user)
    session = session_of(holder.user)
    found = people.phone_of(holder.user.pk)
    assert found is not None
    return Somebody(holder, session, found[0])


def signed_in(context: BrowserContext, site: str, who: Somebody) -> Page:
    """Open a page as somebody."""
    context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": who.session, "url": site}])
    return context.new_page()


def send(page: Page, language: str, recipient: str, amount: str = "12.50", note: str = "") -> None:
    """Write a transfer and confirm it."""
    words = WORDS[language]
    page.goto("/send")
    page.fill("#recipient", recipient)
    page.fill("#amount", amount)
    page.fill("#note", note)
    press(page, words["on"])
    page.fill("#digits", DIGITS)
    page.locator("main form button[type=submit]").click()


def figures(page: Page) -> str:
    """Return the balance that the home page shows."""
    return page.locator(".balance").inner_text().replace("\u00a0", " ")


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_it_is_sent_and_the_other_sees_it_arrive(browser: Browser, site: str, language: str) -> None:
    words = WORDS[language]
    anna = beside(lambda: somebody(100_00, display_name="Anna"))
    ben = beside(lambda: somebody(display_name="小明", legal_name="王小明"))
    with visitor(browser, site, language) as one, visitor(browser, site, language) as two:
        payer, payee = signed_in(one, site, anna), signed_in(two, site, ben)
        watched = Watched(payer, site)
        payee.goto("/wallet")
        assert figures(payee) == "0.00 USD"
        payee.wait_for_timeout(1_000)
        payer.goto("/send")
        look(payer, "/send")
        payer.fill("#recipient", ben.holder.user.email)
        payer.fill("#amount", "12.50")
        payer.fill("#note", "Dinner 晚饭")
        press(payer, words["on"])
        expect(payer.locator("main")).to_contain_text("••明")
        look(payer, "the page that confirms")
        payer.fill("#digits", "739153")
        press(payer, words["send"])
        expect(payer.locator("#digits-error")).to_be_visible()
        payer.fill("#digits", DIGITS)
        press(payer, words["send"])
        expect(payer.locator("h1")).to_have_text(words["arrived"])
        look(payer, "the result")
        # The other page changes by itself, within a second.
        expect(payee.locator(".balance")).to_have_text("12.50\u00a0USD", timeout=3_000)
        expect(payee.locator(".record-row")).to_have_count(1)
        payer.reload()
        expect(payer.locator("h1")).to_have_text(words["arrived"])
        payer.go_back()
        expect(payer.locator("h1")).to_have_text(words["arrived"])

        send(payer, language, shown_phone(ben.phone), note="by number")
        expect(payer.locator("h1")).to_have_text(words["arrived"])
        expect(payee.locator(".balance")).to_have_text("25.00\u00a0USD", timeout=3_000)
        for page in (payer, payee):
            page.goto("/records")
            expect(page.locator(".record-row")).to_have_count(2)
            page.locator(".record-row a").last.click()
            expect(page.locator("main")).to_contain_text("Dinner 晚饭")
            expect(page.locator("main")).to_contain_text(words["completed"])
        payer.goto("/wallet")
        assert figures(payer) == "75.00 USD"
    assert watched.complaints == []
    assert watched.strangers == []


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_somebody_who_signs_up_gets_what_waited(
    browser: Browser, site: str, outside: Running, language: str
) -> None:
    address = nobody().address
    anna = beside(lambda: somebody(100_00))
    with visitor(browser, site, "en") as one, visitor(browser, site, language) as two:
        payer = signed_in(one, site, anna)
        send(payer, "en", address, "20")
        expect(payer.locator("h1")).to_have_text(WORDS["en"]["waiting"])
        look(payer, "the result that waits")
        payer.goto("/wallet")
        assert figures(payer) == "80.00 USD"
        expect(payer.locator(".parts")).to_contain_text("20.00")

        newcomer, phone = two.new_page(), unique_phone()
        sign_up(newcomer, language, address, phone, country="US")
        newcomer.fill("#code", received(outside, phone, r"\b\d{6}\b"))
        press(newcomer, PEOPLE[language]["on"])
        newcomer.goto(received(outside, address, site + r"/account/confirm-email/[^\s]+"))
        press(newcomer, PEOPLE[language]["mine"])
        expect(newcomer).to_have_url(f"{site}/wallet")
        expect(newcomer.locator(".balance")).to_have_text("20.00\u00a0USD", timeout=10_000)
        expect(payer.locator(".parts")).not_to_contain_text("20.00", timeout=10_000)


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_what_waits_is_cancelled_in_the_record(browser: Browser, site: str, language: str) -> None:
    words = WORDS[language]
    anna = beside(lambda: somebody(50_00))
    with visitor(browser, site, language) as context:
        page = signed_in(context, site, anna)
        send(page, language, beside(nobody).address, "30")
        expect(page.locator("h1")).to_have_text(words["waiting"])
        page.locator("main .actions a").first.click()
        look(page, "the record of what waits")
        press(page, words["cancel"])
        expect(page.locator(".notice-done")).to_be_visible()
        expect(page.locator("main")).to_contain_text(words["cancelled"])
        page.goto("/wallet")
        assert figures(page) == "50.00 USD"


def test_what_is_sent_during_maintenance_arrives_afterwards(browser: Browser, site: str) -> None:
    anna, ben = beside(lambda: somebody(50_00)), beside(somebody)
    with visitor(browser, site) as one, visitor(browser, site) as two:
        payer, payee = signed_in(one, site, anna), signed_in(two, site, ben)
        payee.goto("/wallet")
        beside(lambda: ledger.set_holds_only(True))
        try:
            send(payer, "en", ben.holder.user.email, "5")
            expect(payer.locator("h1")).to_have_text("Sent, and waiting")
            expect(payer.locator("main")).to_contain_text("maintenance")
        finally:
            beside(lambda: ledger.set_holds_only(False))
        expect(payee.locator(".balance")).to_have_text("5.00\u00a0USD", timeout=15_000)
        expect(payer.locator("h1")).to_have_text("Sent, and arrived", timeout=15_000)


def test_without_a_script_it_is_sent_all_the_same(browser: Browser, site: str) -> None:
    anna, ben = beside(lambda: somebody(50_00)), beside(somebody)
    with visitor(browser, site, java_script_enabled=False) as context:
        page = signed_in(context, site, anna)
        send(page, "en", ben.holder.user.email, "5")
        expect(page.locator("h1")).to_have_text("Sent, and arrived")
        expect(page.locator("dd.number")).to_have_text(re.compile(r"^[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{4}$"))
