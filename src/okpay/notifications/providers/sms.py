"""SMS by HTTP: one small JSON shape that a provider speaks, or an adapter for it; see docs/operate/messages.md.

The reference makes sending twice harmless, and can be asked for when an answer was lost.
"""

from __future__ import annotations

import contextlib
import http.client
import json
import ssl
from collections.abc import Iterator
from urllib.parse import quote, urlsplit
from uuid import UUID

from okpay.base.errors import InvalidInput
from okpay.base.patience import at_most
from okpay.base.strict_json import parse_json
from okpay.notifications.providers.protocol import CALL_SECONDS, STEP_SECONDS, Answer, Outcome, Outgoing

LARGEST_ANSWER_BYTES = 65_536
_FAILED = frozenset({"failed", "rejected", "undelivered"})
_OURS_TO_MEND = {
    401: "sms_key_refused",
    403: "sms_key_refused",
    404: "sms_address_wrong",
    405: "sms_address_wrong",
    408: "sms_unavailable",
    429: "sms_unavailable",
    503: "sms_unavailable",
}
"""Answers that say nothing about this message: it is kept until the operator or the provider has mended it."""


class _NotConnected(Exception):
    """No connection was made, so nothing was sent."""


class HttpSms:
    """The provider of SMS."""

    def __init__(
        self, url: str, key: str, *, step_seconds: float = STEP_SECONDS, call_seconds: float = CALL_SECONDS
    ) -> None:
        parts = urlsplit(url)
        self._secure, self._host = parts.scheme == "https", parts.hostname or ""
        self._port, self._path = parts.port, parts.path or "/"
        self._headers = {
            "Authorization": f"Bearer {key}",
            "Accept": "application/json",
            "Connection": "close",
        }
        self._step, self._call = step_seconds, call_seconds

    def send(self, outgoing: Outgoing) -> Answer:
        """Hand an SMS to the provider; see `Provider`."""
        body = {"to": outgoing.recipient, "text": outgoing.rendered.text, "reference": str(outgoing.id)}
        try:
            status, content = self._exchange("POST", self._path, json.dumps(body).encode())
        except _NotConnected:
            return Answer(Outcome.TEMPORARY, "sms_unreachable")
        except (OSError, http.client.HTTPException):
            return Answer(Outcome.UNKNOWN, "answer_lost")
        if status in (200, 201, 202):
            return _read(content)
        if status in _OURS_TO_MEND:
            return Answer(Outcome.TEMPORARY, _OURS_TO_MEND[status])
        if 300 <= status <= 399:
            # Not followed: the key and the text are for the address that the operator set.
            return Answer(Outcome.TEMPORARY, "sms_redirected")
        if 400 <= status <= 499:
            return Answer(Outcome.REFUSED, "sms_reference_taken" if status == 409 else "sms_refused")
        return Answer(Outcome.UNKNOWN, "sms_failed")

    def ask(self, id: UUID) -> Answer:
        """Ask the provider for the reference; see `Provider`."""
        try:
            status, content = self._exchange("GET", f"{self._path}?reference={quote(str(id))}")
        except (_NotConnected, OSError, http.client.HTTPException):
            return Answer(Outcome.UNKNOWN, "answer_lost")
        if status == 404:
            return Answer(Outcome.ABSENT)
        return _read(content) if status == 200 else Answer(Outcome.UNKNOWN, "answer_lost")

    def _exchange(self, method: str, target: str, body: bytes | None = None) -> tuple[int, bytes]:
        headers = self._headers | ({"Content-Type": "application/json"} if body else {})
        with at_most(self._call) as patience, self._connected() as connection:
            patience.watch(connection.sock)
            connection.request(method, target, body=body, headers=headers)
            with contextlib.closing(connection.getresponse()) as response:
                content = response.read(LARGEST_ANSWER_BYTES)
                if patience.is_over:
                    raise TimeoutError
                return response.status, content

    @contextlib.contextmanager
    def _connected(self) -> Iterator[http.client.HTTPConnection]:
        connection = http.client.HTTPConnection(self._host, self._port, timeout=self._step)
        if self._secure:
            trusted = ssl.create_default_context()
            connection = http.client.HTTPSConnection(
                self._host, self._port, timeout=self._step, context=trusted
            )
        try:
            try:
                connection.connect()
            except OSError:
                raise _NotConnected from None
            yield connection
        finally:
            connection.close()


def _read(content: bytes) -> Answer:
    """Return what an answer says that names a message; what cannot be read tells nothing."""
    try:
        answer = parse_json(content)
        named = isinstance(answer, dict) and all(
            isinstance(answer.get(key), str) and answer[key] for key in ("id", "status")
        )
    except InvalidInput:
        named = False
    if not named:
        return Answer(Outcome.UNKNOWN, "sms_garbled")
    return Answer(Outcome.REFUSED, "sms_failed") if answer["status"] in _FAILED else Answer(Outcome.ACCEPTED)
