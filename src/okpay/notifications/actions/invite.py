"""Invite whoever owns an address that nobody has proven: once for each thing, and few times a day."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.utils.crypto import salted_hmac

from okpay.base.database import execute_prepared, require_transaction
from okpay.notifications.actions.queue import queue_mail, queue_sms
from okpay.notifications.models import InvitationRow
from okpay.notifications.records import Channel

MOST_A_DAY = 3
"""How many invitations an address gets within 24 hours, whoever they come from. What is above that is never sent."""
_DAY = timedelta(days=1)
# Of two that ask for one address at once the second waits, and counts what the first has written.
_ONE_FOR_AN_ADDRESS = "SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))"


def invite(
    *,
    about: UUID,
    channel: Channel,
    to: str,
    template: str,
    language: str,
    data: Mapping[str, Any],
    now: datetime,
    expires_at: datetime,
) -> UUID | None:
    """Queue a mail or SMS to somebody who is not a user, and return its id; None where there is one too many.

    It goes without greeting and phrase: nobody has proven whose the address is.

    Args:
        about: What it invites to. There is one invitation about it, ever.
        channel: By which way.
        to: The address or number, in its one form.
        template: The code of the message.
        language: The language of whoever has it sent.
        data: Exactly the template's keys.
        now: The door's time.
        expires_at: When what it invites to ends.

    Raises: RecipientMalformed. BrokenInvariant outside a transaction, or for another template, language or data.
    """
    require_transaction()
    address_hash = salted_hmac("okpay.notifications.invitation", to, algorithm="sha256").hexdigest()
    execute_prepared(_ONE_FOR_AN_ADDRESS, [address_hash])
    if InvitationRow.objects.filter(about_id=about).exists():
        return None
    if InvitationRow.objects.filter(address_hash=address_hash, at__gt=now - _DAY).count() >= MOST_A_DAY:
        return None
    queue = queue_mail if channel is Channel.MAIL else queue_sms
    id_ = queue(to=to, template=template, language=language, data=data, now=now, expires_at=expires_at)
    InvitationRow(about_id=about, address_hash=address_hash, at=now).save(force_insert=True)
    return id_
