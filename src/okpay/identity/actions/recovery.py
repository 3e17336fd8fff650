"""Ask for a mail that helps to get back in, and take what was asked for."""

from __future__ import annotations

from datetime import datetime, timedelta

from okpay.identity.models import Phone, RecoveryRequest, User
from okpay.identity.records import Recovery
from okpay.identity.records import RecoveryRequest as Request

ABANDONED_AFTER = timedelta(days=7)
MOST_AT_ONCE = 50


def ask_for_recovery(*, kind: Recovery, email: str, language: str, now: datetime) -> None:
    """Write that somebody asked for a mail to an address, without looking whether it is known."""
    RecoveryRequest.objects.create(kind=kind.value, email=email, language=language, asked_at=now)


def take_recovery_requests() -> list[Request]:
    """Take the oldest requests out of the queue, for this transaction to answer; others take the next ones."""
    rows = list(RecoveryRequest.objects.select_for_update(skip_locked=True).order_by("id")[:MOST_AT_ONCE])
    RecoveryRequest.objects.filter(id__in=[row.id for row in rows]).delete()
    return [Request(row.id, Recovery(row.kind), row.email, row.language, row.asked_at) for row in rows]


def clear_abandoned(*, now: datetime) -> int:
    """Delete users who proved nothing and never signed in for a week, and return how many they were."""
    waiting = User.objects.filter(last_login=None, is_staff=False, opened_at__lt=now - ABANDONED_AFTER)
    claimed = waiting.exclude(id__in=Phone.objects.filter(proven_at__isnull=False).values("user_id"))
    ids = list(claimed.filter(emailaddress__verified=False).values_list("id", flat=True)[:1000])
    User.objects.filter(id__in=ids).delete()
    return len(ids)
