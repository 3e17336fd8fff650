"""How much one key may ask: a bucket of tokens in this process, filled at a steady rate.

Source: draft-ietf-httpapi-ratelimit-headers-10 for the headers.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Generic, TypeVar

Name = TypeVar("Name")
_MOST_BUCKETS = 50_000
BURST_SECONDS = 5


@dataclass(slots=True)
class _Bucket:
    tokens: float
    filled_at: float


class Rates(Generic[Name]):
    """Buckets by name. `per_second` is what this process lets through, with a burst of some seconds' worth."""

    def __init__(self, per_second: float, *, burst_seconds: float = BURST_SECONDS) -> None:
        self._per_second = per_second
        self._size = max(1.0, per_second * burst_seconds)
        self._buckets: dict[Name, _Bucket] = {}
        self.policy = f'"default";q={int(self._size)};w={int(self._size / per_second)}'.encode()

    def take(self, name: Name, *, cost: float = 1.0) -> tuple[float, int]:
        """Take tokens and return how many seconds to wait (0: it may go on) and how many are left."""
        now = time.monotonic()
        bucket = self._buckets.get(name)
        if bucket is None:
            if len(self._buckets) >= _MOST_BUCKETS:
                self._forget(now)
            bucket = self._buckets[name] = _Bucket(self._size, now)
        tokens = min(self._size, bucket.tokens + (now - bucket.filled_at) * self._per_second)
        bucket.filled_at = now
        # Whoever has a whole bucket may pay more than it holds, and then waits for longer.
        if tokens < min(cost, self._size):
            bucket.tokens = tokens
            return (min(cost, self._size) - tokens) / self._per_second, int(max(0.0, tokens))
        bucket.tokens = tokens - cost
        return 0.0, int(max(0.0, bucket.tokens))

    def _forget(self, now: float) -> None:
        # Full again: as good as new.
        full_at = self._size / self._per_second
        for name in [name for name, bucket in self._buckets.items() if now - bucket.filled_at > full_at]:
            del self._buckets[name]
        if len(self._buckets) >= _MOST_BUCKETS:
            self._buckets.clear()
