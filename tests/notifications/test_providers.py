"""What every provider of a channel must do, against a real server that is told to misbehave."""

from __future__ import annotations

import email
import email.policy
import json
import socket
import ssl
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from urllib.parse import quote

import pytest

from okpay.notifications.providers.mail import SmtpMail
from okpay.notifications.providers.protocol import Answer, Outcome, Provider
from okpay.notifications.providers.sms import HttpSms
from tests.notifications.samples import outgoing
from tests.notifications.servers import KEY, PASSWORD, USER, MailServer, Server, SmsServer

SENDER = "OKPay <wallet@example.com>"
STEP_SECONDS, CALL_SECONDS = 0.5, 1.0


def mail_by(url: str) -> SmtpMail:
    return SmtpMail(url, SENDER, step_seconds=STEP_SECONDS, call_seconds=CALL_SECONDS)


def sms_by(url: str, key: str = KEY) -> HttpSms:
    return HttpSms(url, key, step_seconds=STEP_SECONDS, call_seconds=CALL_SECONDS)


@pytest.fixture(params=["mail", "sms"])
def channel(request: pytest.FixtureRequest) -> str:
    name: str = request.param
    return name


@pytest.fixture
def server(channel: str, request: pytest.FixtureRequest) -> Server:
    found: Server = request.getfixturevalue(f"{channel}_server")
    return found


@pytest.fixture
def provider(channel: str, server: Server) -> Provider:
    return mail_by(server.url) if channel == "mail" else sms_by(server.url)


def test_a_message_arrives_whole(channel: str, server: Server, provider: Provider) -> None:
    message = outgoing(channel)
    assert provider.send(message) == Answer(Outcome.ACCEPTED)
    (arrived,) = server.received
    assert str(message.id) in arrived.reference
    assert arrived.to == message.recipient


def test_a_refusal_is_definite(channel: str, server: Server, provider: Provider) -> None:
    server.behave = "refuse"
    answer = provider.send(outgoing(channel))
    assert answer.outcome is Outcome.REFUSED
    assert answer.error in ("mail_recipient_refused", "sms_refused"), "a code, not what the server said"
    assert server.received == []


def test_later_means_later(channel: str, server: Server, provider: Provider) -> None:
    server.behave = "defer"
    assert provider.send(outgoing(channel)).outcome is Outcome.TEMPORARY
    assert server.received == []


def test_where_nobody_listens_nothing_was_sent(channel: str) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
        provider = (
            mail_by(f"smtp://127.0.0.1:{port}") if channel == "mail" else sms_by(f"http://127.0.0.1:{port}/")
        )
        assert provider.send(outgoing(channel)).outcome is Outcome.TEMPORARY


@pytest.mark.parametrize("behave", ["slow", "lost", "garbage", "trickle"])
def test_no_answer_is_unknown_and_in_time(
    channel: str, server: Server, provider: Provider, behave: str
) -> None:
    server.behave = behave
    started = time.monotonic()
    answer = provider.send(outgoing(channel))
    assert time.monotonic() - started < CALL_SECONDS + STEP_SECONDS
    assert answer.outcome is Outcome.UNKNOWN
    assert len(server.received) == 1, "it had arrived all the same"


def test_what_is_sent_again_can_be_known_again(channel: str, server: Server, provider: Provider) -> None:
    message = outgoing(channel)
    server.behave = "lost"
    provider.send(message)
    server.behave = "well"
    assert provider.send(message).outcome is Outcome.ACCEPTED
    assert len(set(server.received)) == 1, "the same name and the same bytes"


@pytest.mark.filterwarnings("ignore:Requiring AUTH while not requiring TLS")
def test_wrong_credentials_refuse_nobody(channel: str) -> None:
    # The operator's mistake: a message that waits until it is mended is better than one that is lost.
    server: MailServer | SmsServer = MailServer(login=True) if channel == "mail" else SmsServer()
    try:
        if isinstance(server, MailServer):
            wrong: Provider = mail_by(server.url.replace("//", "//okpay:wrong@"))
            right: Provider = mail_by(server.url.replace("//", f"//{USER}:{quote(PASSWORD)}@"))
            nobody = mail_by(server.url).send(outgoing(channel))
            assert nobody == Answer(Outcome.TEMPORARY, "mail_login_failed")
        else:
            wrong, right = sms_by(server.url, "wrong"), sms_by(server.url)
        assert wrong.send(outgoing(channel)).outcome is Outcome.TEMPORARY
        assert server.received == []
        assert right.send(outgoing(channel)).outcome is Outcome.ACCEPTED
    finally:
        server.stop()


def test_nothing_shows_the_recipient(channel: str) -> None:
    message = outgoing(channel)
    assert message.recipient not in repr(message)
    assert "480215" not in repr(message)


def test_a_lost_sms_is_asked_for(sms_server: SmsServer) -> None:
    provider, message = sms_by(sms_server.url), outgoing("sms")
    assert provider.ask(message.id) == Answer(Outcome.ABSENT)
    sms_server.behave = "lost"
    provider.send(message)
    assert provider.ask(message.id).outcome is Outcome.UNKNOWN, "the answer to the question was lost too"
    sms_server.behave = "well"
    assert provider.ask(message.id) == Answer(Outcome.ACCEPTED)
    sms_server.status = "failed"
    assert provider.ask(message.id) == Answer(Outcome.REFUSED, "sms_failed")


