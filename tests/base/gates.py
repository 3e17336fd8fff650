"""A list function for tests of the batchers, which can be held up and broken."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Generic, Protocol, TypeVar

from okpay.base.idempotency import Answer, Claim, hash_of, once_each
from tests.base.conftest import Effects

NOW = datetime(2026, 11, 23, tzinfo=UTC)


class Event(Protocol):
    """What threads or coroutines wait for."""

    def set(self) -> None: ...
    def clear(self) -> None: ...
    def is_set(self) -> bool: ...


E = TypeVar("E", bound=Event)


class Gate(Generic[E]):
    """Writes its commands once per key. `wait` is how its writer waits until the gate opens."""

    def __init__(self, effects: Effects, event: Callable[[], E], wait: Callable[[E], object]) -> None:
        self.effects = effects
        self.sizes: list[int] = []
        self.entered, self.open = event(), event()
        self.open.set()
        self._wait = wait
        self.before: Callable[[list[str]], None] = lambda _: None
        self.after: Callable[[list[str]], None] = lambda _: None

    def act(self, names: list[str]) -> list[str]:
        """Write the names, and return them."""
        self.sizes.append(len(names))
        self.entered.set()
        if not self.open.is_set():
            self._wait(self.open)
        self.before(names)
        claims = [Claim(self.effects.owner, name, "write", hash_of(name)) for name in names]

        def decide(fresh: list[int]) -> list[Answer]:
            self.effects.write([names[index] for index in fresh])
            return [{"name": names[index]} for index in fresh]

        answers = once_each(claims, decide, now=NOW)
        self.after(names)
        return [answer["name"] for answer in answers if isinstance(answer, dict)]
