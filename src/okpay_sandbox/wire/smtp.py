"""A mail server that takes mail for anybody and sends none on. Source: RFC 5321."""

from __future__ import annotations

import asyncio
import logging
import socket
from datetime import UTC, datetime

from aiosmtpd.smtp import SMTP, Envelope, Session

from okpay_sandbox.inbox.letters import read_letter
from okpay_sandbox.inbox.records import Channel, Incident, Mode
from okpay_sandbox.inbox.store import Inbox
from okpay_sandbox.switches import Switches

_log = logging.getLogger(__name__)

MOST_BYTES = 10 * 1024 * 1024
MOST_RECIPIENTS = 100
REFUSED = "550 5.7.1 Refused: a failure switch of the sandbox says so"


class Postman:
    """Puts what arrives into the inbox, or fails as the switch says."""

    def __init__(self, inbox: Inbox, switches: Switches) -> None:
        self._inbox = inbox
        self._switches = switches

    async def handle_RCPT(  # noqa: N802 - aiosmtpd's name
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        """Accept a recipient."""
        if self._switches.of(Channel.MAIL).mode is Mode.REFUSES:
            self._note(Mode.REFUSES, [address])
            return REFUSED
        if len(envelope.rcpt_tos) >= MOST_RECIPIENTS:
            return "452 4.5.3 Too many recipients"
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 OK"

    async def handle_DATA(  # noqa: N802 - aiosmtpd's name
        self, server: SMTP, session: Session, envelope: Envelope
    ) -> str:
        """Accept a mail."""
        switch = self._switches.of(Channel.MAIL)
        content, recipients = envelope.content, list(envelope.rcpt_tos)
        assert isinstance(content, bytes)
        if switch.mode is Mode.REFUSES:
            self._note(switch.mode, recipients)
            return REFUSED
        await asyncio.sleep(switch.delay)
        if switch.mode is Mode.LOSES:
            self._note(switch.mode, recipients)
            return "250 2.0.0 Accepted"
        # A mail of ten megabytes takes a while to read, and pages are served meanwhile.
        messages = await asyncio.to_thread(read_letter, content, recipients, datetime.now(UTC))
        self._inbox.add(messages)
        if switch.mode is Mode.ANSWER_LOST:
            self._note(switch.mode, recipients)
            assert isinstance(server.transport, asyncio.Transport)
            server.transport.abort()
            # What aiosmtpd expects when the connection is gone.
            raise asyncio.CancelledError
        return "250 2.0.0 Accepted"

    async def handle_exception(self, error: Exception) -> str:
        """Answer what should not have happened; the log has its type and not its text, which quotes mail."""
        _log.error("a mail could not be taken: %s", type(error).__qualname__)
        return "451 4.3.0 The sandbox could not read this"

    def _note(self, mode: Mode, recipients: list[str]) -> None:
        for recipient in recipients:
            self._inbox.note(Incident(datetime.now(UTC), Channel.MAIL, mode, recipient.lower()))


async def serve_mail(listener: socket.socket, inbox: Inbox, switches: Switches) -> asyncio.Server:
    """Serve mail on a bound socket until the server is closed."""
    loop = asyncio.get_running_loop()
    # At its usual level it logs who writes to whom.
    logging.getLogger("mail.log").setLevel(logging.CRITICAL)

    def protocol() -> SMTP:
        return SMTP(
            Postman(inbox, switches),
            data_size_limit=MOST_BYTES,
            enable_SMTPUTF8=True,
            # Named, because asking the system for its own name can take seconds.
            hostname="sandbox.example",
            ident="OKPay sandbox",
            loop=loop,
        )

    return await loop.create_server(protocol, sock=listener)
