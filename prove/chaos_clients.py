"""People who use the pages while everything around them is killed: each presses the button until there is an answer."""

from __future__ import annotations

import http.client
import random
import re
import secrets
import threading
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from urllib.parse import urlencode
from uuid import UUID

from prove.chaos_stage import ORIGIN_HOST

_PAUSE_SECONDS = 0.2
_PATIENCE_SECONDS = 25.0
_MOST_TRIES = 600
_FEE = re.compile(r'name="fee" value="([0-9]+)"')
_ID = re.compile(r"/([0-9a-f-]{36})(?:[/?].*)?$")


@dataclass(frozen=True)
class Person:
    """Somebody who is signed in, with a payment password and a card."""

    name: str
    customer_id: UUID
    email: str
    phone: str
    session: str
    digits: str
    card_id: UUID


@dataclass
class Told:
    """What somebody asked for and what they were told of it."""

    kind: str
    amount_minor: int
    outcome: str
    """`accepted`, or `refused`."""


@dataclass
class Tale:
    """What all clients were told, by the key of what they asked for."""

    told: dict[UUID, Told] = field(default_factory=dict)
    asked_again: int = 0
    problems: list[str] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def counts(self) -> Counter[str]:
        """Return how often what was told of which kind."""
        with self.lock:
            return Counter(f"{told.kind} {told.outcome}" for told in self.told.values())


class _NoAnswer(Exception):
    """The connection broke, or the answer says to come back."""


class Client(threading.Thread):
    """One person at the pages."""

    def __init__(
        self,
        person: Person,
        port: int,
        others: Sequence[Person],
        *,
        top_ups: int,
        transfers: int,
        seed: str,
        tale: Tale,
    ) -> None:
        super().__init__(name=f"client-{person.name}")
        self._person, self._port, self._others, self._tale = person, port, others, tale
        self._random = random.Random(seed)
        self._left = {"top-up": top_ups, "transfer": transfers}
        self._refused = 0
        self._csrf = secrets.token_hex(16)
        self._strangers = [f"{person.name}.stranger{number}@example.com" for number in range(3)]

    def run(self) -> None:
        """Do what is to be done, top-ups first of all, in a random order after that."""
        try:
            if self._left["top-up"]:
                self._top_up()
            while any(self._left.values()):
                kinds = [kind for kind, left in self._left.items() for _ in range(left)]
                if self._random.choice(kinds) == "top-up":
                    self._top_up()
                else:
                    self._transfer()
        except Exception as error:
            with self._tale.lock:
                self._tale.problems.append(f"{self.name}: {type(error).__name__} {error}")

    def _top_up(self) -> None:
        self._left["top-up"] -= 1
        minor = self._random.randint(5_00, 40_00)
        fields = {"card": str(self._person.card_id), "amount": _written(minor)}
        self._whole("top-up", "/topup", fields, {}, minor)

    def _transfer(self) -> None:
        minor, chance = self._random.randint(1, 9_00), self._random.random()
        other = self._random.choice(self._others)
        recipient = other.email if chance < 0.6 else other.phone
        if chance > 0.93:
            recipient = self._random.choice(self._strangers)
        delay = "2" if self._random.random() < 0.05 else "0"
        fields = {"recipient": recipient, "amount": _written(minor), "note": "chaos", "delay": delay}
        asked = self._whole("transfer", "/send", fields, {"digits": self._person.digits}, minor)
        # Who has no money yet writes another one, but not for ever.
        self._refused += not asked
        if asked or self._refused > _MOST_TRIES:
            self._left["transfer"] -= 1

    def _whole(
        self, kind: str, form: str, fields: Mapping[str, str], confirm: Mapping[str, str], minor: int
    ) -> bool:
        """Write it, confirm it until there is an answer, and note that; tell whether it came further than the form."""
        status, location, _ = self._until(form, fields, {302, 200})
        if status == 200:
            # Refused in the form, such as for want of money: nothing was asked for yet.
            with self._tale.lock:
                self._tale.told[UUID(bytes=secrets.token_bytes(16))] = Told(
                    kind, minor, "refused in the form"
                )
            return False
        found = _ID.search(location)
        assert found is not None, location
        key = UUID(found[1])
        for _ in range(_MOST_TRIES):
            # As a browser does: the page with the fee first, then the button.
            status, location, page = self._until(f"{form}/{key}", None, {200, 302, 409})
            if status == 200:
                fee = _FEE.search(page)
                shown = {"fee": fee[1]} if fee else {}
                status, location, _ = self._until(f"{form}/{key}", {**confirm, **shown}, {302, 409})
            if status == 409 or location.endswith("/done"):
                break
            # Blocked, because a kill came between an attempt and its end, five times in a row: wait for nothing here.
            time.sleep(_PAUSE_SECONDS)
        status, _, _ = self._until(f"{form}/{key}/done", None, {200, 404, 409})
        outcome = {200: "accepted", 409: "refused"}.get(status, "unanswered")
        with self._tale.lock:
            self._tale.told[key] = Told(kind, minor, outcome)
        return True

    def _until(self, path: str, fields: Mapping[str, str] | None, wanted: set[int]) -> tuple[int, str, str]:
        """Ask again and again until one of the wanted answers comes, and sometimes once more on purpose."""
        for number in range(_MOST_TRIES):
            try:
                status, location, page = self._ask(path, fields)
            except _NoAnswer:
                status, location, page = 0, "", ""
            if status in wanted:
                if fields is not None and number == 0 and self._random.random() < 0.05:
                    with self._tale.lock:
                        self._tale.asked_again += 1
                    continue
                return status, location, page
            if status not in (0, 500, 502, 503, 404):
                raise AssertionError(f"{path} was answered with {status}")
            with self._tale.lock:
                self._tale.asked_again += 1
            time.sleep(_PAUSE_SECONDS * self._random.uniform(0.5, 2))
        raise AssertionError(f"{path} was never answered")

    def _ask(self, path: str, fields: Mapping[str, str] | None) -> tuple[int, str, str]:
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=_PATIENCE_SECONDS)
        headers = {
            "Host": f"{ORIGIN_HOST}:{self._port}",
            "Cookie": f"okpay_session={self._person.session}; csrftoken={self._csrf}",
            "X-CSRFToken": self._csrf,
            "User-Agent": "Chaos/1.0",
        }
        body = None
        if fields is not None:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
            body = urlencode(fields)
        try:
            connection.request("POST" if body is not None else "GET", path, body, headers)
            answer = connection.getresponse()
            page = answer.read().decode()
            return answer.status, answer.headers.get("Location", ""), page
        except (OSError, http.client.HTTPException) as error:
            raise _NoAnswer from error
        finally:
            connection.close()


def _written(minor: int) -> str:
    """Return an amount in cents as somebody types it in dollars."""
    return f"{minor // 100}.{minor % 100:02}"
