"""What a program is told when something cannot be done: problem details with a stable code.

Source: RFC 9457. The sentence of a code says what became of the money and what to do next; the page of each code is
`/developers/errors/<code>`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import msgspec

from okpay.base.errors import CodedError, InvalidInput, Unavailable
from okpay.doors.api.problem_words import WORDS
from okpay.movements.records import Refused

CONTENT_TYPE = b"application/problem+json"
Headers = list[tuple[bytes, bytes]]


@dataclass(frozen=True, slots=True)
class Fault:
    """A part of a request that cannot be taken: where it is, as a JSON pointer, and why."""

    pointer: str
    detail: str


class Problem(Exception):
    """A request is answered with a problem: its code decides status and sentence."""

    def __init__(
        self,
        code: str,
        *,
        data: Mapping[str, Any] | None = None,
        faults: Sequence[Fault] = (),
        headers: Headers | None = None,
        is_replay: bool = False,
    ) -> None:
        super().__init__(code)
        self.code = code
        self.data = dict(data or {})
        self.faults = tuple(faults)
        self.headers = headers or []
        self.is_replay = is_replay

    @property
    def status(self) -> int:
        """The HTTP status."""
        return WORDS[self.code].status


@dataclass(frozen=True, slots=True)
class Writer:
    """Writes problems down; `origin` is where the page of each code is."""

    origin: str
    _types: dict[str, str] = field(default_factory=dict)

    def document(self, problem: Problem, request_id: str = "") -> dict[str, Any]:
        """Return the members of a problem."""
        words = WORDS[problem.code]
        document: dict[str, Any] = {
            "type": f"{self.origin}/developers/errors/{problem.code}",
            "title": words.title,
            "status": words.status,
            "detail": words.detail,
            "code": problem.code,
        }
        if request_id:
            document["request_id"] = request_id
        if problem.faults:
            document["errors"] = [
                {"pointer": fault.pointer, "detail": fault.detail} for fault in problem.faults
            ]
        # What a code brings besides never hides a member that every problem has.
        return {**{name: value for name, value in problem.data.items() if name not in document}, **document}

    def body(self, problem: Problem, request_id: str = "") -> bytes:
        """Return a problem as JSON."""
        return msgspec.json.encode(self.document(problem, request_id))


def problem_of_refused(refused: Refused) -> Problem:
    """Return what a command's refusal is to a program."""
    return Problem(refused.code, data=refused.data, is_replay=refused.is_replay)


def problem_of(error: CodedError, *, place: str = "") -> Problem:
    """Return what a room's error is to a program; `place` is where the value is that was complained about."""
    headers: Headers = []
    faults: list[Fault] = []
    if isinstance(error, Unavailable):
        headers.append((b"retry-after", str(error.retry_after_seconds).encode()))
    elif isinstance(error, InvalidInput) and (place or error.field):
        faults.append(Fault(place or f"#/{error.field}", WORDS[error.code].detail))
    return Problem(error.code, data=error.data, faults=faults, headers=headers)
