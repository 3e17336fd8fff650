"""A mail server and an SMS provider to be told to fail: real ones, on a port of this machine."""

from __future__ import annotations

import asyncio
import json
import ssl
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, Session

KEY = "sms-key"
USER, PASSWORD = "okpay", "p@ss word"


@dataclass(frozen=True)
class Received:
    """What arrived: under which name, for whom, and its bytes."""

    reference: str
    to: str
    content: bytes


class Server:
    """What both have in common. `behave` is how the next calls go; `on_arrival` runs when something arrives."""

    url: str

    def __init__(self) -> None:
        self.behave = "well"
        self.received: list[Received] = []
        self.on_arrival: Callable[[], None] = lambda: None

    def take(self, reference: str, to: str, content: bytes) -> None:
        """Keep what arrived."""
        self.received.append(Received(reference, to, content))
        self.on_arrival()


class MailServer(Server):
    """SMTP by aiosmtpd. `slow`, `lost`, `garbage` and `trickle` begin after the whole mail was taken."""

    def __init__(
        self,
        *,
        certificate: ssl.SSLContext | None = None,
        starttls: ssl.SSLContext | None = None,
        login: bool = False,
    ) -> None:
        super().__init__()
        self._login = login
        self._starttls = starttls
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever)
        self._thread.start()
        listening = self._loop.create_server(self._session, "127.0.0.1", 0, ssl=certificate)
        self._server = asyncio.run_coroutine_threadsafe(listening, self._loop).result(10)
        port = self._server.sockets[0].getsockname()[1]
        scheme = "smtps" if certificate else "smtp+starttls" if starttls else "smtp"
        self.url = f"{scheme}://{'127.0.0.1' if scheme == 'smtp' else 'localhost'}:{port}"

    def _session(self) -> SMTP:
        return SMTP(
            self, hostname="localhost", loop=self._loop, tls_context=self._starttls, enable_SMTPUTF8=True,
            auth_required=self._login, auth_require_tls=False,
            authenticator=self._authenticate if self._login else None,
        )  # fmt: skip

    def stop(self) -> None:
        """Stop listening, and end what is still talked about."""
        asyncio.run_coroutine_threadsafe(self._end(), self._loop).result(10)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    async def _end(self) -> None:
        self._server.close()
        others = asyncio.all_tasks() - {asyncio.current_task()}
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)
        await asyncio.sleep(0)

    def _authenticate(
        self, server: SMTP, session: Session, envelope: Envelope, mechanism: str, auth: Any
    ) -> AuthResult:
        return AuthResult(success=(auth.login, auth.password) == (USER.encode(), PASSWORD.encode()))

    async def handle_RCPT(  # noqa: N802 - aiosmtpd's name
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if self.behave in ("refuse", "defer"):
            return (
                "550 5.1.1 nobody@example.com is not here" if self.behave == "refuse" else "451 4.3.0 later"
            )
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        content = envelope.content
        assert isinstance(content, bytes)
        name = next(line for line in content.splitlines() if line.lower().startswith(b"message-id:"))
        self.take(name.decode().partition(" ")[2], envelope.rcpt_tos[0], content)
        transport: Any = server.transport
        match self.behave:
            case "slow":
                await asyncio.sleep(2)
            case "lost":
                transport.abort()
            case "garbage":
                return "what do you mean"
            case "trickle":
                for _ in range(100):
                    transport.write(b".")
                    await asyncio.sleep(0.1)
            case "reject":
                return "554 5.7.1 this looks like spam"
        return "250 OK"


class SmsServer(Server):
    """The JSON shape of docs/operate/messages.md."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[str] = []
        self.answer_with = 0
        self.status = "accepted"
        server = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                server.post(self)

            def do_GET(self) -> None:
                server.get(self)

            def log_message(self, *_: object) -> None:
                pass

        self._http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._http.daemon_threads = True
        self._thread = threading.Thread(target=self._http.serve_forever, kwargs={"poll_interval": 0.02})
        self._thread.start()
        self.url = f"http://127.0.0.1:{self._http.server_address[1]}/sms/v1/messages"

    def stop(self) -> None:
        """Stop listening."""
        self._http.shutdown()
        self._http.server_close()
        self._thread.join()

    def get(self, call: BaseHTTPRequestHandler) -> None:
        """Answer the question for a reference."""
        (reference,) = parse_qs(urlsplit(call.path).query)["reference"]
        self.asked.append(reference)
        known = any(message.reference == reference for message in self.received)
        if self.behave in ("slow", "garbage", "lost"):
            self._fail(call)
        else:
            _reply(call, *((200, {"id": reference, "status": self.status}) if known else (404, {})))

    def post(self, call: BaseHTTPRequestHandler) -> None:
        """Take a message."""
        body = call.rfile.read(int(call.headers["Content-Length"]))
        if call.headers["Authorization"] != f"Bearer {KEY}":
            return _reply(call, 401, {})
        if self.behave in ("refuse", "defer"):
            return _reply(
                call, 422 if self.behave == "refuse" else 503, {"text": "+12025550123 is no number"}
            )
        if self.answer_with:
            return _reply(call, self.answer_with, {})
        message = json.loads(body)
        same = [old for old in self.received if old.reference == message["reference"]]
        if same and same[0].content != body:
            return _reply(call, 409, {})
        if not same:
            self.take(message["reference"], message["to"], body)
        if self.behave in ("slow", "lost", "garbage", "trickle"):
            return self._fail(call)
        return _reply(call, 202, {"id": message["reference"], "status": "accepted"})

    def _fail(self, call: BaseHTTPRequestHandler) -> None:
        call.close_connection = True
        try:
            if self.behave == "slow":
                time.sleep(2)
            elif self.behave == "garbage":
                call.wfile.write(b"HTTP/1.1 202 Accepted\r\nContent-Length: 9\r\n\r\n<html>no!")
            elif self.behave == "trickle":
                for letter in b"HTTP/1.1 202 Accepted" + b" " * 80:
                    call.wfile.write(bytes([letter]))
                    time.sleep(0.1)
        except OSError:
            pass


def _reply(call: BaseHTTPRequestHandler, status: int, content: dict[str, str]) -> None:
    body = json.dumps(content).encode()
    call.send_response(status)
    call.send_header("Content-Type", "application/json")
    call.send_header("Content-Length", str(len(body)))
    if 300 <= status <= 399:
        call.send_header("Location", "http://127.0.0.1:1/elsewhere")
    call.end_headers()
    call.wfile.write(body)
