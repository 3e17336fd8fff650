"""Browsers of people who are signed in: each asks for one page after another over a connection that stays open.

A page costs the program some ten milliseconds, so that a thread for each browser costs nothing beside it.
"""

from __future__ import annotations

import hashlib
import random
import re
import socket
import threading
import time
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

PAGE_KINDS = frozenset({"home", "send"})
BROWSERS = 16
"""Each is somebody of their own: nobody confirms two payments at the same moment."""
DIGITS = "739152"
PAYEES = 5
"""So many addresses each sends to: only so many new ones may be looked up in a day."""
_FEE = re.compile(rb'name="fee" value="([0-9]+)"')
_LOCATION = re.compile(rb"\r\nlocation: (?:https?://[^/\r\n]+)?([^\r\n]+)", re.IGNORECASE)
_LENGTH = re.compile(rb"\r\ncontent-length: *([0-9]+)", re.IGNORECASE)
_CSRF = "c" * 32
_LARGEST = 1 << 20
_PATIENCE_SECONDS = 30


def session_key(number: int) -> str:
    """Return the value of the session's cookie of one of the browsers."""
    return hashlib.sha256(f"bench browser {number}".encode()).hexdigest()[:32]


class _Failed(Exception):
    """A page was not what it should be."""


@dataclass
class Browser:
    """One browser, and the figures of what it did."""

    number: int
    kind: str
    port: int
    people: int
    chance: random.Random
    latencies_ms: list[float] = field(default_factory=list)
    """One element a page."""
    done: int = 0
    """Pages of `home`, transfers of `send`."""
    bad: list[str] = field(default_factory=list)
    _socket: socket.socket | None = None

    def run(self, until: float) -> None:
        """Ask for pages until the clock says so; what was begun is finished."""
        self._socket = socket.create_connection(("127.0.0.1", self.port), _PATIENCE_SECONDS)
        try:
            while time.perf_counter() < until:
                if self.kind == "home":
                    self._page("GET", "/wallet", 200)
                else:
                    self._send()
                self.done += 1
        except (_Failed, OSError) as error:
            self.bad.append(f"{type(error).__name__} {error}"[:300])
        finally:
            self._socket.close()

    def _send(self) -> None:
        # Behind the browsers' own people, who are the first ones.
        step = self.number * PAYEES + self.chance.randrange(PAYEES)
        payee = BROWSERS + 1 + step % (self.people - BROWSERS - 1)
        minor = self.chance.randint(1, 9)
        form = {
            "recipient": f"person.{payee}@example.com",
            "amount": f"0.0{minor}",
            "note": "Lunch",
            "delay": "0",
        }
        self._page("GET", "/send", 200)
        confirm = self._place(self._page("POST", "/send", 302, form))
        fee = _FEE.search(self._page("GET", confirm, 200))
        if fee is None:
            raise _Failed("the confirming page names no fee")
        done = self._place(self._page("POST", confirm, 302, {"digits": DIGITS, "fee": fee[1].decode()}))
        if not done.endswith("/done"):
            raise _Failed(f"the confirming page led to {done}")
        self._page("GET", done, 200)

    def _page(self, method: str, path: str, wanted: int, fields: dict[str, str] | None = None) -> bytes:
        assert self._socket is not None
        body = urlencode(fields).encode() if fields else b""
        kind = (
            f"content-type: application/x-www-form-urlencoded\r\ncontent-length: {len(body)}\r\n"
            if fields
            else ""
        )
        request = (
            f"{method} {path} HTTP/1.1\r\nhost: localhost:{self.port}\r\nuser-agent: Bench/1.0\r\n"
            f"cookie: okpay_session={session_key(self.number)}; csrftoken={_CSRF}\r\nx-csrftoken: {_CSRF}\r\n{kind}\r\n"
        )
        begun = time.perf_counter()
        self._socket.sendall(request.encode() + body)
        answer = b""
        while not _is_whole(answer):
            part = self._socket.recv(_LARGEST)
            if not part:
                raise _Failed(f"{path}: the connection was closed")
            answer += part
        self.latencies_ms.append((time.perf_counter() - begun) * 1000)
        if int(answer[9:12]) != wanted:
            raise _Failed(f"{method} {path}: {answer[:120]!r}")
        return answer

    @staticmethod
    def _place(answer: bytes) -> str:
        found = _LOCATION.search(answer)
        if found is None:
            raise _Failed("an answer leads to nowhere")
        return found[1].decode()


def _is_whole(found: bytes) -> bool:
    head = found.find(b"\r\n\r\n")
    length = _LENGTH.search(found, 0, head + 2) if head >= 0 else None
    return length is not None and len(found) >= head + 4 + int(length[1])


@dataclass
class Browsers:
    """All of them: what the bench orders about as it does the client of the API."""

    kind: str
    port: int
    people: int

    def run(self, seconds: float, connections: int) -> dict[str, Any]:
        """Let some browsers ask for some seconds."""
        chosen = [
            Browser(number, self.kind, self.port, self.people, random.Random())
            for number in range(connections)
        ]
        used, start = time.process_time(), time.perf_counter()
        threads = [threading.Thread(target=one.run, args=[start + seconds]) for one in chosen]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        bad = [problem for one in chosen for problem in one.bad]
        return {
            "transfers": sum(one.done for one in chosen),
            "seconds": time.perf_counter() - start,
            "latencies_ms": [latency for one in chosen for latency in one.latencies_ms],
            "cpu_seconds": time.process_time() - used,
            "bad": bad[:3],
            "failed": len(bad),
        }