def test_an_sms_has_the_shape_of_the_page(sms_server: SmsServer) -> None:
    message = outgoing("sms")
    sms_by(sms_server.url).send(message)
    sent = json.loads(sms_server.received[0].content)
    assert sent == {"to": "+12025550123", "text": message.rendered.text, "reference": str(message.id)}
    other = replace(message, recipient="+12025550124")
    assert sms_by(sms_server.url).send(other) == Answer(Outcome.REFUSED, "sms_reference_taken")


@pytest.mark.parametrize(
    ("status", "outcome"),
    [
        (400, Outcome.REFUSED),
        (403, Outcome.TEMPORARY),
        (404, Outcome.TEMPORARY),
        (429, Outcome.TEMPORARY),
        (302, Outcome.TEMPORARY),
        (307, Outcome.TEMPORARY),
        (500, Outcome.UNKNOWN),
        (502, Outcome.UNKNOWN),
        (200, Outcome.UNKNOWN),
    ],
)
def test_what_a_status_means(sms_server: SmsServer, status: int, outcome: Outcome) -> None:
    sms_server.answer_with = status
    assert sms_by(sms_server.url).send(outgoing("sms")).outcome is outcome
    assert sms_server.received == [], "and no redirect is followed"


def test_mail_cannot_be_asked_for(mail_server: MailServer) -> None:
    assert mail_by(mail_server.url).ask(outgoing("mail").id) == Answer(Outcome.ABSENT)


def test_a_mail_is_whole_and_well_formed(mail_server: MailServer) -> None:
    message = outgoing("mail")
    dots = replace(message.rendered, text=".\n..\n.leading\nlast\n.\n")
    mail_by(mail_server.url).send(replace(message, rendered=dots))
    mail = email.message_from_bytes(mail_server.received[0].content, policy=email.policy.default)
    assert mail["Message-ID"] == f"<{message.id}@example.com>"
    assert mail["From"] == SENDER
    assert mail["To"] == message.recipient
    assert mail["Subject"] == "Your password was changed"
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail["Content-Language"] == "en"
    assert mail["Date"].datetime == message.created_at
    text, html = mail.get_body(("plain",)), mail.get_body(("html",))
    assert text is not None
    assert text.get_content().splitlines() == [".", "..", ".leading", "last", "."]
    assert html is not None
    assert html.get_content().splitlines() == message.rendered.html.splitlines()


def test_a_rejected_content_is_a_refusal(mail_server: MailServer) -> None:
    mail_server.behave = "reject"
    answer = mail_by(mail_server.url).send(outgoing("mail"))
    assert answer == Answer(Outcome.REFUSED, "mail_content_refused")


def test_an_address_in_another_script(mail_server: MailServer) -> None:
    message = replace(outgoing("mail"), recipient="anna@例子.example")
    assert mail_by(mail_server.url).send(message).outcome is Outcome.ACCEPTED
    assert mail_server.received[0].to == "anna@xn--fsqu00a.example"


Certificate = tuple[Path, Callable[[], ssl.SSLContext]]


@pytest.mark.parametrize("way", ["smtps", "starttls"])
def test_mail_over_tls_checks_the_certificate(
    way: str, certificate: Certificate, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, context = certificate
    server = MailServer(certificate=context()) if way == "smtps" else MailServer(starttls=context())
    try:
        stranger = mail_by(server.url).send(outgoing("mail"))
        assert stranger == Answer(Outcome.TEMPORARY, "mail_unreachable")
        assert server.received == []
        monkeypatch.setenv("SSL_CERT_FILE", str(path))
        assert mail_by(server.url).send(outgoing("mail")) == Answer(Outcome.ACCEPTED)
    finally:
        server.stop()


def test_without_starttls_nothing_is_sent_in_the_clear(mail_server: MailServer) -> None:
    answer = mail_by(mail_server.url.replace("smtp://", "smtp+starttls://")).send(outgoing("mail"))
    assert answer.outcome is Outcome.TEMPORARY
    assert mail_server.received == []


@pytest.mark.parametrize(
    ("greeting", "outcome"),
    [
        (b"554 no\r\n", Outcome.TEMPORARY),
        (b"hello?\r\n", Outcome.TEMPORARY),
        (b"220-" + b"x" * 20_000 + b"\r\n", Outcome.TEMPORARY),
        (b"", Outcome.TEMPORARY),
    ],
)
def test_a_server_that_does_not_greet_refuses_nobody(greeting: bytes, outcome: Outcome) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(5)
        port = listener.getsockname()[1]

        def greet() -> None:
            caller, _ = listener.accept()
            with caller:
                caller.sendall(greeting)
                time.sleep(0.2)

        thread = threading.Thread(target=greet)
        thread.start()
        assert mail_by(f"smtp://127.0.0.1:{port}").send(outgoing("mail")).outcome is outcome
        thread.join()
