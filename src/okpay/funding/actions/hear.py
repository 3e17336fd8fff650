"""Hear what the acquirer sends by itself: that a charge has news. What news it is, it is asked.

An event books nothing. Whoever could forge one, or sends an old one again, makes us ask the acquirer once more.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.conf import settings

from okpay.base.errors import InvalidInput
from okpay.base.ids import parse_uuid
from okpay.base.strict_json import parse_json
from okpay.funding.actions.charge import wake_top_up
from okpay.funding.errors import EventRefused
from okpay.funding.providers.signatures import fault_of

LARGEST_EVENT_BYTES = 256 * 1024
LONGEST_ID = 255
_TYPES = frozenset(
    f"payment_intent.{word}" for word in ("succeeded", "payment_failed", "processing", "canceled")
)


def hear_event(*, body: bytes, signature: str, at: int, now: datetime) -> bool:
    """Have the acquirer asked about the charge that an event is about; tell whether the event is one that we heed.

    `at` is the machine's clock in seconds, which signatures go by, and `now` the wallet's.

    Raises: EventRefused `event_too_large`, `event_unsigned`, `event_signature_wrong`, `event_too_old`,
        `event_malformed`, `event_unknown`. Nothing has changed then.
    """
    if len(body) > LARGEST_EVENT_BYTES:
        raise EventRefused("event_too_large", most_bytes=LARGEST_EVENT_BYTES)
    fault = fault_of(signature, body, secret=settings.ACQUIRER_WEBHOOK_SECRET, at=at)
    if fault:
        raise EventRefused(fault)
    try:
        event = parse_json(body)
        charge = _charge_of(event)
        if charge is None:
            return False
        movement_id = parse_uuid(charge["metadata"].get("movement"))
    except InvalidInput:
        raise EventRefused("event_malformed") from None
    if not wake_top_up(movement_id=movement_id, charge_id=charge["id"], now=now):
        raise EventRefused("event_unknown")
    return True


def _charge_of(event: Any) -> dict[str, Any] | None:
    """Return the charge that an event is about, with `id` and `metadata`, or None when it is about something else."""
    if (
        not isinstance(event, dict)
        or event.get("object") != "event"
        or not isinstance(event.get("type"), str)
    ):
        raise EventRefused("event_malformed")
    if event["type"] not in _TYPES:
        return None
    data = event.get("data")
    charge = data.get("object") if isinstance(data, dict) else None
    if not isinstance(charge, dict) or not isinstance(charge.get("metadata"), dict):
        raise EventRefused("event_malformed")
    if not isinstance(charge.get("id"), str) or not 0 < len(charge["id"]) <= LONGEST_ID:
        raise EventRefused("event_malformed")
    return charge
