"""What may go wrong, in four kinds. A code is stable and public; the sentence for it is written by a door.

Each room's `errors.py` subclasses these and lists its closed set of codes in `codes`. A test reads them
all with `every_code()` and checks that each door has a status or a sentence for each.
"""

from __future__ import annotations

import re
from typing import Any, ClassVar

_CODE = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")
_owners: dict[str, type[CodedError]] = {}


class BrokenInvariant(Exception):
    """The program contradicts itself: let it crash, never catch it."""


class CodedError(Exception):
    """Something a caller must be told: a stable code with data (ids, numbers, codes), never a sentence."""

    codes: ClassVar[frozenset[str]] = frozenset()

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        for code in cls.__dict__.get("codes", ()):
            if not _CODE.fullmatch(code):
                raise BrokenInvariant(f"{cls.__qualname__}: {code!r} is not snake_case")
            owner = _owners.setdefault(code, cls)
            if (owner.__module__, owner.__qualname__) != (cls.__module__, cls.__qualname__):
                raise BrokenInvariant(f"code {code!r} belongs to {owner.__qualname__} already")

    def __init__(self, code: str, **data: Any) -> None:
        if code not in self.codes:
            raise BrokenInvariant(f"{type(self).__qualname__} does not list the code {code!r}")
        super().__init__(code, data)
        self.code = code
        self.data: dict[str, Any] = data


class Refusal(CodedError):
    """A business rule said no. It is an answer like any other: stored with its key and replayed."""


class InvalidInput(CodedError):
    """What came in cannot be read or is not allowed; `field` names the part, or is empty. Never stored."""

    def __init__(self, code: str, *, field: str = "", **data: Any) -> None:
        super().__init__(code, **data)
        self.field = field


class Unavailable(CodedError):
    """It may work later: try again after `retry_after_seconds`, with the same idempotency key."""

    codes = frozenset({"overloaded", "shutting_down", "database_unavailable"})

    def __init__(self, code: str, *, retry_after_seconds: int = 1, **data: Any) -> None:
        super().__init__(code, **data)
        self.retry_after_seconds = retry_after_seconds


def every_code() -> dict[str, type[CodedError]]:
    """Return every code of the rooms imported so far, with the class that lists it, sorted by code."""
    return dict(sorted(_owners.items()))
