"""Requests over HTTP: each thread has a connection, and what may be tried again is, with the same key."""

from __future__ import annotations

import http.client
import json
import random
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode, urlsplit

from okpay_client.errors import OkpayError, Unanswered

_LATER = frozenset({429, 502, 503, 504})
"""What is worth another try: too fast, too busy, or a proxy that did not reach the wallet."""


@dataclass(frozen=True, slots=True)
class Patience:
    """How long to wait, in seconds, and how often to try."""

    timeout: float = 30.0
    """For the connection, and for each part of the answer."""
    tries: int = 6
    first_pause: float = 0.1
    """Before the second try; each pause is up to twice as long as the one before."""
    longest_pause: float = 5.0
    longest_retry_after: float = 60.0
    """Who is asked to wait for longer is told so at once."""

    def pause(self, failed: int) -> float:
        """Return how long to wait after so many failures: never the same, so that not all come at once."""
        bound = min(self.longest_pause, self.first_pause * 2 ** (failed - 1))
        return bound * random.uniform(0.5, 1)  # noqa: S311  nobody gains by guessing it


class Transport:
    """Sends requests with a key."""

    def __init__(self, base_url: str, key: str, patience: Patience) -> None:
        parts = urlsplit(base_url)
        if parts.scheme not in ("http", "https") or not parts.hostname or parts.path.strip("/"):
            raise ValueError("The base URL is scheme, host and port, such as https://wallet.example.com.")
        self._kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
        self._host, self._port = parts.hostname, parts.port
        self._headers = {"Authorization": f"Bearer {key}", "User-Agent": "okpay-client/0.1.0"}
        self._patience = patience
        self._own = threading.local()

    def ask(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, Any] | None = None,
        body: Mapping[str, Any] | None = None,
        idempotency_key: str | None = None,
    ) -> bytes:
        """Return the body of the answer.

        Raises:
            OkpayError: It was refused.
            Unanswered: No answer came, however often it was tried.
        """
        headers = dict(self._headers)
        payload = None
        if idempotency_key is not None:
            headers["Idempotency-Key"] = idempotency_key
            headers["Content-Type"] = "application/json"
            payload = json.dumps(body or {}).encode()
        given = {name: value for name, value in (query or {}).items() if value is not None}
        target = path + (f"?{urlencode(given)}" if given else "")
        failed = 0
        while True:
            failed += 1
            is_last = failed >= self._patience.tries
            try:
                status, told, found = self._once(method, target, payload, headers)
            except (OSError, http.client.HTTPException) as error:
                self.close()
                if is_last:
                    raise Unanswered(repr(error), idempotency_key=idempotency_key) from error
                time.sleep(self._patience.pause(failed))
                continue
            if 200 <= status < 300:
                return found
            wait = self._wait(told, failed)
            if status not in _LATER or is_last or wait > self._patience.longest_retry_after:
                raise _refusal(status, found, idempotency_key)
            time.sleep(wait)

    def ask_json(self, method: str, path: str, **more: Any) -> Any:
        """Return what `ask` does, read as JSON."""
        found = self.ask(method, path, **more)
        try:
            return json.loads(found)
        except ValueError:
            raise _refusal(200, found, more.get("idempotency_key")) from None

    def close(self) -> None:
        """Close the connection of this thread."""
        connection = getattr(self._own, "connection", None)
        if connection is not None:
            connection.close()
            self._own.connection = None

    def _once(
        self, method: str, target: str, payload: bytes | None, headers: Mapping[str, str]
    ) -> tuple[int, http.client.HTTPMessage, bytes]:
        connection = getattr(self._own, "connection", None)
        if connection is None:
            connection = self._kind(self._host, self._port, timeout=self._patience.timeout)
            self._own.connection = connection
        connection.request(method, target, payload, headers)
        answer = connection.getresponse()
        return answer.status, answer.headers, answer.read()

    def _wait(self, told: http.client.HTTPMessage, failed: int) -> float:
        asked = told.get("Retry-After", "")
        # The other form of the header, a date, is none that the wallet sends.
        return float(asked) if asked.isdecimal() else self._patience.pause(failed)


def _refusal(status: int, body: bytes, idempotency_key: str | None) -> OkpayError:
    try:
        problem = json.loads(body)
    except ValueError:
        problem = None
    if not isinstance(problem, dict) or "code" not in problem:
        # Somebody between us and the wallet has answered.
        problem = {"code": f"http_{status}", "status": status, "title": "This is no answer of the wallet."}
    return OkpayError(problem, idempotency_key=idempotency_key)
