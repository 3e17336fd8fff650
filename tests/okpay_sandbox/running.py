"""A sandbox in a process of its own, spoken to over real sockets."""

from __future__ import annotations

import http.client
import json
import os
import smtplib
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from email.message import EmailMessage
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

ROOT = Path(__file__).resolve().parents[2]
KEY = "a-key-for-tests"
ACQUIRER_KEY = "sk_test_for_tests"
WEBHOOK_SECRET = "whsec_for_tests"
SENDER = "OKPay <no-reply@wallet.example.com>"


@dataclass
class Answer:
    """What was answered over HTTP."""

    status: int
    headers: http.client.HTTPMessage
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode()

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass
class Running:
    """A running sandbox."""

    process: subprocess.Popen[str]
    port: int
    smtp_port: int
    is_killed: bool = False

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def kill(self) -> None:
        """Kill it, as a machine that loses power does."""
        self.is_killed = True
        self.process.kill()
        self.process.wait()

    def ask(self, path: str, method: str = "GET", body: bytes = b"", /, **headers: str) -> Answer:
        """Ask over HTTP; names of headers are written with an underscore."""
        return self._ask(path, method, body, 10, headers)

    def _ask(self, path: str, method: str, body: bytes, timeout: float, headers: dict[str, str]) -> Answer:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=timeout)
        try:
            sent = {name.replace("_", "-"): value for name, value in headers.items()}
            connection.request(method, path, body or None, sent)
            answer = connection.getresponse()
            return Answer(answer.status, answer.headers, answer.read())
        finally:
            connection.close()

    def post_form(self, path: str, fields: dict[str, str], **headers: str) -> Answer:
        """Send a form."""
        return self.ask(path, "POST", urlencode(fields).encode(), **headers)

    def send_sms(
        self, to: object, text: object, reference: object, key: str = KEY, timeout: float = 10
    ) -> Answer:
        """Hand a text message to the gateway."""
        body = json.dumps({"to": to, "text": text, "reference": reference}).encode()
        return self._ask("/sms/v1/messages", "POST", body, timeout, {"Authorization": f"Bearer {key}"})

    def ask_gateway(self, path: str) -> Answer:
        """Ask the gateway what became of a message."""
        return self.ask(f"/sms/v1/messages{path}", Authorization=f"Bearer {KEY}")

    def set_switches(self, **switches: Mapping[str, object]) -> Answer:
        """Set failure switches."""
        return self.ask("/control/v1/switches", "PUT", json.dumps(switches).encode())

    def messages(self, person: str) -> list[dict[str, Any]]:
        """Return what a person received, as the control tells it."""
        found = self.ask(f"/control/v1/messages?person={quote(person)}").json["messages"]
        return list(found)

    def person_page(self, person: str, **headers: str) -> str:
        """Return a person's page."""
        return self.ask(f"/people/{quote(person)}", **headers).text

    def smtp(self) -> smtplib.SMTP:
        """Connect to the mail server."""
        return smtplib.SMTP("127.0.0.1", self.smtp_port, timeout=10)

    def send_mail(self, to: str, subject: str, text: str, html: str = "") -> None:
        """Send a mail as the wallet does."""
        with self.smtp() as server:
            server.send_message(mail(to, subject, text, html))


def mail(to: str, subject: str, text: str, html: str = "") -> EmailMessage:
    """Return a mail, with an HTML part when there is one."""
    letter = EmailMessage()
    letter["From"] = SENDER
    letter["To"] = to
    letter["Subject"] = subject
    letter.set_content(text)
    if html:
        letter.add_alternative(html, subtype="html")
    return letter


def start(data: Path, *arguments: str, lacking: str = "") -> subprocess.Popen[str]:
    """Start a sandbox with free ports; a warning of Python is an error, as in these tests."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("OKPAY_")}
    environment |= {
        "PYTHONPATH": str(ROOT / "src"), "OKPAY_SMS_KEY": KEY, "OKPAY_ACQUIRER_KEY": ACQUIRER_KEY,
        "OKPAY_ACQUIRER_WEBHOOK_SECRET": WEBHOOK_SECRET,
    }  # fmt: skip
    environment.pop(lacking, None)
    command = [sys.executable, "-W", "error", "-m", "okpay_sandbox", "--port", "0", "--smtp-port", "0"]
    return subprocess.Popen(
        [*command, "--data", str(data), *arguments],
        env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip


@contextmanager
def running(data: Path, *arguments: str) -> Iterator[Running]:
    """Run the body with a sandbox, and end it by closing its standard input."""
    process = start(data, *arguments)
    assert process.stdout is not None
    line = process.stdout.readline()
    found = None
    try:
        if not line:
            raise AssertionError(process.communicate()[1])
        ports = json.loads(line)
        found = Running(process, ports["http"], ports["smtp"])
        yield found
    finally:
        _, complaints = process.communicate(timeout=20)
    assert process.returncode == 0 or (found and found.is_killed), complaints
    assert complaints == ""
