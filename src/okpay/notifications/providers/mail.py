"""Mail by SMTP: to a server of the operator, which delivers it to the world. Source: RFC 5321.

SMTP has no question "do you have this one?". So when the answer to the end of a mail is lost, the mail is sent again
with the same Message-ID and the same bytes: servers and mail programs may show it once, but nobody promises it.
"""

from __future__ import annotations

import contextlib
import re
import smtplib
import socket
import ssl
from collections.abc import Iterator
from typing import Any
from urllib.parse import unquote, urlsplit
from uuid import UUID

from okpay.base.patience import Patience, at_most
from okpay.notifications.providers.letter import letter, wire_address
from okpay.notifications.providers.protocol import CALL_SECONDS, STEP_SECONDS, Answer, Outcome, Outgoing

PORTS = {"smtp": 25, "smtps": 465, "smtp+starttls": 587}
_LOGIN_CODES = frozenset({530, 534, 535, 538})
_LEADING_DOT = re.compile(rb"^\.", re.MULTILINE)


class _Said(Exception):
    """The server answered something else than yes."""

    def __init__(self, code: int, refusal: str) -> None:
        super().__init__(code)
        self.code = code
        self.refusal = refusal

    def answer(self) -> Answer:
        if self.code in _LOGIN_CODES:
            # Ours to mend, not the recipient's fault: nobody's mail is lost by a wrong password of the operator.
            return Answer(Outcome.TEMPORARY, "mail_login_failed")
        if 500 <= self.code <= 599:
            return Answer(Outcome.REFUSED, self.refusal)
        return Answer(Outcome.TEMPORARY, "mail_deferred" if 400 <= self.code <= 499 else "mail_garbled")


class _Smtp(smtplib.SMTP):
    """A client whose connection is watched from its first byte."""

    def __init__(self, patience: Patience, tls: ssl.SSLContext | None, *, own_name: str, step: float) -> None:
        super().__init__(local_hostname=own_name, timeout=step)
        self._patience = patience
        self._tls = tls

    def _get_socket(self, host: str, port: int, timeout: float) -> socket.socket:
        # The name that the certificate must have; smtplib forgets it when it connects later.
        self._host = host
        connected = socket.create_connection((host, port), timeout)
        try:
            self._patience.watch(connected)
            return self._tls.wrap_socket(connected, server_hostname=host) if self._tls else connected
        except BaseException:
            connected.close()
            raise


class SmtpMail:
    """The provider of mail."""

    def __init__(
        self, url: str, sender: str, *, step_seconds: float = STEP_SECONDS, call_seconds: float = CALL_SECONDS
    ) -> None:
        parts = urlsplit(url)
        self._scheme, self._host = parts.scheme, parts.hostname or ""
        self._port = parts.port or PORTS[parts.scheme]
        self._user, self._password = unquote(parts.username or ""), unquote(parts.password or "")
        self._sender = sender
        self._step, self._call = step_seconds, call_seconds

    def send(self, outgoing: Outgoing) -> Answer:
        """Hand a mail to the server; see `Provider`."""
        handed_over = False
        try:
            mail = letter(outgoing, self._sender)
            sender = mail["From"].addresses[0]
            content = _on_the_wire(mail.as_bytes())
            with at_most(self._call) as patience, self._connected(patience, sender.domain) as smtp:
                self._sign_in(smtp)
                _expect(smtp.mail(sender.addr_spec), "mail_sender_refused")
                _expect(smtp.rcpt(wire_address(outgoing.recipient)), "mail_recipient_refused")
                _expect(smtp.docmd("DATA"), "mail_content_refused", wanted=354)
                handed_over = True
                smtp.send(content)
                code, _ = smtp.getreply()
                if not 200 <= code <= 599 or 300 <= code <= 399:
                    return Answer(Outcome.UNKNOWN, "answer_lost")
                _expect((code, b""), "mail_content_refused")
            return Answer(Outcome.ACCEPTED)
        except _Said as said:
            return said.answer()
        except UnicodeError:
            return Answer(Outcome.REFUSED, "mail_address_malformed")
        except (OSError, smtplib.SMTPException):
            # Until the mail itself is on its way, a server cannot have accepted it.
            return (
                Answer(Outcome.UNKNOWN, "answer_lost")
                if handed_over
                else Answer(Outcome.TEMPORARY, "mail_unreachable")
            )

    def ask(self, id: UUID) -> Answer:
        """Tell that SMTP cannot be asked: the mail is sent again under its Message-ID."""
        return Answer(Outcome.ABSENT)

    @contextlib.contextmanager
    def _connected(self, patience: Patience, own_name: str) -> Iterator[_Smtp]:
        tls = ssl.create_default_context()
        smtp = _Smtp(patience, tls if self._scheme == "smtps" else None, own_name=own_name, step=self._step)
        try:
            _expect(smtp.connect(self._host, self._port), "mail_unavailable", final=False)
            if self._scheme == "smtp+starttls":
                try:
                    _expect(smtp.starttls(context=tls), "mail_tls_refused", final=False)
                except smtplib.SMTPNotSupportedError:
                    # Never in the clear instead.
                    raise _Said(454, "mail_tls_refused") from None
            smtp.ehlo_or_helo_if_needed()
            yield smtp
            with contextlib.suppress(OSError, smtplib.SMTPException):
                smtp.quit()
        finally:
            smtp.close()

    def _sign_in(self, smtp: _Smtp) -> None:
        if not self._user:
            return
        try:
            smtp.login(self._user, self._password)
        except smtplib.SMTPServerDisconnected:
            raise
        except smtplib.SMTPException:
            raise _Said(535, "mail_login_failed") from None


def _expect(reply: tuple[int, Any], refusal: str, *, wanted: int = 250, final: bool = True) -> None:
    code = reply[0]
    # 251 and 252 are other ways to say yes, 220 is how a server greets.
    if code == wanted or (wanted == 250 and 200 <= code <= 299):
        return
    # What the server says of itself, before it has heard of the mail, is no refusal of the mail.
    raise _Said(code if final else min(code, 454), refusal)


def _on_the_wire(mail: bytes) -> bytes:
    """Return the bytes with which a mail follows DATA: leading dots doubled, and the dot that ends it."""
    return _LEADING_DOT.sub(b"..", mail.rstrip(b"\r\n")) + b"\r\n.\r\n"
