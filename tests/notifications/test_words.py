"""Every message of every channel in every language: whole, settled, and safe against what people call themselves."""

from __future__ import annotations

import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest
from django.utils import translation
from django.utils.translation import trans_real
from pytest_django.fixtures import Settings

import okpay.notifications as room
from okpay.base.amounts import write_money
from okpay.movements.records import Reason
from okpay.notifications.messages import LANGUAGES, MESSAGES
from okpay.notifications.notices import NOTICES
from okpay.notifications.providers.letter import letter
from okpay.notifications.records import Channel
from okpay.notifications.rendering import ENGINE, Rendered, notice_words, render
from tests.doors.design.test_catalogue import CHINESE, messages
from tests.notifications.samples import LINK, MONEY, TEXTS, outgoing, packed_sample

MAILS = [code for code, message in MESSAGES.items() if message.channel is Channel.MAIL]
SMS = [code for code, message in MESSAGES.items() if message.channel is Channel.SMS]
LATIN_SENTENCE = re.compile(r"[A-Za-z]{2,}[ ,;:]+[A-Za-z]{2,}")
GSM = set("@£$¥èéùìòÇØøÅåΔ_ΦΓΛΩΠΨΣΘΞ ÆæßÉ!\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿"
          "abcdefghijklmnopqrstuvwxyzäöñüà\n\r")  # fmt: skip
HOSTILE = [
    '<script>alert("x")</script>',
    '"><img src=x onerror=alert(1)>',
    "Bob\r\nBcc: x@evil.example",
    "Bob\n\nClick here",
    "{{ phrase }}{% load static %}{% include 'notifications/base.txt' %}",
    "%(name)s %s {0} ${x}",
    "\u202egnp.exe\u2066\x00\x1b[31m\u2028x",
    "https://evil.example/win",
    "<svg/onload=alert(1)>",
    "javascript:alert(1)",
    "{{7*7}}",
    "</title><script>",
    "&#x3c;img src=x&#x3e;",
    '=HYPERLINK("https://evil.example","x")',
    "gpj.\u202eexe",
    "a" * 300,
]


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> set[str]:
    """Collect every message that is looked up, and mark every variable that a template has and nobody gave."""
    found: set[str] = set()

    def gettext(message: str) -> str:
        found.add(str(message))
        return trans_real.gettext(message)

    def ngettext(singular: str, plural: str, number: int) -> str:
        found.add(str(singular))
        return trans_real.ngettext(singular, plural, number)

    monkeypatch.setattr(translation._trans, "gettext", gettext, raising=False)  # type: ignore[attr-defined]
    monkeypatch.setattr(translation._trans, "ngettext", ngettext, raising=False)  # type: ignore[attr-defined]
    monkeypatch.setattr(ENGINE, "string_if_invalid", "⟦missing %s⟧")
    return found


def written(rendered: Rendered) -> str:
    """Return everything that a person may see of a message."""
    return "\n".join((rendered.subject, rendered.text, rendered.html))


def rendered(code: str, language: str, *, text: str = "", count: int = 30, **who: str) -> Rendered:
    """Return a message, filled with samples."""
    return render(
        code, language=language, data=packed_sample(MESSAGES[code].keys, text=text, count=count), **who
    )


def stripped(text: str) -> str:
    """Return a text without the values in it and without the names that are written the same in every language."""
    text = re.sub(r"<[^>]*>", " ", text)
    for value in (
        LINK,
        LINK.replace("&", "&amp;"),
        *TEXTS.values(),
        "480215",
        "Example Wallet",
        "blue heron",
    ):
        text = text.replace(value, " ")
    return text.replace("OKPay", " ").replace("UTC", " ")


@pytest.mark.parametrize("count", [1, 2, 30])
@pytest.mark.parametrize("who", [{}, {"name": "王小明", "phrase": "blue heron"}], ids=["nobody", "known"])
@pytest.mark.parametrize("code", MESSAGES)
def test_a_message_in_chinese_is_wholly_chinese(
    code: str, who: dict[str, str], count: int, asked: set[str], settings: Settings
) -> None:
    settings.OPERATOR = "Example Wallet"
    for settings.TRIAL in (True, False):
        found = rendered(code, "zh-Hans", count=count, **who)
        assert "⟦" not in written(found)
        assert found.language == "zh-Hans"
        assert not LATIN_SENTENCE.search(stripped(found.subject + "\n" + found.text)), found.text
        body = found.html.partition("<body")[2]
        assert not LATIN_SENTENCE.search(stripped(f"<body{body}")), body
    known = {message.id if isinstance(message.id, str) else message.id[0] for message in messages()}
    assert asked
    assert asked - known == set(), f"add these to {CHINESE.name}"


