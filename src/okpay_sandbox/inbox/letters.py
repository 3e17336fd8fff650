"""Reading mail as it comes over the wire. Source: RFC 5322, RFC 2045 to 2047."""

from __future__ import annotations

import contextlib
from datetime import datetime
from email import policy
from email.headerregistry import Address
from email.message import EmailMessage
from email.parser import BytesParser
from uuid import uuid4

from okpay_sandbox.inbox.plain import plain_text
from okpay_sandbox.inbox.records import Channel, Message
from okpay_sandbox.inbox.texts import clean, one_line

MOST_CHARACTERS = 200_000
"""Of the text and of the HTML of one mail; the rest of it is not kept."""
MOST_ATTACHMENTS = 20
LONGEST_LINE = 500


def read_letter(content: bytes, recipients: list[str], now: datetime) -> list[Message]:
    """Return one message for each recipient of the envelope; what the headers say decides nothing.

    Args:
        content: The mail as it was sent.
        recipients: Where the envelope sends it, copies that the headers do not name included.
        now: When it arrived.
    """
    letter = BytesParser(policy=policy.default).parsebytes(content)
    assert isinstance(letter, EmailMessage)
    html = _body(letter, "html")
    names = {address.addr_spec.lower(): address.display_name for address in _addresses(letter, "to", "cc")}
    sender = next((_shown(address) for address in _addresses(letter, "from")), _header(letter, "from"))
    people = dict.fromkeys(one_line(recipient).lower() for recipient in recipients)
    return [
        Message(
            id=uuid4().hex,
            channel=Channel.MAIL,
            at=now,
            person=person,
            text=_body(letter, "plain") or plain_text(html),
            subject=_header(letter, "subject"),
            sender=sender,
            name=one_line(names.get(person, ""))[:LONGEST_LINE],
            html=html,
            attachments=_attachments(letter),
        )
        for person in people
    ]


def _body(letter: EmailMessage, kind: str) -> str:
    try:
        part = letter.get_body((kind,))
    except (AttributeError, ValueError):
        # What calls itself multipart and holds no parts.
        part = None
    if part is None:
        return ""
    try:
        content = part.get_content()
    except (LookupError, ValueError):
        # An unknown character set or encoding: what can be read of it is better than nothing.
        payload = part.get_payload(decode=True)
        content = payload.decode("utf-8", "replace") if isinstance(payload, bytes) else ""
    return clean(content if isinstance(content, str) else "")[:MOST_CHARACTERS]


def _header(letter: EmailMessage, name: str) -> str:
    try:
        value = str(letter.get(name, ""))
    except Exception:
        # The standard library's parser of headers fails in many ways on what nobody should send.
        value = next((str(raw) for key, raw in letter.raw_items() if key.lower() == name), "")
    return one_line(value)[:LONGEST_LINE]


def _addresses(letter: EmailMessage, *names: str) -> list[Address]:
    found: list[Address] = []
    # As above: what cannot be read has no names that we could show.
    with contextlib.suppress(Exception):
        for name in names:
            found += [address for header in letter.get_all(name, []) for address in header.addresses]
    return found


def _shown(address: Address) -> str:
    name, where = one_line(address.display_name), one_line(address.addr_spec)
    return (f"{name} <{where}>" if name else where)[:LONGEST_LINE]


def _attachments(letter: EmailMessage) -> tuple[str, ...]:
    try:
        parts = list(letter.iter_attachments())[:MOST_ATTACHMENTS]
        names = [one_line(part.get_filename() or part.get_content_type()) for part in parts]
    except Exception:
        # As above.
        return ()
    return tuple(name[:LONGEST_LINE] for name in names)
