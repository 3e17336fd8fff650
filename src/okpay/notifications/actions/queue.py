"""Ask for a mail or SMS: one insert in the caller's transaction, which costs the same whoever it is for."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from email.errors import MessageError
from email.headerregistry import Address
from typing import Any
from uuid import UUID

from okpay.base.encryption import load_key_ring
from okpay.base.errors import BrokenInvariant
from okpay.base.ids import new_uuid7
from okpay.base.texts import one_line
from okpay.notifications.errors import RecipientMalformed
from okpay.notifications.messages import language_tag, message_of
from okpay.notifications.models import DeliveryRow
from okpay.notifications.providers.letter import wire_address
from okpay.notifications.records import Channel
from okpay.notifications.sealing import Content, seal_content, seal_recipient
from okpay.notifications.values import packed

LONGEST_TRY = timedelta(days=1)
"""After this a delivery is given up, whatever it carries."""
_NUMBER = re.compile(r"\+[1-9][0-9]{6,14}")
# No space, control character, bracket or list: what is left is one address, whatever a server makes of it.
# Before the @ it is ASCII, since many servers still take nothing else; the domain may be in any script.
_ADDRESS = re.compile(r'[!#-\'*+\-./0-9=?A-Z^_`a-z{|}~]+@[^\s\x00-\x1f\x7f-\x9f<>()\[\],;:\\"@]+')


def queue_mail(
    *,
    to: str,
    template: str,
    language: str,
    data: Mapping[str, Any],
    now: datetime,
    user_id: UUID | None = None,
    name: str = "",
    phrase: str = "",
    expires_at: datetime | None = None,
) -> UUID:
    """Insert a mail in the caller's transaction and return its id, which becomes its Message-ID.

    Args:
        to: One address.
        template: The code of the mail, in `messages.py`.
        language: `en` or `zh-Hans`.
        data: Exactly the template's keys.
        now: The door's time.
        user_id: Whose account it is about, if anybody's.
        name: The display name to greet by. Leave it out while nobody has proved that the address is theirs.
        phrase: The phrase of their own, by which they know our mails, if they set one.
        expires_at: When what it carries ends; afterwards it is not sent any more.

    Raises:
        RecipientMalformed: `to` is not one mail address.
        BrokenInvariant: The template, the language or the keys do not exist.
    """
    if not _is_address(to):
        raise RecipientMalformed("recipient_malformed", field="to")
    content = Content(_packed(Channel.MAIL, template, data), one_line(name), one_line(phrase))
    return _queue(Channel.MAIL, to, template, language, content, user_id, expires_at, now)


def queue_sms(
    *,
    to: str,
    template: str,
    language: str,
    data: Mapping[str, Any],
    now: datetime,
    user_id: UUID | None = None,
    expires_at: datetime | None = None,
) -> UUID:
    """Insert an SMS in the caller's transaction and return its id, which becomes the provider's reference.

    Args:
        to: One telephone number in the form of E.164, such as `+12025550123`.
        template: The code of the SMS, in `messages.py`.
        language: `en` or `zh-Hans`.
        data: Exactly the template's keys.
        now: The door's time.
        user_id: Whose account it is about, if anybody's.
        expires_at: When what it carries ends; afterwards it is not sent any more.

    Raises:
        RecipientMalformed: `to` is not one telephone number.
        BrokenInvariant: The template, the language or the keys do not exist.
    """
    if not _NUMBER.fullmatch(to):
        raise RecipientMalformed("recipient_malformed", field="to")
    content = Content(_packed(Channel.SMS, template, data))
    return _queue(Channel.SMS, to, template, language, content, user_id, expires_at, now)


def _queue(
    channel: Channel,
    to: str,
    template: str,
    language: str,
    content: Content,
    user_id: UUID | None,
    expires_at: datetime | None,
    now: datetime,
) -> UUID:
    if now.tzinfo is None or (expires_at is not None and expires_at.tzinfo is None):
        raise BrokenInvariant("a delivery needs times with a zone")
    ring, id_ = load_key_ring(), new_uuid7()
    longest = now + LONGEST_TRY
    row = DeliveryRow(
        id=id_,
        channel=channel,
        user_id=user_id,
        template=template,
        language=language_tag(language),
        recipient=seal_recipient(ring, id_, to),
        data=seal_content(ring, id_, content),
        turn=int(message_of(template, channel).can_wait),
        next_at=now,
        give_up_at=min(expires_at, longest) if expires_at else longest,
        created_at=now,
    )
    row.save(force_insert=True)
    return id_


def _packed(channel: Channel, template: str, data: Mapping[str, Any]) -> dict[str, Any]:
    return packed(data, message_of(template, channel).keys, of=template)


def _is_address(to: str) -> bool:
    if len(to) > 254 or not _ADDRESS.fullmatch(to):
        return False
    try:
        Address(addr_spec=wire_address(to))
    except (MessageError, ValueError, IndexError):
        return False
    return True
