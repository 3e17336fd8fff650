"""What waits to be sent, opened: tests read it as its reader would."""

from __future__ import annotations

import re
from typing import Any

from okpay.base.encryption import key_id_of, load_key_ring
from okpay.notifications.models import DeliveryRow
from okpay.notifications.sealing import open_content, open_recipient


def sent_to(recipient: str) -> list[tuple[str, dict[str, Any]]]:
    """Return the template and data of everything queued for an address or number, oldest first."""
    ring = load_key_ring()
    found = []
    for row in DeliveryRow.objects.exclude(data=None).order_by("id"):
        # Other tests have keys of their own.
        if key_id_of(bytes(row.recipient)) not in ring.keys:
            continue
        if open_recipient(ring, row.id, bytes(row.recipient)) == recipient:
            found.append((row.template, dict(open_content(ring, row.id, bytes(row.data or b"")).data)))
    return found


def last_sent(recipient: str, template: str) -> dict[str, Any]:
    """Return the data of the latest message of a template to somebody."""
    found = [data for name, data in sent_to(recipient) if name == template]
    assert found, f"nothing of {template} was sent to {recipient}: {[name for name, _ in sent_to(recipient)]}"
    return found[-1]


def path_of(link: str) -> str:
    """Return the path of a link of ours."""
    return re.sub(r"^https?://[^/]+", "", link)
