"""What a connection may cost before it asked anything: uvicorn alone sets no bound to the head of a request."""

from __future__ import annotations

import asyncio
import resource
from http import HTTPStatus
from typing import cast

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from okpay.config.answers import is_for_programs, whole_problem, whole_refusal
from okpay.config.limits import BAD_REQUEST, BUSY, LARGE_HEADERS, SLOW, Refusal

HEAD_BYTES = 64 * 1024
"""More than `limits.HEADER_BYTES`, which answers politely; here the parser is kept from endless work."""

HEAD_SECONDS = 10.0

CONNECTIONS_AT_ONCE = 2000
_FILES_FOR_THE_REST = 200


def allow_connections(wanted: int = CONNECTIONS_AT_ONCE) -> int:
    """Return how many connections may be open, after asking the system for as many files as that takes."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    needed = wanted + _FILES_FOR_THE_REST
    if soft != resource.RLIM_INFINITY and soft < needed:
        soft = needed if hard == resource.RLIM_INFINITY else min(needed, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    if soft == resource.RLIM_INFINITY:
        return wanted
    return max(1, min(wanted, soft - _FILES_FOR_THE_REST))


class GuardedProtocol(HttpToolsProtocol):
    """uvicorn's protocol, which closes what sends too much or too slowly, and what is one connection too many.

    The time runs while the other side has to say something: from the start, and from the first byte of each
    further request, until the head of a request is complete. After an answer uvicorn's own timeout runs.
    """

    most_connections = CONNECTIONS_AT_ONCE
    url = b""
    _begun = False
    _unparsed = 0
    _timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Accept a connection, or say that there are too many."""
        super().connection_made(transport)
        # Ours has no query in it, where secrets may stand.
        self.access_log = False
        if len(self.connections) > self.most_connections:
            self._refuse(BUSY)
        else:
            self._start_timer()

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget a connection."""
        self._stop_timer()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Parse what arrived, and refuse when it grows without becoming a head or a body."""
        self._unparsed += len(data)
        super().data_received(data)
        if self.transport.is_closing():
            return
        if self._unparsed > HEAD_BYTES:
            self._refuse(LARGE_HEADERS)
        elif not self._is_answering():
            # What arrives stopped uvicorn's own timer: no byte may arrive without one of the two.
            self._start_timer()

    def on_message_begin(self) -> None:
        """Count from zero for each request."""
        self._begun, self._unparsed = True, 0
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        """Hand the request on: from here the application's own limits hold."""
        self._begun, self._unparsed = False, 0
        self._stop_timer()
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        """Take a part of the body; what follows it without being one is counted again from zero."""
        self._unparsed = 0
        super().on_body(body)

    def on_message_complete(self) -> None:
        """End a request."""
        self._unparsed = 0
        super().on_message_complete()

    def send_400_response(self, msg: str) -> None:
        """Refuse what is no HTTP that we understand: two lengths, a length and chunks, a bare line feed."""
        self._refuse(BAD_REQUEST)

    def _is_answering(self) -> bool:
        return self.cycle is not None and not self.cycle.response_complete

    def _is_still_coming(self) -> bool:
        return self.cycle is not None and self.cycle.more_body and not self.cycle.response_started

    def _start_timer(self) -> None:
        if self._timer is None:
            self._timer = self.loop.call_later(HEAD_SECONDS, self._time_is_over)

    def _stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _time_is_over(self) -> None:
        self._timer = None
        if self.transport.is_closing() or self._is_answering():
            return
        if self._begun:
            self._refuse(SLOW)
        else:
            self.transport.close()

    def _refuse(self, refusal: Refusal) -> None:
        # In the middle of another answer there is no place for this one, and what has come whole gets its own.
        if not self._is_answering() or self._is_still_coming():
            is_program = is_for_programs(self.url)
            headers, body = whole_problem(refusal) if is_program else whole_refusal(refusal)
            lines = [f"HTTP/1.1 {refusal.status} {HTTPStatus(refusal.status).phrase}".encode()]
            lines += [name + b": " + value for name, value in headers]
            self.transport.write(b"\r\n".join([*lines, b"", body]))
        self._stop_timer()
        self.transport.close()


def guarded_protocol() -> type[asyncio.Protocol]:
    """Return the protocol for this process, with as many connections as its system allows."""
    bounds = {"most_connections": allow_connections()}
    return cast("type[asyncio.Protocol]", type("GuardedProtocol", (GuardedProtocol,), bounds))
