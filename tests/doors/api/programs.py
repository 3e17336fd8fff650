"""A program that talks to the API over a connection of its own, and the key that it has."""

from __future__ import annotations

import http.client
import json
import time
import uuid
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import transaction

from okpay.base import clock
from okpay.identity import actions as identity
from okpay.identity.records import NewApiKey, Scope
from tests.doors.api.declared import assert_declared
from tests.factories.transfers import Holder

EVERYTHING = tuple(Scope)


@dataclass(frozen=True)
class Answer:
    """What the API answered."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        """The body as JSON."""
        return json.loads(self.body)

    @property
    def code(self) -> str:
        """The code of a problem."""
        assert self.headers["content-type"] == "application/problem+json", (self.status, self.body[:300])
        found = self.json
        assert found["status"] == self.status
        return str(found["code"])


def new_key(
    holder: Holder,
    scopes: Collection[Scope] = EVERYTHING,
    *,
    networks: tuple[str, ...] = (),
    expires_at: datetime | None = None,
    is_live: bool = False,
) -> NewApiKey:
    """Make a key as the page does."""
    with transaction.atomic():
        return identity.create_api_key(
            user_id=holder.user.pk,
            name="Test",
            scopes=scopes,
            networks=networks,
            expires_at=expires_at,
            is_live=is_live,
            now=clock.now(),
        )


@dataclass
class Program:
    """A client with a key; each thread needs one of its own."""

    port: int
    secret: str
    _used_at: float = field(default=0.0, repr=False)
    _connection: http.client.HTTPConnection | None = field(default=None, repr=False)

    def ask(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        key: str | None = None,
        headers: Mapping[str, str] | None = None,
        raw: bytes | None = None,
    ) -> Answer:
        """Send a request, with the key of the program, and return the answer, which the document must declare."""
        sent = {"host": "localhost"}
        if self.secret:
            sent["authorization"] = f"Bearer {self.secret}"
        if key is not None:
            sent["idempotency-key"] = key
        payload = raw if raw is not None else None if body is None else json.dumps(body).encode()
        if payload is not None:
            sent["content-type"] = "application/json"
        sent.update(headers or {})
        # The server closes what has been quiet for five seconds.
        if time.monotonic() - self._used_at > 3:
            self.close()
        self._used_at = time.monotonic()
        if self._connection is None:
            self._connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            self._connection.request(method, path, payload, sent)
            answered = self._connection.getresponse()
            found = {name.lower(): value for name, value in answered.getheaders()}
            answer = Answer(answered.status, found, answered.read())
        except (http.client.HTTPException, OSError):
            self.close()
            raise
        if found.get("connection") == "close":
            self.close()
        assert_declared(method, path, answer.status, found, answer.body)
        return answer

    def get(self, path: str, **more: Any) -> Answer:
        """Ask for something."""
        return self.ask("GET", path, **more)

    def post(self, path: str, body: Any = None, *, key: str | None = "", **more: Any) -> Answer:
        """Send something, under a new idempotency key unless one is given; None sends none."""
        return self.ask("POST", path, body, key=str(uuid.uuid4()) if key == "" else key, **more)

    def send(self, to: str, minor: int, *, key: str | None = "", **more: Any) -> Answer:
        """Send money to an address."""
        return self.post("/v1/transfers", transfer_to(to, minor, **more), key=key)

    def close(self) -> None:
        """Give the connection back."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None


def transfer_to(to: str, minor: int, *, currency: str = "USD", **more: Any) -> dict[str, Any]:
    """Return the body of a transfer."""
    kind = "email" if "@" in to else "phone"
    return {
        "recipient": {"type": kind, "value": to},
        "amount": {"amount": minor, "currency": currency},
        **more,
    }
