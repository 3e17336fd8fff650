"""Deliver what is due: note the attempt and commit, call the provider, note its answer and commit.

Any number of processes may do this at once. A row is taken with SKIP LOCKED and belongs for a minute to who took it;
the number of the attempt tells whether it still does when the answer comes.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection, transaction

from okpay.base import clock as base_clock
from okpay.base.encryption import EncryptionError, load_key_ring
from okpay.base.errors import BrokenInvariant
from okpay.notifications.models import DeliveryRow
from okpay.notifications.providers.choice import provider_for
from okpay.notifications.providers.protocol import Answer, Outcome, Outgoing, Provider
from okpay.notifications.records import Channel, State
from okpay.notifications.rendering import render
from okpay.notifications.sealing import open_content, open_recipient

_log = logging.getLogger(__name__)

PAUSES = tuple(timedelta(seconds=seconds) for seconds in (1, 5, 30, 120, 600, 1800, 3600))
"""How long a delivery rests after each attempt that failed; the last pause repeats until it is given up."""
LEASE = timedelta(minutes=1)
"""How long a delivery belongs to who took it; a call to a provider ends well before that."""


@dataclass(frozen=True, slots=True)
class _Taken:
    """A delivery as it was when this worker took it. `in_doubt`: an earlier attempt may have arrived."""

    row: DeliveryRow
    in_doubt: bool


def deliver_once(
    *, channels: Sequence[Channel] = tuple(Channel), clock: Callable[[], datetime] = base_clock.now
) -> int:
    """Deliver at most one message of each channel that is configured and has one due; return how many were handled.

    Commits by itself, twice for each message, and reads the clock, since time passes between the two.

    Raises: BrokenInvariant inside a transaction; EncryptionError when there is no key ring.
    """
    if connection.in_atomic_block:
        raise BrokenInvariant("a provider is never called inside a transaction")
    handled = 0
    for channel in channels:
        provider = provider_for(channel)
        if provider is None:
            continue
        # Before anything is taken: without its keys an installation must not use up the attempts.
        load_key_ring()
        taken = _take(channel, clock())
        if taken is not None:
            answer = _answer(provider, taken, clock())
            _record(taken, answer, clock())
            handled += 1
    return handled


def _take(channel: Channel, now: datetime) -> _Taken | None:
    with transaction.atomic():
        row = (
            DeliveryRow.objects.select_for_update(skip_locked=True)
            .filter(channel=channel, finished_at__isnull=True, next_at__lte=now)
            .order_by("turn", "next_at", "id")
            .first()
        )
        if row is None:
            return None
        # `sending` was left by a worker that ended without an answer: it is as unknown as `unknown`.
        in_doubt = row.state != State.QUEUED
        row.state = State.SENDING
        row.attempts += 1
        row.next_at = now + LEASE
        row.save(update_fields=["state", "attempts", "next_at"])
    return _Taken(row, in_doubt)


def _answer(provider: Provider, taken: _Taken, now: datetime) -> Answer:
    try:
        return _deliver(provider, taken, now)
    except Exception as error:
        # A fault of ours in the middle of a call: nobody knows, and the other deliveries go on.
        _log.error("a provider's module failed", exc_info=error, extra={"template": taken.row.template})
        return Answer(Outcome.UNKNOWN, "provider_failed")


def _deliver(provider: Provider, taken: _Taken, now: datetime) -> Answer:
    row = taken.row
    if taken.in_doubt:
        answer = provider.ask(row.id)
        if answer.outcome is not Outcome.ABSENT:
            return answer
    if now >= row.give_up_at:
        return Answer(Outcome.TEMPORARY, row.error or "expired")
    try:
        outgoing = _outgoing(row)
    except EncryptionError:
        return Answer(Outcome.TEMPORARY, "key_missing")
    except Exception as error:
        # One message that cannot be made must not hold up the others.
        _log.error("a message cannot be rendered", exc_info=error, extra={"template": row.template})
        return Answer(Outcome.TEMPORARY, "not_rendered")
    return provider.send(outgoing)


def _outgoing(row: DeliveryRow) -> Outgoing:
    ring = load_key_ring()
    assert row.data is not None, "an open delivery has its data"
    content = open_content(ring, row.id, bytes(row.data))
    rendered = render(
        row.template,
        language=row.language,
        data=content.data,
        name=content.name,
        phrase=content.phrase,
    )
    recipient = open_recipient(ring, row.id, bytes(row.recipient))
    return Outgoing(row.id, recipient, row.created_at, rendered)


def _record(taken: _Taken, answer: Answer, now: datetime) -> None:
    row = taken.row
    state, next_at = _next(row, answer, now)
    changes: dict[str, object] = {"state": state, "next_at": next_at, "error": answer.error}
    if state.is_final:
        changes |= {"finished_at": now, "data": None}
    mine = DeliveryRow.objects.filter(id=row.id, state=State.SENDING, attempts=row.attempts)
    with transaction.atomic():
        if not mine.update(**changes):
            _log.warning("an answer came after another worker took over", extra={"delivery": str(row.id)})
    if answer.error:
        _log.warning(
            "a delivery did not go through",
            extra={"delivery": str(row.id), "template": row.template, "state": state, "code": answer.error},
        )


def _next(row: DeliveryRow, answer: Answer, now: datetime) -> tuple[State, datetime]:
    """Return the state that follows from an answer, and when the delivery is due again."""
    rested = now + PAUSES[min(row.attempts, len(PAUSES)) - 1]
    match answer.outcome:
        case Outcome.ACCEPTED:
            return State.SENT, now
        case Outcome.REFUSED:
            return State.REFUSED, now
        case Outcome.TEMPORARY if rested < row.give_up_at:
            return State.QUEUED, rested
        case Outcome.UNKNOWN if now < row.give_up_at:
            # Asked for a last time when it ends, so that what did arrive is not called given up.
            return State.UNKNOWN, min(rested, row.give_up_at)
        case _:
            return State.GIVEN_UP, now
