"""The pages as a browser asks for them: what is shown, and what stays inert."""

from __future__ import annotations

import re

import pytest

from tests.okpay_sandbox.running import Running

ANNA = "anna@example.com"
SCRIPT = "<script>alert(1)</script>"
HOSTILE = f"\"'><img src=x onerror=alert(1)>{SCRIPT}"


def test_people_are_listed_with_what_is_unread(sandbox: Running) -> None:
    sandbox.send_mail(f"Anna Example <{ANNA}>", "First", "text")
    sandbox.send_mail(ANNA, "Second", "text")
    sandbox.send_sms("+15550100", "Hello", "people-1")
    page = sandbox.ask("/").text
    assert page.index("+15550100") < page.index(ANNA), "who heard last stands first"
    assert "Anna Example" in page
    assert "2 new" in page
    assert "<title>(3) " in page
    shown = sandbox.person_page(ANNA)
    assert shown.index("Second</bdi>") < shown.index("First</bdi>"), "newest first"
    assert shown.count("New</span>") == 2
    assert "2 new" not in sandbox.ask("/").text


def test_peeking_leaves_the_unread_marks(sandbox: Running) -> None:
    sandbox.send_mail(ANNA, "First", "text")
    sandbox.person_page(ANNA, Sandbox_Peek="1")
    sandbox.ask(f"/people/{ANNA}", "HEAD")
    assert "1 new" in sandbox.ask("/").text


def test_search_finds_addresses_numbers_and_names(sandbox: Running) -> None:
    sandbox.send_mail(f"欧阳晓明 <{ANNA}>", "s", "t")
    sandbox.send_sms("+15550100", "Hello", "search-1")
    assert ANNA in sandbox.ask("/?q=ANNA").text
    assert ANNA in sandbox.ask("/?q=%E6%99%93%E6%98%8E").text
    assert ANNA not in sandbox.ask("/?q=%2B1555").text
    assert "+15550100" in sandbox.ask("/?q=%2B1555").text
    assert "Nobody like that" in sandbox.ask("/?q=nobody").text


def test_links_lead_to_a_new_tab_and_codes_are_large(sandbox: Running) -> None:
    sandbox.send_mail(ANNA, "Code", "Your code is 482915.\nOpen https://wallet.example.com/verify?a=1&b=2.")
    page = sandbox.person_page(ANNA)
    link = "https://wallet.example.com/verify?a=1&amp;b=2"
    assert f'<a href="{link}" target="_blank" rel="noopener noreferrer">{link}</a>.' in page
    assert '<strong class="code-digits">482915</strong>' in page


def test_nothing_that_was_sent_becomes_markup(sandbox: Running) -> None:
    with sandbox.smtp() as server:
        content = (
            f'From: "{SCRIPT}" <evil@example.com>\r\nTo: "{SCRIPT}" <{ANNA}>\r\nSubject: {HOSTILE}\r\n'
            'MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary="b"\r\n\r\n'
            f"--b\r\nContent-Type: text/plain\r\n\r\n{HOSTILE}\r\njavascript:alert(1)\r\n"
            f'https://example.com/"onmouseover="alert(1)\r\n'
            f'--b\r\nContent-Type: text/plain\r\nContent-Disposition: attachment; filename="{SCRIPT}"\r\n\r\n'
            "x\r\n--b--\r\n"
        )
        server.sendmail("evil@example.com", [ANNA, '"<script>alert(1)</script>"@example.com'], content)
    sandbox.send_sms("+15550100", HOSTILE, "xss-1")
    pages = [sandbox.ask("/").text, sandbox.ask(f"/?q={'%22%3E%3Cscript%3E'}").text]
    pages += [sandbox.person_page(person) for person in (ANNA, "+15550100", SCRIPT, HOSTILE)]
    pages += [sandbox.ask(f"/nothing/{'%3Cscript%3E'}").text, sandbox.ask("/failures").text]
    for page in pages:
        assert not re.search(r"<script(?! type=\"module\" src=\"/static/live.js\">)", page)
        assert "<img" not in page
        assert "javascript:" not in re.sub(r">[^<]*<", "><", page), "no link of that kind"
        assert " onmouseover" not in page
        assert not re.search(r'="[^"]*"onmouseover', page)


def test_the_html_of_a_mail_can_do_nothing(sandbox: Running) -> None:
    html = (
        f'<p onclick="alert(1)">Hi</p>{SCRIPT}<form action="/clear" method="post"><button>x</button></form>'
    )
    sandbox.send_mail(ANNA, "HTML", "text", html)
    (message,) = sandbox.messages(ANNA)
    page = sandbox.person_page(ANNA)
    assert f'<iframe src="/messages/{message["id"]}/html" sandbox="" ' in page
    assert SCRIPT not in page
    answer = sandbox.ask(f"/messages/{message['id']}/html")
    policy = answer.headers["content-security-policy"]
    assert policy.startswith("sandbox; default-src 'none'; ")
    assert "allow-scripts" not in policy
    assert sandbox.ask("/messages/nothing/html").status == 404


