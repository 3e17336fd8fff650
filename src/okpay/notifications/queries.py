"""What people find in their inbox, and how the deliveries stand."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import Count, Min

from okpay.notifications.models import DeliveryRow, NoticeRow
from okpay.notifications.providers.choice import is_configured
from okpay.notifications.records import Backlog, Channel, Channels, Notice, Standing, State, Words
from okpay.notifications.rendering import notice_words

MOST_UNREAD = 100
"""More than this many unread notices are counted as this many."""
LONGEST_PAGE = 100


def inbox(user_id: UUID, before_id: UUID | None = None, limit: int = 30) -> list[Notice]:
    """Return somebody's notices, latest first, at most `limit` (100), older than `before_id` if it is given."""
    rows = NoticeRow.objects.filter(user_id=user_id)
    if before_id is not None:
        rows = rows.filter(id__lt=before_id)
    return [
        Notice(row.id, row.user_id, row.code, row.data, row.created_at, row.read_at)
        for row in rows.order_by("-id")[: max(0, min(limit, LONGEST_PAGE))]
    ]


def unread_count(user_id: UUID) -> int:
    """Return how many notices somebody has not read, 100 for a hundred or more."""
    return NoticeRow.objects.filter(user_id=user_id, read_at__isnull=True)[:MOST_UNREAD].count()


def words(notice: Notice, language: str) -> Words:
    """Return a notice in words, as plain text, in `en` or `zh-Hans`."""
    return notice_words(notice.code, notice.data, language)


def channels() -> Channels:
    """Return which channels are configured, so that pages and the start can say it when one is not."""
    return Channels(mail=is_configured(Channel.MAIL), sms=is_configured(Channel.SMS))


def backlog(*, now: datetime) -> Backlog:
    """Return the deliveries by channel and state (what has ended, for the last day), and the oldest waiting."""
    waiting = DeliveryRow.objects.filter(finished_at__isnull=True)
    ended = DeliveryRow.objects.filter(finished_at__gte=now - timedelta(days=1))
    standings = [
        Standing(Channel(channel), State(state), count)
        for rows in (waiting, ended)
        for channel, state, count in rows.values_list("channel", "state").annotate(count=Count("id"))
    ]
    order = list(State)
    standings.sort(key=lambda standing: (standing.channel, order.index(standing.state)))
    oldest = waiting.values_list("channel").annotate(oldest=Min("created_at"))
    return Backlog(tuple(standings), {Channel(channel): at for channel, at in oldest})
