"""The acquirer's pages in a real browser: a card entered alone, in a frame and without a script, and charges, live."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from playwright.sync_api import Browser, Page, expect

from okpay_sandbox.acquirer.records import Behaviour
from tests.journeys.conftest import Watched, visitor
from tests.journeys.test_every_page import assert_accessible, assert_fits
from tests.okpay_sandbox.acquirer.client import Client, add_card, enter, open_page, page_of
from tests.okpay_sandbox.running import ACQUIRER_KEY, running

VISA = "4242424242424242"
FRAMING = """<!doctype html><title>Shop</title><iframe src="{page}" width="400" height="700"></iframe>
<script>told = []; addEventListener("message", (event) => told.push([event.origin, event.data]))</script>"""


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    """A client with a sandbox of these journeys."""
    with running(tmp_path_factory.mktemp("acquirer")) as sandbox:
        yield Client(sandbox)


@contextmanager
def site(content: list[str]) -> Iterator[str]:
    """Run the body with a site on `localhost` that answers everything with the last of `content`."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = content[-1].encode()
            self.send_response(200)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://localhost:{server.server_address[1]}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def look(page: Page, address: str) -> None:
    """Look at a page at every width, in both themes."""
    assert_fits(page, address)
    assert_accessible(page, address)


def type_card(page: Page, number: str) -> None:
    """Type a card as a person does, key by key."""
    page.get_by_label("Card number").press_sequentially(number)
    page.get_by_label("Expiry date").press_sequentially("1234")
    page.get_by_label("Security code").press_sequentially("123")


@pytest.mark.parametrize(("language", "locale"), [("en", "en"), ("zh-hans", "zh")])
def test_every_page_is_for_everybody(browser: Browser, client: Client, language: str, locale: str) -> None:
    sandbox = client.sandbox
    for behaviour in (Behaviour.SUCCEEDS, Behaviour.INSUFFICIENT, Behaviour.PROCESSING):
        token = client.card(behaviour)
        sandbox.post_form(
            "/v1/payment_intents",
            {
                "amount": "999999999999", "currency": "idr", "payment_method": token, "confirm": "true",
                "metadata[movement]": "0199f0a2-7d4e-7c3b-9e11-3c0f6f1a2b3c",
            },
            Authorization=f"Bearer {ACQUIRER_KEY}",
        )  # fmt: skip
    with visitor(browser, sandbox.url, language) as context:
        page = context.new_page()
        watched = Watched(page, sandbox.url)
        done, gone = (page_of(open_page(sandbox, locale=locale)) for _ in range(2))
        enter(sandbox, done, VISA)
        for address in ("/charges", gone, f"{gone}&frame=1", done, f"{done}&frame=1", "/card?session=x"):
            page.goto(address)
            look(page, address)
        page.goto(gone)
        page.locator("#number").fill("4242424242424241")
        page.locator("button.button-main").click()
        expect(page.locator(".fault")).to_have_count(3)
        expect(page.locator("#number")).to_be_focused()
        page.locator("summary").click()
        look(page, "the form with faults and numbers")
        # A page that is not there, and a form that is not right, are said with their status.
        assert [told for told in watched.complaints if "404" not in told and "422" not in told] == []
        assert watched.strangers == []


def test_a_card_is_typed_and_leads_back_to_the_wallet(browser: Browser, client: Client) -> None:
    with site(["<title>Wallet</title>back"]) as wallet, visitor(browser, client.sandbox.url) as context:
        page = context.new_page()
        session = open_page(client.sandbox, success_url=f"{wallet}/back?session={{CHECKOUT_SESSION_ID}}")
        page.goto(page_of(session))
        type_card(page, "4242424242424241")
        expect(page.get_by_label("Card number")).to_have_value("4242 4242 4242 4241")
        expect(page.get_by_label("Expiry date")).to_have_value("12 / 34")
        page.keyboard.press("Enter")
        expect(page.get_by_text("This is no card number")).to_be_visible()
        expect(page.get_by_label("Security code")).to_have_value("")
        page.get_by_text("Test card numbers").click()
        page.get_by_role("button", name="Use 4242 4242 4242 4242").click()
        page.get_by_label("Security code").fill("123")
        page.get_by_role("button", name="Add card").click()
        expect(page).to_have_url(f"{wallet}/back?session={session.id}")


def test_without_a_script_a_card_is_added_as_well(browser: Browser, client: Client) -> None:
    with (
        site(["<title>Wallet</title>back"]) as wallet,
        visitor(browser, client.sandbox.url, java_script_enabled=False) as context,
    ):
        page = context.new_page()
        session = open_page(client.sandbox, success_url=f"{wallet}/back?session={{CHECKOUT_SESSION_ID}}")
        page.goto(page_of(session))
        expect(page.get_by_role("button", name="Use 4242 4242 4242 4242")).to_be_hidden()
        type_card(page, VISA)
        page.keyboard.press("Enter")
        expect(page).to_have_url(f"{wallet}/back?session={session.id}")
        page.go_back()
        expect(page.locator("body")).to_contain_text("Visa •••• 4242 can be used in the wallet now")
        page.get_by_role("link", name="Back to the wallet").click()
        expect(page).to_have_url(f"{wallet}/back?session={session.id}")


def test_in_a_frame_only_the_wallet_is_told(browser: Browser, client: Client) -> None:
    content = [""]
    with site(content) as wallet, site(content) as stranger, browser.new_context() as context:
        session = open_page(client.sandbox, success_url=f"{wallet}/back?session={{CHECKOUT_SESSION_ID}}")
        content.append(FRAMING.format(page=f"{session.url}&frame=1"))
        page = context.new_page()
        page.goto(stranger)
        page.wait_for_timeout(500)
        assert page.frames[1].url.startswith("chrome-error:"), "a stranger may not frame the form"
        page.goto(wallet)
        frame = page.frame_locator("iframe")
        frame.get_by_label("Card number").press_sequentially(VISA)
        frame.get_by_label("Expiry date").press_sequentially("1234")
        frame.get_by_label("Security code").press_sequentially("123")
        frame.get_by_role("button", name="Add card").click()
        expect(frame.get_by_role("heading", name="Card added")).to_be_visible()
        page.wait_for_function("told.some(([, data]) => data.type === 'okpay.card')")
        told = page.evaluate("told")
        assert [client.sandbox.url, {"type": "okpay.card", "session": session.id}] in told
        assert {origin for origin, _ in told} == {client.sandbox.url}
        assert VISA not in str(told).replace(" ", "")
        assert page.url == f"{wallet}/"


def test_a_charge_appears_by_itself_and_changes(browser: Browser, client: Client) -> None:
    token = add_card(client.sandbox, "4000000000008047")
    with visitor(browser, client.sandbox.url) as context:
        page = context.new_page()
        page.goto("/charges")
        expect(page.locator(".live")).to_be_visible()
        made = client.charge(Behaviour.PROCESSING, "live-1", 4210, payment_method=token)
        row = page.locator(f"#{made.id}")
        expect(row).to_contain_text("42.10 USD")
        expect(row).to_contain_text("Processing")
        expect(row).to_contain_text("Succeeded", timeout=30_000)