@pytest.mark.parametrize("code", MESSAGES)
def test_a_message_in_english_is_wholly_english(code: str, asked: set[str]) -> None:
    found = rendered(code, "en", name="Anna Smith", phrase="blue heron")
    assert not re.search(r"[\u3000-\u9fff\uff00-\uffef⟦]", written(found))
    assert not re.search(r"\b1 (minutes|hours)\b", rendered(code, "en", count=1).text)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("code", NOTICES)
def test_every_notice_has_words(code: str, language: str, asked: set[str]) -> None:
    words = notice_words(code, packed_sample(NOTICES[code]), language)
    assert words.title
    assert words.body
    assert "⟦" not in words.title + words.body
    if language == "zh-Hans":
        assert not LATIN_SENTENCE.search(stripped(f"{words.title} {words.body}"))
        assert re.search(r"[\u4e00-\u9fff]", words.title)
        known = {message.id if isinstance(message.id, str) else message.id[0] for message in messages()}
        assert asked - known == set()


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("code", MAILS)
def test_a_mail_says_all_that_a_mail_must(code: str, language: str) -> None:
    chinese = language == "zh-Hans"
    found = rendered(code, language, name="王小明", phrase="窗外的梧桐")
    for body in (found.text, found.html):
        assert ("王小明，您好：" if chinese else "Hello 王小明,") in body
        assert ("您的安全短语：窗外的梧桐" if chinese else "Your phrase: 窗外的梧桐") in body
        assert ("索取密码" if chinese else "ever asks for your password") in body
        assert re.search(
            "如果(不是|您没有)" if chinese else r"[Ii]f (it was not|you did not|it was you)", body
        )
    assert found.subject
    assert "\n" not in found.subject
    assert "\n\n\n" not in found.text
    nobody = rendered(code, language)
    assert ("\n\n您好：\n" if chinese else "Hello,\n") in "\n\n" + nobody.text
    assert ("安全短语：" if chinese else "Your phrase:") not in written(nobody)
    links = [name for name in MESSAGES[code].keys if "link" in name]
    assert found.text.count(LINK) == len(links)
    assert found.html.count('href="' + LINK.replace("&", "&amp;")) == len(links)
    if "at" in MESSAGES[code].keys:
        assert ("2026年11月25日 08:05（UTC）" if chinese else "25 November 2026, 08:05 UTC") in found.text


