"""Telling the wallet what became of a charge: signed events by HTTP, sent until they are taken.

Source: Stripe's webhooks; the signature is the scheme `v1` of the header `Stripe-Signature`.
"""

from __future__ import annotations

import asyncio
import contextlib
import functools
import hashlib
import hmac
import logging
import ssl
import time
from collections.abc import Iterator
from urllib.parse import urlsplit

import msgspec

from okpay_sandbox.acquirer.acquiring import KEEP_TRYING_SECONDS, Acquirer
from okpay_sandbox.acquirer.records import Event
from okpay_sandbox.wire.acquirer.objects import Objects

_log = logging.getLogger(__name__)

ANSWER_SECONDS = 10.0
LONGEST_PAUSE_SECONDS = 60.0
AT_ONCE = 8
MOST_UNDER_WAY = 1_000
"""Events that are being sent or wait for their next try; the others wait in the store."""
LOOK_SECONDS = 0.5
"""How often charges in processing are looked at."""
THIS_MACHINE = ("localhost", "127.0.0.1", "::1")


class Hooks:
    """Sends each event at least once, and lets charges in processing succeed when it is time."""

    def __init__(self, acquirer: Acquirer, url: str, secret: str) -> None:
        self._acquirer = acquirer
        self._store = acquirer.store
        self._url = url
        self._secret = secret.encode()
        self._objects = Objects(acquirer)
        self._under_way: dict[str, asyncio.Task[None]] = {}
        self._places = asyncio.Semaphore(AT_ONCE)

    async def run(self) -> None:
        """Send what there is to send until cancelled. What is not taken by then is sent by the next process."""
        try:
            while True:
                self._store.news.clear()
                self._acquirer.settle(int(time.time()))
                self._begin()
                seconds = LOOK_SECONDS if self._store.processing else None
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(self._store.news.wait(), seconds)
        finally:
            for task in self._under_way.values():
                task.cancel()

    def _begin(self) -> None:
        waiting = [event for key, event in self._store.undelivered.items() if key not in self._under_way]
        for event in waiting[: MOST_UNDER_WAY - len(self._under_way)]:
            if not self._url:
                self._acquirer.forget_event(event)
                continue
            task = asyncio.create_task(self._deliver(event))
            self._under_way[event.id] = task
            task.add_done_callback(functools.partial(self._ended, event.id))

    def _ended(self, key: str, _: asyncio.Task[None]) -> None:
        del self._under_way[key]
        # There is a place for one that waits in the store.
        self._store.news.set()

    async def _deliver(self, event: Event) -> None:
        # Copies go at the same moment, because that is when they hurt.
        await asyncio.gather(*(self._until_taken(event) for _ in range(event.copies)))
        self._acquirer.forget_event(event)

    async def _until_taken(self, event: Event) -> None:
        body = msgspec.json.encode(self._objects.event(event))
        for pause in _pauses():
            async with self._places:
                if await self._is_taken(body):
                    return
            if time.time() + pause > event.at + KEEP_TRYING_SECONDS:
                _log.warning("an event was never taken")
                return
            await asyncio.sleep(pause)

    async def _is_taken(self, body: bytes) -> bool:
        try:
            async with asyncio.timeout(ANSWER_SECONDS):
                status = await post(self._url, body, signature(self._secret, body, int(time.time())))
        except (OSError, ValueError):
            return False
        return 200 <= status < 300


def signature(secret: bytes, body: bytes, at: int) -> str:
    """Return the header that proves who sent a body, and when."""
    mark = hmac.digest(secret, b"%d.%s" % (at, body), hashlib.sha256).hex()
    return f"t={at},v1={mark}"


async def post(url: str, body: bytes, signed: str) -> int:
    """Send a body of JSON and return the status of the answer, which is not followed anywhere.

    Raises:
        OSError: Nobody answers there.
        ValueError: The connection ended before the answer, or it is not HTTP.
    """
    parts = urlsplit(url)
    host = parts.hostname or ""
    is_secure = parts.scheme == "https"
    port = parts.port or (443 if is_secure else 80)
    context = _context(host) if is_secure else None
    reader, writer = await asyncio.open_connection(host, port, ssl=context)
    try:
        head = (
            f"POST {parts.path or '/'}{f'?{parts.query}' if parts.query else ''} HTTP/1.1\r\n"
            f"Host: {parts.netloc}\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n"
            f"User-Agent: OKPay sandbox\r\nStripe-Signature: {signed}\r\nConnection: close\r\n\r\n"
        )
        writer.write(head.encode("ascii") + body)
        await writer.drain()
        version, status, *_ = (await reader.readline()).split(None, 2)
        if not version.startswith(b"HTTP/"):
            raise ValueError(version)
        return int(status)
    finally:
        # Not waited for: a server that does not close its end would hold the place.
        writer.close()


def _context(host: str) -> ssl.SSLContext:
    context = ssl.create_default_context()
    if host in THIS_MACHINE:
        # `okpay run --tls` makes a certificate of its own, and events are signed anyway.
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context


def _pauses() -> Iterator[float]:
    pause = 1.0
    while True:
        yield pause
        pause = min(2 * pause, LONGEST_PAUSE_SECONDS)
