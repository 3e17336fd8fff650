"""Delete what has been over for long."""

from __future__ import annotations

from datetime import datetime, timedelta

from okpay.notifications.models import DeliveryRow

KEPT = timedelta(days=90)
"""How long a delivery that has ended is kept: where it went, sealed, and how it ended."""
_BATCH = 1000


def forget_old(*, now: datetime) -> int:
    """Delete deliveries that ended more than 90 days ago, at most a thousand; return how many."""
    old = DeliveryRow.objects.filter(finished_at__lt=now - KEPT).order_by("finished_at")
    ids = list(old.values_list("id", flat=True)[:_BATCH])
    return DeliveryRow.objects.filter(id__in=ids).delete()[0] if ids else 0
