"""The relay hands events on: first to one delivery per listener, then each delivery to its listener.

Any number of relays may run at once, in any number of processes: rows are taken with SKIP LOCKED.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from django.db import Error, connection, transaction

from okpay.base.database import execute_prepared, named_sql
from okpay.base.outbox import Event, Listener, check_listeners
from okpay.base.retrying import is_retriable, lost_connection, renew_connection

_log = logging.getLogger(__name__)

PAUSES = tuple(timedelta(seconds=seconds) for seconds in (1, 5, 30, 120, 600, 1800, 3600))
"""How long a delivery rests after each failure; the last pause repeats, an event is never given up."""


class Relay:
    """Distributes events and runs listeners, on the thread that calls it."""

    def __init__(
        self, listeners: Sequence[Listener], *, batch: int = 300, pauses: Sequence[timedelta] = PAUSES
    ) -> None:
        check_listeners(listeners)
        self._listeners = tuple(listeners)
        self._batch = batch
        self._pauses = tuple(pauses)

    def run_once(self) -> int:
        """Do one round: distribute one batch, then one batch per listener; return how many rows were handled.

        Raises: django.db.Error when the database does not answer; nothing is lost or done twice by that.
        """
        handled = self._distribute()
        for listener in self._listeners:
            handled += self._deliver(listener)
        return handled

    def run(self, stop_event: threading.Event, *, idle_seconds: float = 0.2) -> None:
        """Go round until stopped; rest when there was nothing to do, or when the database does not answer."""
        while not stop_event.is_set():
            try:
                handled = self.run_once()
            except Error as error:
                if not is_retriable(error):
                    raise
                _log.warning("the relay goes on after: %s", type(error).__name__)
                renew_connection()
                handled = 0
            if not handled:
                stop_event.wait(idle_seconds)
        connection.close()

    def _distribute(self) -> int:
        names = [(listener.name, type_) for listener in self._listeners for type_ in sorted(listener.types)]
        with transaction.atomic():
            return execute_prepared(
                named_sql("okpay.base", "distribute_events"),
                [self._batch, [name for name, _ in names], [type_ for _, type_ in names]],
            ).rowcount

    def _deliver(self, listener: Listener) -> int:
        events: list[Event] = []
        try:
            with transaction.atomic():
                rows = execute_prepared(
                    named_sql("okpay.base", "take_deliveries"), [listener.name, self._batch]
                ).fetchall()
                events = [_event(row) for row in rows]
                if events:
                    listener.handle(events)
                    self._finish(listener, events)
        except Exception as error:
            if not events or lost_connection(error):
                raise
            # One of them, or all: each alone, so that the others go through.
            for event in events:
                self._deliver_alone(listener, event)
        return len(events)

    def _deliver_alone(self, listener: Listener, event: Event) -> None:
        with transaction.atomic():
            row = execute_prepared(
                named_sql("okpay.base", "take_delivery"), [listener.name, event.id]
            ).fetchone()
            if row is None:
                return
            try:
                with transaction.atomic():
                    listener.handle([event])
            except Exception as error:
                if lost_connection(error):
                    raise
                self._postpone(listener, event, failures=row[0], error=error)
            else:
                self._finish(listener, [event])

    def _finish(self, listener: Listener, events: list[Event]) -> None:
        execute_prepared(
            named_sql("okpay.base", "finish_deliveries"), [listener.name, [event.id for event in events]]
        )

    def _postpone(self, listener: Listener, event: Event, *, failures: int, error: Exception) -> None:
        pause = self._pauses[min(failures, len(self._pauses) - 1)]
        # The kind of error only: its text may hold what does not belong into a table.
        kind = type(error).__qualname__
        _log.warning(
            "%s failed on %s (%s), again in %s", listener.name, event.id, kind, pause, exc_info=error
        )
        execute_prepared(
            named_sql("okpay.base", "postpone_delivery"), [kind[:200], pause, listener.name, event.id]
        )


def _event(row: tuple[Any, ...]) -> Event:
    id_, type_, version, occurred_at, subject, data = row
    return Event(id=id_, type=type_, version=version, occurred_at=occurred_at, subject=subject, data=data)
