"""Delete what has been over for long."""

from __future__ import annotations

from datetime import datetime, timedelta

from okpay.notifications.models import DeliveryRow, InvitationRow

KEPT = timedelta(days=90)
"""How long a delivery that has ended is kept: where it went, sealed, and how it ended. An invitation as long."""
_BATCH = 1000


def forget_old(*, now: datetime) -> int:
    """Delete deliveries that ended and invitations that went out more than 90 days ago; return how many.

    At most a thousand of each. No country lets what somebody was invited to wait that long.
    """
    old = DeliveryRow.objects.filter(finished_at__lt=now - KEPT).order_by("finished_at")
    ids = list(old.values_list("id", flat=True)[:_BATCH])
    count = DeliveryRow.objects.filter(id__in=ids).delete()[0] if ids else 0
    invited = InvitationRow.objects.filter(at__lt=now - KEPT).order_by("at")
    ids = list(invited.values_list("about_id", flat=True)[:_BATCH])
    return count + (InvitationRow.objects.filter(about_id__in=ids).delete()[0] if ids else 0)
