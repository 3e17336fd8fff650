"""The mail server, as smtplib meets it."""

from __future__ import annotations

import smtplib
import socket
import time

import pytest

from tests.okpay_sandbox.running import Running, mail

ANNA = "anna@example.com"


def test_mail_for_anybody_arrives_with_both_parts(sandbox: Running) -> None:
    sandbox.send_mail(
        f"Anna Álvarez <{ANNA}>",
        "请确认您的邮箱 – confirm, 482915",
        "您好 Anna,\nhttps://wallet.example.com/verify?a=1&b=2\n",
        "<p>您好 <b>Anna</b></p>",
    )
    (message,) = sandbox.messages(ANNA)
    assert message["subject"] == "请确认您的邮箱 – confirm, 482915"
    assert message["text"].startswith("您好 Anna,\n")
    assert message["html"].strip() == "<p>您好 <b>Anna</b></p>"
    assert message["sender"] == "OKPay <no-reply@wallet.example.com>"
    assert message["codes"] == ["482915"]
    assert message["links"] == ["https://wallet.example.com/verify?a=1&b=2"]


def test_the_envelope_decides_who_receives(sandbox: Running) -> None:
    with sandbox.smtp() as server:
        server.send_message(
            mail("undisclosed@example.com", "For two", "Hello"),
            to_addrs=["Ben@Example.com", "carol@example.com"],
        )
    assert len(sandbox.messages("ben@example.com")) == 1
    assert len(sandbox.messages("carol@example.com")) == 1
    assert sandbox.messages("undisclosed@example.com") == []


def test_an_address_in_chinese_is_taken(sandbox: Running) -> None:
    with sandbox.smtp() as server:
        server.sendmail(
            "a@example.com", "小明@example.com", "Subject: =?utf-8?b?5L2g5aW9?=\r\n\r\nHi", ["SMTPUTF8"]
        )
    assert sandbox.messages("小明@example.com")[0]["subject"] == "你好"


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"no headers at all",
        b"Content-Type: multipart/alternative\r\n\r\nnothing inside",
        b"Content-Type: text/plain; charset=klingon\r\n\r\nna\xefve",
        b"Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n\r\n%%%",
        b"From: <>\r\nTo: @@,,;\r\nSubject: =?utf-8?q?=FF?=\r\n\r\n\x00\x1b[31m",
        b"Subject: \xff\xfe\r\nDate: never\r\nContent-Disposition: attachment; filename*=utf-8''%00\r\n\r\n\xff",
        b"To: =?utf-8?B?" + b"A" * 900 + b"?= <a@b>\r\n\r\nx",
    ],
)  # fmt: skip
def test_what_hardly_is_mail_arrives_all_the_same(sandbox: Running, content: bytes) -> None:
    with sandbox.smtp() as server:
        server.sendmail("a@example.com", [ANNA], content)
    (message,) = sandbox.messages(ANNA)
    assert "\x00" not in message["text"]
    assert "<h1" in sandbox.person_page(ANNA)


def test_line_ends_in_headers_inject_nothing(sandbox: Running) -> None:
    content = (
        b"To: =?utf-8?q?Anna=0D=0ABcc=3A_evil=40example=2Ecom?= <anna@example.com>\r\n"
        b"Subject: =?utf-8?q?Hello=0D=0ABcc=3A_evil=40example=2Ecom=0D=0A=0D=0AEvil_body?=\r\n"
        b"Bcc: evil@example.com\r\n\r\nBody"
    )
    with sandbox.smtp() as server:
        server.sendmail("a@example.com", [ANNA], content)
    assert sandbox.messages("evil@example.com") == []
    (message,) = sandbox.messages(ANNA)
    assert message["subject"] == "Hello Bcc: evil@example.com Evil body"
    assert message["text"].strip() == "Body"


def test_mail_of_more_than_ten_megabytes_is_refused(sandbox: Running) -> None:
    huge = mail(ANNA, "Huge", "a line of text\n" * 750_000)
    with sandbox.smtp() as server:
        with pytest.raises(smtplib.SMTPSenderRefused) as announced:
            server.send_message(huge)
        assert announced.value.smtp_code == 552
        assert b"exceeds" in announced.value.smtp_error
    with sandbox.smtp() as server:
        # A client that does not say before how much comes.
        server.ehlo_or_helo_if_needed()
        server.esmtp_features.pop("size")
        with pytest.raises(smtplib.SMTPDataError) as sent:
            server.send_message(huge)
        assert sent.value.smtp_code == 552
        server.send_message(mail(ANNA, "Small", "after it"))
    assert [message["subject"] for message in sandbox.messages(ANNA)] == ["Small"]


def test_a_long_mail_is_kept_in_part(sandbox: Running) -> None:
    sandbox.send_mail(ANNA, "Long", "a line of text\n" * 50_000)
    (message,) = sandbox.messages(ANNA)
    assert len(message["text"]) == 200_000


def test_refused_mail_is_answered_with_550_and_noted(sandbox: Running) -> None:
    sandbox.set_switches(mail={"mode": "refuses"})
    with pytest.raises(smtplib.SMTPRecipientsRefused) as refused:
        sandbox.send_mail(ANNA, "Refused", "text")
    assert refused.value.recipients[ANNA][0] == 550
    assert sandbox.messages(ANNA) == []
    assert "refused" in sandbox.ask("/failures").text


def test_lost_mail_is_accepted_noted_and_not_shown(sandbox: Running) -> None:
    sandbox.set_switches(mail={"mode": "loses"})
    sandbox.send_mail(ANNA, "Secret subject", "text")
    assert sandbox.messages(ANNA) == []
    page = sandbox.ask("/failures").text
    assert ANNA in page
    assert "lost" in page
    assert "Secret subject" not in page


def test_with_the_answer_lost_mail_arrives_and_the_connection_breaks(sandbox: Running) -> None:
    sandbox.set_switches(mail={"mode": "answer_lost"})
    with pytest.raises((smtplib.SMTPServerDisconnected, ConnectionResetError)):
        sandbox.send_mail(ANNA, "Arrived", "text")
    assert [message["subject"] for message in sandbox.messages(ANNA)] == ["Arrived"]


def test_slow_mail_waits_and_pages_do_not(sandbox: Running) -> None:
    sandbox.set_switches(mail={"mode": "slow", "seconds": 0.6})
    started = time.monotonic()
    with sandbox.smtp() as server:
        server.sendmail("a@example.com", [ANNA], "Subject: Slow\r\n\r\nHi")
        assert 0.6 <= time.monotonic() - started < 5
    assert len(sandbox.messages(ANNA)) == 1


def test_a_client_that_goes_away_does_no_harm(sandbox: Running) -> None:
    with socket.create_connection(("127.0.0.1", sandbox.smtp_port)) as rude:
        rude.recv(100)
        rude.sendall(
            b"EHLO x\r\nMAIL FROM:<a@example.com>\r\nRCPT TO:<anna@example.com>\r\nDATA\r\nSubject: half"
        )
    sandbox.send_mail(ANNA, "Whole", "text")
    assert [message["subject"] for message in sandbox.messages(ANNA)] == ["Whole"]