class Page(HTMLParser):
    """What an HTML mail is made of."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += attrs


@pytest.mark.parametrize("code", MAILS)
@pytest.mark.parametrize("language", LANGUAGES)
def test_the_html_fetches_nothing_and_runs_nothing(code: str, language: str) -> None:
    page = Page()
    page.feed(rendered(code, language).html)
    assert ("lang", language) in page.attributes
    assert ("content", "light dark") in page.attributes
    assert set(page.tags) <= {"html", "head", "meta", "title", "body", "table", "tr", "td", "p", "div", "a"}
    assert all(name != "src" and not name.startswith("on") for name, _ in page.attributes)
    assert all(value == LINK for name, value in page.attributes if name == "href")
    assert not any("url(" in (value or "") for _, value in page.attributes)


@pytest.mark.parametrize("hostile", HOSTILE)
@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("code", MESSAGES)
def test_what_people_call_themselves_does_nothing(code: str, language: str, hostile: str) -> None:
    plain = rendered(code, language, text="X", name="X", phrase="X")
    found = rendered(code, language, text=hostile, name=hostile, phrase=hostile)
    assert found.subject == plain.subject, "no subject holds anything that people write"
    assert len(found.text.splitlines()) == len(plain.text.splitlines()), "a name is one line"
    assert not re.search("[\x00-\x09\x0b-\x1f\u202a-\u202e\u2066-\u2069\u2028]", written(found))
    ours, theirs = Page(), Page()
    ours.feed(plain.html)
    theirs.feed(found.html)
    assert theirs.tags == ours.tags
    assert theirs.attributes == ours.attributes
    greeting = found.text.splitlines()[0]
    assert "evil.example" not in greeting, "a greeting holds nothing that becomes a link"
    if found.html and "{{ phrase" in hostile:
        assert "{{ phrase }}{% load static %}" in found.text, "template syntax is shown as it is"
    if found.html and "%(name)s" in hostile:
        assert "%(name)s %s {0} ${x}" in found.text


@pytest.mark.parametrize("hostile", HOSTILE)
def test_no_header_can_be_smuggled_in(hostile: str) -> None:
    message = outgoing("mail")
    found = replace(
        message, rendered=rendered("new_device", "en", text=hostile, name=hostile, phrase=hostile)
    )
    mail = letter(found, "OKPay <wallet@example.com>")
    head = bytes(mail).partition(b"\r\n\r\n")[0].decode()
    assert {line.partition(":")[0] for line in head.split("\r\n") if line[0] != " "} == {
        "From", "To", "Subject", "Date", "Message-ID", "Auto-Submitted", "MIME-Version", "Content-Type",
        "Content-Language",
    }  # fmt: skip
    assert bytes(mail) == bytes(letter(found, "OKPay <wallet@example.com>")), "the same bytes each time"
    with pytest.raises(ValueError, match="linefeed"):
        letter(
            replace(found, rendered=replace(found.rendered, subject="a\r\nBcc: x@evil.example")),
            "a@example.com",
        )


@pytest.mark.parametrize("hostile", HOSTILE)
@pytest.mark.parametrize("code", NOTICES)
def test_a_notice_is_two_lines_whatever_it_holds(code: str, hostile: str) -> None:
    words = notice_words(code, packed_sample(NOTICES[code], text=hostile), "en")
    assert len(f"{words.title}\n{words.body}".splitlines()) == 2


@pytest.mark.parametrize("code", SMS)
def test_an_sms_is_one_sms_and_an_invitation_two(code: str) -> None:
    # A link and a deadline do not go into one; the parts of a longer message have room for less each.
    longest, octets = (306, 268) if "invitation" in code else (160, 140)
    english, chinese = rendered(code, "en").text, rendered(code, "zh-Hans").text
    assert len(english) <= longest
    assert set(english) <= GSM
    assert len(chinese.encode("utf-16-be")) <= octets
    assert "OKPay" in english
    assert "OKPay" in chinese
    lengthy = rendered(code, "zh-Hans", text="王小明" * 20).text
    assert len(lengthy.encode("utf-16-be")) <= octets, "a name has an end"


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("reason", [reason for reason in Reason if reason.startswith("card_")])
def test_why_a_card_was_declined_has_words_of_its_own(reason: Reason, language: str, asked: set[str]) -> None:
    def body(code: str) -> str:
        return notice_words("top_up_declined", {"amount": write_money(MONEY), "reason": code}, language).body

    others = [other for other in Reason if other.startswith("card_") and other is not reason]
    assert len(body(reason)) > len(body(""))
    assert body(reason) not in [body(other) for other in others]


def test_a_note_cannot_close_its_quotation() -> None:
    data = {"sender": "Ben", "amount": write_money(MONEY), "note": "Ramen” OKPay: call us " + "x" * 300}
    body = notice_words("transfer_arrived", data, "en").body
    assert body.count("“") == body.count("”") == 1
    assert body.endswith("”")
    assert len(body) < 200


@pytest.mark.parametrize(
    ("language", "amount"), [("en", "$20.00"), ("zh-Hans", "US$20.00")], ids=["en", "zh-Hans"]
)
def test_an_amount_is_written_as_the_language_writes_it(language: str, amount: str) -> None:
    found = rendered("transfer_arrived", language)
    assert all(amount in part for part in (found.subject, found.text, found.html))


def test_an_invitation_by_sms_says_when_the_money_is_test_money(settings: Settings) -> None:
    settings.TRIAL = True
    assert "test money" in rendered("phone_invitation", "en").text
    settings.TRIAL = False
    assert "test money" not in rendered("phone_invitation", "en").text


def test_every_mail_has_templates_and_no_template_is_left_over() -> None:
    folder = Path(room.__path__[0], "templates", "notifications")
    for kind, codes in (
        ("mail/*/body.txt", MAILS),
        ("sms/*/text.txt", SMS),
        ("notices/*/title.txt", NOTICES),
    ):
        assert {path.parent.name for path in folder.glob(kind)} == set(codes)
