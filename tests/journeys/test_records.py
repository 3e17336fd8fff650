"""Look for one's money in a real browser: it arrives by itself, is found again, and its receipt can be kept."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import TypeVar
from uuid import UUID

from django.conf import settings
from django.db import connection
from playwright.sync_api import Browser, BrowserContext, expect

from okpay.base.ids import new_uuid7
from okpay.base.money import Money
from okpay.customers import queries as customers
from okpay.movements.records import Reason, State
from tests.factories.movements import advance, transfer
from tests.factories.people import open_person, session_of
from tests.journeys.conftest import Watched, visitor
from tests.statements.reading import squeezed, text_of

T = TypeVar("T")


def beside(work: Callable[[], T]) -> T:
    """Do something with the database in a thread of its own: Playwright's loop runs in this one."""
    done: list[T] = []

    def run() -> None:
        try:
            done.append(work())
        finally:
            connection.close()

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    return done[0]


def somebody() -> tuple[str, UUID]:
    """Open a person, and return their session and which customer they are."""
    user = open_person()
    session = session_of(user)
    customer = customers.customer_of_user(user.pk)
    assert customer is not None
    return session, customer.id


def signed_in(context: BrowserContext, site: str) -> UUID:
    """Sign somebody new in, and return which customer they are."""
    session, customer_id = beside(somebody)
    context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": session, "url": site}])
    return customer_id


def test_what_arrives_appears_by_itself_and_is_found_again(browser: Browser, site: str) -> None:
    with visitor(browser, site) as context:
        me = signed_in(context, site)
        home, record = context.new_page(), context.new_page()
        watched = Watched(record, site)
        home.goto("/wallet")
        record.goto("/records")
        expect(record.locator(".empty-title")).to_have_text("Nothing has moved yet")
        record.wait_for_timeout(1000)
        beside(
            lambda: transfer(
                payer=new_uuid7(), payee=me, note="Rent", by="A••• S••••", amount=Money(9900, "USD")
            )
        )
        expect(record.locator(".record-row")).to_have_count(1)
        home.bring_to_front()
        expect(home.locator(".record-row")).to_have_count(1)

        record.bring_to_front()
        expect(record.locator("#from")).to_be_hidden()
        record.select_option("#span", "own")
        record.fill("#from", "2020-01-01")
        record.fill("#q", "rent")
        record.get_by_role("button", name="Show", exact=True).click()
        expect(record.locator(".record-row")).to_have_count(1)
        expect(record.locator("#q")).to_have_value("rent")
        expect(record.locator("#from")).to_have_value("2020-01-01")
        record.get_by_role("link", name="Spending").click()
        expect(record.locator(".empty-title")).to_have_text("Nothing found")
        record.get_by_role("link", name="Show everything").first.click()
        record.get_by_role("link", name="A••• S••••").click()
        expect(record.locator(".balance")).to_contain_text("99.00")
        assert watched.complaints == []
        assert watched.strangers == []


def test_a_waiting_one_changes_on_the_open_page_and_its_receipt_says_so(browser: Browser, site: str) -> None:
    with visitor(browser, site, permissions=["clipboard-read", "clipboard-write"]) as context:
        me = signed_in(context, site)
        waiting = beside(lambda: transfer(payer=me, waits=Reason.ADDRESS_NOT_REGISTERED))
        page = context.new_page()
        page.goto(f"/records/{waiting.id}")
        expect(page.get_by_role("heading", name="Where is my money?")).to_be_visible()
        page.get_by_role("button", name="Copy").click()
        expect(page.locator(".copy")).to_contain_text("Copied")
        assert page.evaluate("navigator.clipboard.readText()") == waiting.reference
        page.locator("h1").click()
        page.wait_for_timeout(1000)
        beside(lambda: advance(waiting, State.COMPLETED))
        expect(page.locator(".standing")).to_have_text("Completed")
        expect(page.get_by_role("heading", name="Where is my money?")).to_have_count(0)
        receipt = context.request.get(f"/records/{waiting.id}/receipt.pdf")
        assert receipt.headers["content-type"] == "application/pdf"
        assert "Themoneyarrived" in squeezed(text_of(receipt.body()))


def test_the_record_is_whole_without_a_script(browser: Browser, site: str) -> None:
    with visitor(browser, site, java_script_enabled=False) as context:
        me = signed_in(context, site)
        paid = beside(lambda: transfer(payer=me, note="Dinner"))
        page = context.new_page()
        page.goto("/records?q=dinner")
        page.get_by_role("link", name="Ben Carter").click()
        expect(page.get_by_text(paid.reference)).to_be_visible()
        expect(page.locator(".copy")).to_be_hidden()
