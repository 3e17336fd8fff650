"""Make the bytes of a mail: the same ones, however often the same delivery is sent."""

from __future__ import annotations

import email.policy
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime, parseaddr

from okpay.notifications.providers.protocol import Outgoing


def message_id(outgoing: Outgoing, sender: str) -> str:
    """Return the Message-ID of a delivery: a receiver that gets it twice can know it again. Source: RFC 5322."""
    return f"<{outgoing.id}@{parseaddr(sender)[1].rpartition('@')[2]}>"


def letter(outgoing: Outgoing, sender: str) -> EmailMessage:
    """Return the mail of a delivery, in text and HTML."""
    rendered = outgoing.rendered
    mail = EmailMessage(policy=email.policy.SMTP)
    name, address = parseaddr(sender)
    mail["From"] = Address(name, addr_spec=address)
    mail["To"] = Address(addr_spec=wire_address(outgoing.recipient))
    mail["Subject"] = rendered.subject
    mail["Date"] = format_datetime(outgoing.created_at)
    mail["Message-ID"] = message_id(outgoing, sender)
    # No answer by a machine that is on holiday. Source: RFC 3834.
    mail["Auto-Submitted"] = "auto-generated"
    mail.set_content(rendered.text, cte=_encoding(rendered.text))
    mail.add_alternative(rendered.html, subtype="html", cte=_encoding(rendered.html))
    # Last, since making it two parts moves what is said of the content into the first of them.
    mail["Content-Language"] = rendered.language
    # Left alone, it is drawn at random each time.
    mail.set_boundary(f"=_{outgoing.id.hex}")
    return mail


def wire_address(address: str) -> str:
    """Return an address with its domain in the form that every server knows. Source: RFC 5891."""
    local, _, domain = address.rpartition("@")
    return f"{local}@{domain if domain.isascii() else domain.encode('idna').decode()}"


def _encoding(text: str) -> str:
    return "quoted-printable" if text.isascii() else "base64"
