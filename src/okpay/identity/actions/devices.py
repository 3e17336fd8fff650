"""Remember the devices that a user signs in on."""

from __future__ import annotations

import hashlib
from datetime import datetime
from uuid import UUID

from okpay.identity.models import Device
from okpay.identity.records import Sighting

_LONGEST_USER_AGENT = 200


def remember_device(
    *, user_id: UUID, token: str, user_agent: str, address: str | None, now: datetime
) -> Sighting:
    """Write that a user signed in on the device with this token, and return what was known of it."""
    seen = {"user_agent": user_agent[:_LONGEST_USER_AGENT], "address": address, "last_seen_at": now}
    is_first = not Device.objects.filter(user_id=user_id).exists()
    _, made = Device.objects.update_or_create(
        user_id=user_id,
        token_hash=hashlib.sha256(token.encode()).digest(),
        defaults=seen,
        create_defaults={**seen, "first_seen_at": now},
    )
    if not made:
        return Sighting.KNOWN
    return Sighting.FIRST if is_first else Sighting.NEW


def forget_device(*, user_id: UUID, device_id: UUID) -> None:
    """Forget a device: the next sign-in on it counts as one on a new device."""
    Device.objects.filter(user_id=user_id, id=device_id).delete()
