"""The sandbox in a real browser: what arrives appears by itself, and nothing that arrives can act."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import quote

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.journeys.conftest import Watched, visitor
from tests.journeys.test_every_page import assert_accessible, assert_fits
from tests.okpay_sandbox.running import Running, running

ANNA = "anna@example.com"
LONG = "wilhelmina.featherstonehaugh.cholmondeley+wallet-trial@accounts.subdomain.example.com"
HTML = (
    '<body style="font-family: sans-serif"><p style="color: #0b5a48">您好，<b>Anna</b></p>'
    "<script>parent.taken = top.taken = true; alert(1)</script>"
    '<p onclick="alert(2)">x</p><a href="javascript:alert(3)" target="_top">y</a></body>'
)


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """A sandbox of these journeys."""
    with running(tmp_path_factory.mktemp("sandbox")) as found:
        yield found


@pytest.fixture
def sandbox(own: Running) -> Running:
    """The sandbox, empty and without failures."""
    own.set_switches(mail={"mode": "works"}, sms={"mode": "works"})
    own.ask("/control/v1/messages", "DELETE")
    return own


def person(address: str) -> str:
    """Return the address of a person's page."""
    return f"/people/{quote(address)}"


def fill_the_inbox(sandbox: Running) -> None:
    """Let real-looking messages arrive, and some fail."""
    link = "https://wallet.example.com/verify?token=" + "Zk3pQ9vT" * 20
    sandbox.send_mail(
        f"Wilhelmina Featherstonehaugh-Cholmondeley <{LONG}>", "Code 482915", f"Open {link}", HTML
    )
    sandbox.send_mail(f"欧阳晓明 <{ANNA}>", "请确认您的邮箱地址", "您的验证码是 730164，10 分钟内有效。")
    sandbox.send_mail(ANNA, "", "")
    sandbox.send_sms("+15550100", "OKPay: 602841 is your code. Never share it.", "journey-1")
    for mode in ("refuses", "loses"):
        sandbox.set_switches(sms={"mode": mode})
        sandbox.send_sms("+15550101", "text", f"journey-{mode}")
    sandbox.set_switches(mail={"mode": "slow", "seconds": 5})


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_every_page_is_for_everybody(browser: Browser, sandbox: Running, language: str) -> None:
    with visitor(browser, sandbox.url, language) as context:
        page = context.new_page()
        watched = Watched(page, sandbox.url)
        page.goto("/")
        look(page, "/ when empty")
        fill_the_inbox(sandbox)
        addresses = ["/", "/?q=nobody", "/failures", "/nothing", person("nobody@example.com")]
        for address in (*addresses, person(LONG), person(ANNA), person("+15550100")):
            page.goto(address)
            assert page.locator("html").get_attribute("lang") == {"en": "en", "zh-hans": "zh-Hans"}[language]
            look(page, address)
        assert watched.complaints == []
        assert watched.strangers == []


def look(page: Page, address: str) -> None:
    """Look at a page at every width, in both themes."""
    assert_fits(page, address)
    assert_accessible(page, address)


def test_what_arrives_appears_by_itself(browser: Browser, sandbox: Running) -> None:
    with visitor(browser, sandbox.url, permissions=["clipboard-read", "clipboard-write"]) as context:
        page = context.new_page()
        page.goto("/")
        expect(page.locator(".live")).to_be_visible()
        expect(page.locator(".refresh")).to_be_hidden()
        sandbox.send_mail(f"Anna Example <{ANNA}>", "Welcome", "Hello")
        expect(page.locator(".row", has_text=ANNA)).to_contain_text("1 new")
        expect(page).to_have_title("(1) Messages · Outside world")
        expect(page.locator("#said")).to_have_text(f"New message for {ANNA}")
        page.get_by_role("link", name=ANNA).click()
        expect(page.get_by_role("heading", name="Welcome")).to_be_visible()
        page.locator(".letter").first.evaluate("card => { card.same = true }")
        sandbox.send_mail(ANNA, "Your code", "Your code is 482915.")
        expect(page.locator(".letter").first).to_contain_text("482915")
        assert page.locator(".letter").nth(1).evaluate("card => card.same"), "what was there is left alone"
        page.get_by_role("button", name="Copy").click()
        expect(page.get_by_role("button", name="Copied")).to_be_visible()
        assert page.evaluate("navigator.clipboard.readText()") == "482915"
        sandbox.set_switches(mail={"mode": "loses"})
        expect(page.locator(".notice")).to_contain_text("Loses")
        page.goto("/")
        expect(page.locator(".row .mark")).to_have_count(0)


def test_a_link_opens_beside_the_page(browser: Browser, sandbox: Running) -> None:
    sandbox.send_mail(ANNA, "Link", f"Open {sandbox.url}/failures, please.")
    with visitor(browser, sandbox.url) as context:
        page = context.new_page()
        page.goto(person(ANNA))
        with context.expect_page() as opened:
            page.locator(".letter-text a").click()
        assert opened.value.url == f"{sandbox.url}/failures"
        assert opened.value.evaluate("window.opener") is None


def test_nothing_that_arrives_can_act(browser: Browser, sandbox: Running) -> None:
    sandbox.send_mail(ANNA, "<img src=x onerror=alert(1)>", "<script>alert(1)</script>", HTML)
    sandbox.send_sms("+15550100", "<svg onload=alert(1)>", "act-1")
    dialogs: list[str] = []
    with visitor(browser, sandbox.url) as context:
        page = context.new_page()
        page.on("dialog", lambda dialog: dialogs.append(dialog.message))
        for address in (person(ANNA), person("+15550100"), "/"):
            page.goto(address)
            expect(page.locator(".live").first).to_be_visible()
        page.goto(person(ANNA))
        page.get_by_text("As designed (HTML)").click()
        frame = page.frame_locator("iframe")
        expect(frame.get_by_text("您好")).to_have_css("color", "rgb(11, 90, 72)")
        frame.get_by_text("x", exact=True).click()
        frame.get_by_text("y", exact=True).click()
        assert page.evaluate("window.taken") is None
        assert page.url == sandbox.url + person(ANNA)
        page.goto(str(page.locator("iframe").get_attribute("src")))
        expect(page.get_by_text("您好")).to_be_visible()
        page.get_by_text("x", exact=True).click()
    assert dialogs == []


def test_everything_works_without_a_script(browser: Browser, sandbox: Running) -> None:
    with visitor(browser, sandbox.url, java_script_enabled=False) as context:
        page = context.new_page()
        page.goto("/")
        sandbox.send_sms("+15550100", "602841 is your code.", "plain-1")
        page.get_by_role("link", name="Refresh").click()
        page.get_by_role("link", name="+15550100").click()
        expect(page.locator(".code-digits")).to_have_text("602841")
        expect(page.locator(".copy")).to_be_hidden()
        page.locator('button[name="language"]').click()
        expect(page.locator("html")).to_have_attribute("lang", "zh-Hans")
        assert page.url == sandbox.url + "/people/+15550100"
        page.get_by_role("link", name="故障").click()
        page.locator('.switch[action="/failures/mail"] input[value="refuses"]').check()
        page.locator('.switch[action="/failures/mail"] button').click()
        expect(page.locator(".notice")).to_contain_text("邮件已设为故障：拒收")
        page.get_by_role("link", name="消息").click()
        page.get_by_role("searchbox").fill("1555")
        page.get_by_role("button", name="查找").click()
        page.get_by_text("全部清除", exact=True).click()
        page.get_by_role("button", name="确认全部清除").click()
        expect(page.get_by_role("heading", name="还没有收到消息")).to_be_visible()