def test_every_answer_is_strict(sandbox: Running) -> None:
    for path in ("/", "/failures", "/static/live.js", "/health/live", "/nothing", "/control/v1/switches"):
        headers = sandbox.ask(path).headers
        assert headers["content-security-policy"].startswith("default-src 'self'; ")
        assert "unsafe" not in headers["content-security-policy"]
        assert headers["x-content-type-options"] == "nosniff"
    page = sandbox.ask("/").text
    assert not re.search(r"<style|style=|<script(?! type=\"module\" src=)| on[a-z]+=", page)
    assert not re.search(r'(?:src|href)="(?!/|#|http://localhost:8000")', page), "nothing from elsewhere"


@pytest.mark.parametrize(
    "host", ["evil.example", "127.0.0.1.evil.example", "evil.example:8001", "127.0.0.1@x", ""]
)
def test_a_name_that_somebody_points_here_is_not_served(sandbox: Running, host: str) -> None:
    assert sandbox.ask("/", Host=host).status == 400
    assert sandbox.ask("/control/v1/messages?person=a", Host=host).status == 400


def test_localhost_leads_to_the_own_host_name(sandbox: Running) -> None:
    answer = sandbox.ask(f"/people/{ANNA}?q=a", Host=f"localhost:{sandbox.port}")
    assert answer.status == 307
    assert answer.headers["location"] == f"{sandbox.url}/people/{ANNA}?q=a"
    assert sandbox.ask("/health/live", Host="localhost").status == 200


def test_forms_of_other_pages_are_refused(sandbox: Running) -> None:
    sandbox.send_mail(ANNA, "Kept", "text")
    for origin in (
        "http://localhost:8000",
        "null",
        "https://evil.example",
        f"http://127.0.0.1:{sandbox.port}0",
    ):
        assert sandbox.post_form("/clear", {}, Origin=origin).status == 403
    assert len(sandbox.messages(ANNA)) == 1
    assert sandbox.post_form("/clear", {}, Origin=sandbox.url).status == 303
    assert sandbox.messages(ANNA) == []
    assert "Nothing has arrived yet" in sandbox.ask("/").text


def test_both_languages_by_browser_and_by_choice(sandbox: Running) -> None:
    assert '<html lang="en">' in sandbox.ask("/").text
    assert '<html lang="zh-Hans">' in sandbox.ask("/", Accept_Language="zh-CN,zh;q=0.9,en;q=0.8").text
    assert '<html lang="en">' in sandbox.ask("/", Accept_Language="zh;q=0.1,en;q=0.8").text
    assert '<html lang="en">' in sandbox.ask("/", Accept_Language="fr,*;q=x").text
    chosen = sandbox.post_form("/language", {"language": "zh-hans", "next": f"/people/{ANNA}?q=1"})
    assert chosen.headers["location"] == f"/people/{ANNA}?q=1"
    cookie = chosen.headers["set-cookie"].split(";")[0]
    assert "还没有收到消息" in sandbox.ask("/", Cookie=cookie, Accept_Language="en").text


@pytest.mark.parametrize(
    "address", ["//evil.example", "https://evil.example", "/\\evil", "/a\r\nX: y", "", "/%0d%0aX"]
)
def test_a_choice_leads_nowhere_else(sandbox: Running, address: str) -> None:
    answer = sandbox.post_form("/language", {"language": "fr", "next": address})
    assert answer.headers["location"] in ("/", "/%0d%0aX")
    assert answer.headers["set-cookie"] is None
    assert answer.headers["x"] is None


def test_switches_are_set_on_the_page(sandbox: Running) -> None:
    assert sandbox.post_form("/failures/sms", {"mode": "slow", "seconds": "2.5"}).status == 303
    assert sandbox.ask("/control/v1/switches").json["sms"] == {"mode": "slow", "seconds": 2.5}
    assert "Text messages: set to “Slow”." in sandbox.ask("/").text
    assert sandbox.post_form("/failures/sms", {"mode": "works", "seconds": ""}).status == 303
    for path, fields in (
        ("/failures/sms", {"mode": "slow", "seconds": "many"}),
        ("/failures/sms", {"mode": "slow", "seconds": "nan"}),
        ("/failures/sms", {}),
        ("/failures/fax", {"mode": "works"}),
    ):
        assert sandbox.post_form(path, fields).status == 422
    assert sandbox.ask("/control/v1/switches").json["sms"] == {"mode": "works"}


def test_what_is_not_here_is_said(sandbox: Running) -> None:
    assert sandbox.ask("/nothing").status == 404
    assert "There is no such page" in sandbox.ask("/nothing").text
    assert "has no messages" in sandbox.person_page("nobody@example.com")
    assert sandbox.ask("/clear").status == 405
