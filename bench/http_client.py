"""A client of the API: bytes that were built before, over connections that stay open, in as little Python as can be.

A process of its own, told what to do in lines of JSON. It shares the cores with program and database, so what it costs
itself is in the figures: some 30 microseconds a request.
"""

from __future__ import annotations

import gc
import hashlib
import json
import random
import select
import socket
import sys
import time
import uuid
from dataclasses import dataclass, field
from typing import Any

from bench.web_client import PAGE_KINDS, Browsers

_PAGES = frozenset({"page", "first", "deep"})
_AT_FIRST = {"bulk": 60, **dict.fromkeys(_PAGES, 3_000)}
_TRANSFERS_AT_FIRST = 3_000
"""Requests a second, while nothing better is known."""
ROWS = 100
PROGRAMS = 2_000
"""How many people send by program: after the warm-up the process knows their keys, as it knows those of shops."""
_LARGEST = 1 << 20


def secret(number: int) -> str:
    """Return the API key of one of the bench's people."""
    return "okp_test_" + hashlib.sha256(f"bench {number}".encode()).hexdigest()[:43]


@dataclass
class Client:
    """Makes requests of a kind (`single`, `hot`, `bulk`, `page`, `first`, `deep`) for people, and sends them."""

    kind: str
    port: int
    people: int
    chance: random.Random
    marks: list[tuple[int, str]] = field(default_factory=list, repr=False)
    """People with long records, and cursors deep in them: what `first` and `deep` ask for."""
    _requests: list[bytes] = field(default_factory=list, repr=False)
    _secrets: list[bytes] = field(default_factory=list, repr=False)

    def prepare(self, seconds: float, rate: float) -> None:
        """Build half as many requests again as the rate so far needs."""
        if not self._secrets:
            self._secrets = [secret(number).encode() for number in range(self.people)]
        wanted = rate * 1.5 or _AT_FIRST.get(self.kind, _TRANSFERS_AT_FIRST)
        self._requests = [self._request() for _ in range(int(seconds * wanted) + 200)]

    def run(self, seconds: float, connections: int, rate: float) -> dict[str, Any]:
        """Send for some seconds, each connection one request at a time; with a rate, no faster than that.

        With a rate a request counts from when it was due, not from when a connection was free for it.
        """
        sockets = [self._connect() for _ in range(connections)]
        gc.collect()
        gc.freeze()
        try:
            return self._run(sockets, seconds, rate)
        finally:
            gc.unfreeze()
            for one in sockets:
                one.close()

    def _run(self, sockets: list[socket.socket], seconds: float, rate: float) -> dict[str, Any]:
        clock = time.perf_counter
        poll = select.epoll()
        by_fd = {one.fileno(): one for one in sockets}
        for one in sockets:
            poll.register(one, select.EPOLLIN)
        free, since = list(by_fd), dict.fromkeys(by_fd, 0.0)
        halves: dict[int, bytes] = {}
        latencies: list[float] = []
        bad: list[str] = []
        transfers = sent = 0
        used = time.process_time()
        start = clock()
        end = start + seconds
        while True:
            now = clock()
            while free and now < end and self._requests and (not rate or start + sent / rate <= now):
                fd = free.pop()
                since[fd] = start + sent / rate if rate else now
                by_fd[fd].sendall(self._requests.pop())
                sent += 1
            if len(free) == len(by_fd) and (now >= end or not self._requests):
                break
            for fd, _ in poll.poll(0.0005 if rate else 5):
                found = halves.pop(fd, b"") + by_fd[fd].recv(_LARGEST)
                whole = _whole(found)
                if whole is None:
                    halves[fd] = found
                    continue
                latencies.append((clock() - since[fd]) * 1000)
                made = self._made(whole)
                if made is None:
                    bad.append(whole[:300].decode("latin-1"))
                transfers += made or 0
                free.append(fd)
        elapsed = clock() - start
        poll.close()
        return {
            "transfers": transfers, "seconds": elapsed, "retries": 0, "latencies_ms": latencies, "bad": bad[:3],
            "failed": len(bad), "cpu_seconds": time.process_time() - used,
        }  # fmt: skip

    def _made(self, answer: bytes) -> int | None:
        status = answer[9:12]
        if self.kind == "bulk":
            return ROWS if status == b"200" and b'"error"' not in answer else None
        if self.kind in _PAGES:
            # Long records have a whole page at whatever depth that is asked for.
            return 1 if status == b"200" and (self.kind == "page" or b'"data":[{' in answer) else None
        return 1 if status == b"201" and b'"state":"completed"' in answer else None

    def _connect(self) -> socket.socket:
        made = socket.create_connection(("127.0.0.1", self.port))
        made.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return made

    def _request(self) -> bytes:
        payer = self.chance.randrange(1, min(PROGRAMS, self.people))
        if self.kind in _PAGES:
            after = b""
            if self.kind != "page":
                payer, cursor = self.chance.choice(self.marks)
                after = b"&after=" + cursor.encode() if self.kind == "deep" else b""
            return _head(b"GET", b"/v1/movements?limit=50" + after, self._secrets[payer]) + b"\r\n"
        if self.kind == "bulk":
            body = b'{"transfers":[' + b",".join(self._row(payer) for _ in range(ROWS)) + b"]}"
            return _post(b"/v1/bulk_transfers", self._secrets[payer], self._key(), body)
        return _post(b"/v1/transfers", self._secrets[payer], self._key(), self._row(payer))

    def _row(self, payer: int) -> bytes:
        payee = 0 if self.kind == "hot" else self.chance.randrange(1, self.people)
        if payee == payer:
            payee = payer % (self.people - 1) + 1
        return (
            b'{"recipient":{"type":"email","value":"person.%d@example.com"},'
            b'"amount":{"amount":%d,"currency":"USD"},"note":"Lunch"}' % (payee, self.chance.randint(1, 9))
        )

    def _key(self) -> bytes:
        return uuid.UUID(int=self.chance.getrandbits(128)).hex.encode()


def _head(method: bytes, path: bytes, key: bytes) -> bytes:
    return b"%s %s HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer %s\r\n" % (method, path, key)


def _post(path: bytes, key: bytes, once: bytes, body: bytes) -> bytes:
    return _head(
        b"POST", path, key
    ) + b"idempotency-key: %s\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n%s" % (
        once,
        len(body),
        body,
    )


def _whole(found: bytes) -> bytes | None:
    """Return an answer if all of it is there."""
    head = found.find(b"\r\n\r\n")
    if head < 0:
        return None
    at = found.find(b"content-length: ", 0, head)
    length = int(found[at + 16 : found.find(b"\r\n", at)])
    return found if len(found) >= head + 4 + length else None


def main() -> None:
    """Serve orders until standard input ends."""
    clients: dict[str, Client] = {}
    answer: dict[str, Any]
    for line in sys.stdin:
        order = json.loads(line)
        name = f"{order['kind']} {order['port']}"
        if order["kind"] in PAGE_KINDS:
            answer = {}
            if "run" in order:
                answer = Browsers(order["kind"], order["port"], order["people"]).run(
                    order["run"], order["connections"]
                )
            print(json.dumps(answer), flush=True)
            continue
        client = clients.get(name)
        if client is None:
            client = Client(order["kind"], order["port"], order["people"], random.Random())
            clients[name] = client
        answer = {}
        if "prepare" in order:
            client.marks = [(number, cursor) for number, cursor in order.get("marks", ())]
            client.prepare(order["prepare"], order["rate"])
        else:
            answer = client.run(order["run"], order["connections"], order["pace"])
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main()
