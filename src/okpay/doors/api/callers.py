"""Who asks: an API key, looked up once and kept in memory, and gone from there within a second of its end.

Every process asks twice a second which keys have changed and forgets those. While that question is not answered it
trusts nothing that it remembers, and asks the database for each request.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import time
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

from django.db import Error, transaction

from okpay.base import clock
from okpay.base.errors import Unavailable
from okpay.customers import queries as customers
from okpay.customers.records import Customer
from okpay.doors.api.problems import Problem
from okpay.doors.api.readers import Readers
from okpay.identity import actions as identity
from okpay.identity import queries as people
from okpay.identity.records import ApiKey
from okpay.wallets import queries as wallets

POLL_SECONDS = 0.4
TRUSTED_SECONDS = 0.8
"""How old the last word about changed keys may be for what is remembered to count."""
LOOK_BACK_SECONDS = 15.0
"""How far back changes are asked for, more than any of these short transactions lasts."""
NOTE_SECONDS = 5.0
MOST_REMEMBERED = 100_000
THREADS = 2
_CHALLENGE = [(b"www-authenticate", b'Bearer realm="OKPay"')]


@dataclass(frozen=True, slots=True)
class Caller:
    """A key as it was when it was looked up, and the customer whose it is."""

    key: ApiKey
    customer: Customer
    currencies: frozenset[str]
    """What the customer has wallets in."""


@dataclass(frozen=True, slots=True)
class _Remembered:
    caller: Caller
    read_at: float


class Callers:
    """Finds out who asks."""

    def __init__(self, *, prefix: str) -> None:
        # Threads of its own: who asks must be known however many reports wait for the others.
        self._readers = Readers(threads=THREADS)
        self._prefix = prefix
        self._known: dict[bytes, _Remembered] = {}
        self._asked: dict[bytes, asyncio.Future[Caller | None]] = {}
        self._looking: asyncio.Task[None] | None = None
        self._polling: asyncio.Task[None] | None = None
        self._heard_at = float("-inf")
        self._uses: dict[UUID, tuple[datetime, str]] = {}
        self._noted_at = time.monotonic()
        self._shift = timedelta(0)

    def now(self) -> datetime:
        """Return the present instant; a test clock that was moved is followed within a second."""
        return clock.host_now() + self._shift

    async def caller(self, authorization: str | None, address: str) -> Caller:
        """Return who asks, from the `Authorization` header and the address that the request came from.

        Raises: Problem `key_missing`, `key_invalid`. Unavailable.
        """
        scheme, _, token = (authorization or "").partition(" ")
        if scheme.lower() != "bearer" or not token:
            raise Problem("key_missing", headers=_CHALLENGE)
        # A key of the other mode is none at all here, and neither is text of any other form.
        if not token.startswith(self._prefix) or len(token) > 100 or not token.isascii():
            raise Problem("key_invalid", headers=_CHALLENGE)
        digest = hashlib.sha256(token.encode()).digest()
        self._start_polling()
        found = self._remembered(digest) or await self._look_up(digest)
        if found is None or not self._may_ask(found, address):
            raise Problem("key_invalid", headers=_CHALLENGE)
        self._uses[found.key.id] = (self.now(), address)
        return found

    async def refresh(self, caller: Caller) -> Caller:
        """Return the caller with the wallets that they have by now."""
        owned = await self._readers.run(wallets.wallets, caller.customer.id)
        fresh = replace(caller, currencies=frozenset(wallet.currency for wallet in owned))
        for digest, known in self._known.items():
            if known.caller is caller:
                self._known[digest] = _Remembered(fresh, known.read_at)
                break
        return fresh

    def close(self) -> None:
        """Stop asking, and let the threads go."""
        for task in (self._polling, self._looking):
            if task is not None:
                task.cancel()
        self._readers.close()

    def _remembered(self, digest: bytes) -> Caller | None:
        known = self._known.get(digest)
        if known is None or time.monotonic() - max(self._heard_at, known.read_at) > TRUSTED_SECONDS:
            return None
        return known.caller

    def _may_ask(self, caller: Caller, address: str) -> bool:
        return caller.key.stands(self.now()) and caller.key.admits(address)

    async def _look_up(self, digest: bytes) -> Caller | None:
        """Ask the database; what is wanted while it answers is the next question."""
        wanted = self._asked.get(digest)
        if wanted is None:
            wanted = self._asked[digest] = asyncio.get_running_loop().create_future()
            if self._looking is None or self._looking.done():
                self._looking = asyncio.ensure_future(self._look_up_all())
        return await asyncio.shield(wanted)

    async def _look_up_all(self) -> None:
        while self._asked:
            batch, self._asked = self._asked, {}
            started = time.monotonic()
            try:
                found = await self._readers.run(_read_callers, list(batch))
            except Exception as error:
                for waiting in batch.values():
                    waiting.set_exception(error)
                continue
            if len(self._known) + len(found) > MOST_REMEMBERED:
                self._known.clear()
            for digest, waiting in batch.items():
                caller = found.get(digest)
                if caller is not None:
                    self._known[digest] = _Remembered(caller, started)
                waiting.set_result(caller)

    def _start_polling(self) -> None:
        if self._polling is None or self._polling.done():
            self._polling = asyncio.ensure_future(self._poll())

    async def _poll(self) -> None:
        while True:
            started = time.monotonic()
            with contextlib.suppress(Unavailable, Error):
                changed, self._shift = await self._readers.run(_changed)
                if started - self._heard_at > LOOK_BACK_SECONDS - 1:
                    # Too long without a word: something may have changed before what was asked for.
                    self._known.clear()
                else:
                    self._forget(changed)
                self._heard_at = started
                await self._note_uses()
            await asyncio.sleep(max(0.05, POLL_SECONDS - (time.monotonic() - started)))

    def _forget(self, changed: set[UUID]) -> None:
        if changed:
            self._known = {
                digest: known for digest, known in self._known.items() if known.caller.key.id not in changed
            }

    async def _note_uses(self) -> None:
        if not self._uses or time.monotonic() - self._noted_at < NOTE_SECONDS:
            return
        uses, self._uses = self._uses, {}
        self._noted_at = time.monotonic()
        await self._readers.run(_note, [(key_id, at, address) for key_id, (at, address) in uses.items()])


def _read_callers(digests: list[bytes]) -> dict[bytes, Caller]:
    """Return the callers of the digests whose keys stand."""
    keys = {digest: key for digest, key in people.api_keys_by_digest(digests).items() if not key.is_locked}
    owners = customers.customers_of_users({key.user_id for key in keys.values()}) if keys else {}
    purses = wallets.currencies_of([owner.id for owner in owners.values()]) if owners else {}
    return {
        digest: Caller(key, owner, purses.get(owner.id, frozenset()))
        for digest, key in keys.items()
        if (owner := owners.get(key.user_id)) is not None
    }


def _changed() -> tuple[set[UUID], timedelta]:
    return people.api_keys_changed_since(LOOK_BACK_SECONDS), clock.shift()


def _note(uses: list[tuple[UUID, datetime, str]]) -> None:
    with transaction.atomic():
        identity.note_api_key_uses(uses)
