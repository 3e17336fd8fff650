"""The record of movements: the list with its filters, each movement with everything about it, and its receipt."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from okpay.base import clock
from okpay.customers import queries as customers
from okpay.customers.records import Customer
from okpay.doors.web import movement_words
from okpay.doors.web.local_time import shown
from okpay.doors.web.receipts import receipt_in
from okpay.doors.web.record_filter import RecordFilter, Span, read_filter, search_text, write_cursor
from okpay.doors.web.record_rows import Day, by_day, row_of, zone_of
from okpay.doors.web.views.wallet import signed_in, user_of
from okpay.movements import queries as movements
from okpay.movements.records import Cursor, Entry, Kind, Line, Movement, Show, State, TimelineEvent

PAGE = 30
_SHOWS = {
    Show.ALL: _("All"),
    Show.INCOME: _("Income"),
    Show.SPENDING: _("Spending"),
    Show.TRANSFERS: _("Transfers"),
}
_SPANS = {
    Span.ALL: _("Any time"),
    Span.TODAY: _("Today"),
    Span.WEEK: _("Past 7 days"),
    Span.OWN: _("Own dates"),
}


@require_safe
@signed_in
def records(request: HttpRequest) -> HttpResponse:
    """Show what has moved, the latest first, by day."""
    customer = customers.customer_of_user(user_of(request))
    zone = zone_of(customer)
    today = clock.now().astimezone(zone).date()
    asked = read_filter(request.GET.dict(), today)
    days: list[Day] = []
    sums: Sequence[Any] = ()
    next_page = ""
    if customer is not None and not asked.errors:
        wanted: dict[str, Any] = {
            "show": asked.show,
            "since": asked.since(zone),
            "until": asked.until(zone),
            "search": search_text(asked.search, get_language() or "en"),
        }
        found = movements.record(customer.id, **wanted, after=asked.after, limit=PAGE + 1)
        days = by_day(found[:PAGE], zone, today)
        if len(found) > PAGE:
            last = found[PAGE - 1].line
            next_page = asked.address(after=write_cursor(Cursor(last.at, last.movement_id)))
        sums = movements.sums(customer.id, **wanted)
    return render(
        request,
        "web/records/records.html",
        {
            "asked": asked,
            "days": days,
            "sums": sums,
            "next_page": next_page,
            "tabs": _tabs(asked),
            "spans": list(_SPANS.items()),
            "own": Span.OWN,
            "zone": zone.key,
        },
        status=400 if asked.errors else 200,
    )


@require_safe
@signed_in
def movement(request: HttpRequest, movement_id: UUID) -> HttpResponse:
    """Show everything about one movement to one of its parties."""
    customer, found, line = _own(request, movement_id)
    zone, is_payer = zone_of(customer), line.sign < 0
    deadline = shown(found.deadline_at, zone) if found.deadline_at else None
    return render(
        request,
        "web/records/movement.html",
        {
            "movement": found,
            "line": line,
            "row": row_of(Entry(line, found), zone),
            "is_payer": is_payer,
            "bears_fee": movement_words.bears_fee(found, is_payer=is_payer),
            "total_label": movement_words.total_label(found.kind),
            "can_cancel": is_payer and (found.kind, found.state) == (Kind.TRANSFER, State.PENDING),
            "other_side": movement_words.other_side(found, is_payer=is_payer),
            "reason": movement_words.REASONS[found.reason],
            "begun": shown(found.created_at, zone),
            "changed": shown(found.changed_at, zone),
            "deadline": deadline,
            "where": "" if found.state.is_final else movement_words.where_words(found, is_payer=is_payer),
            "until": str(movement_words.deadline_words(found, is_payer=is_payer)).format(when=deadline.words)
            if deadline
            else "",
            "next_step": movement_words.NEXT_STEPS[found.next_step],
            "steps": _steps(found, movements.timeline(found.id), zone),
            "zone": zone.key,
        },
    )


@require_safe
@signed_in
def receipt(request: HttpRequest, movement_id: UUID) -> HttpResponse:
    """Send the receipt of a movement to one of its parties, as PDF."""
    _, found, line = _own(request, movement_id)
    pdf = receipt_in(Entry(line, found), get_language() or "en")
    answer = HttpResponse(pdf, content_type="application/pdf")
    answer["Content-Disposition"] = f'inline; filename="okpay-{found.reference}.pdf"'
    return answer


def _own(request: HttpRequest, movement_id: UUID) -> tuple[Customer, Movement, Line]:
    """Return a movement with its line in the reader's record; what is not in it does not exist for them."""
    customer = customers.customer_of_user(user_of(request))
    found = movements.movement_of(customer.id, movement_id) if customer else None
    line = movements.line_of(customer.id, found) if customer and found else None
    if customer is None or found is None or line is None:
        raise Http404
    return customer, found, line


def _tabs(asked: RecordFilter) -> list[dict[str, Any]]:
    return [
        {
            "href": asked.address(show="" if show is Show.ALL else show.value),
            "label": label,
            "is_current": show is asked.show,
        }
        for show, label in _SHOWS.items()
    ]


def _steps(found: Movement, events: Sequence[TimelineEvent], zone: ZoneInfo) -> list[dict[str, Any]]:
    """Return the timeline in words: what happened, and for an unfinished movement what comes."""
    steps: list[dict[str, Any]] = [
        {
            "look": "failed" if movement_words.LOOKS[event.state] == "failed" else "done",
            "title": movement_words.event_words(found.kind, event),
            "detail": movement_words.REASONS[event.reason],
            "at": shown(event.at, zone).exact,
        }
        for event in events
    ]
    if not found.state.is_final:
        steps.append(
            {
                "look": "now",
                "title": _("Next"),
                "detail": movement_words.NEXT_STEPS[found.next_step],
                "at": "",
            }
        )
    return steps
