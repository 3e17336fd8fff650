"""What a call raises: a refusal with its code, or that no answer came."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

_MEMBERS = frozenset({"type", "title", "status", "detail", "code", "request_id", "errors"})


class OkpayError(Exception):
    """Something was refused: decide by `code`, which does not change."""

    def __init__(self, problem: Mapping[str, Any], *, idempotency_key: str | None = None) -> None:
        self.code = str(problem.get("code", ""))
        self.status = int(problem.get("status", 0))
        self.title = str(problem.get("title", ""))
        self.detail = str(problem.get("detail", ""))
        """What became of the money, and what to do next."""
        self.type = str(problem.get("type", ""))
        """The address of the page about the code."""
        self.request_id = str(problem.get("request_id", ""))
        """What the operator finds the request by."""
        self.errors: Sequence[Mapping[str, str]] = problem.get("errors", ())
        """Where in the request something does not fit."""
        self.data = {name: value for name, value in problem.items() if name not in _MEMBERS}
        """What the code brings besides, such as `available_minor`."""
        self.idempotency_key = idempotency_key
        """The key that the request had, where it had one."""
        super().__init__(f"{self.code}: {self.title} {self.detail}".strip())


class Unanswered(OkpayError):
    """No answer came, however often it was tried: whether it was done is not known.

    Send the same request with the same `idempotency_key` and the same API key later: it is done once.
    """

    def __init__(self, cause: str, *, idempotency_key: str | None = None) -> None:
        problem = {"code": "unanswered", "title": "No answer came.", "detail": cause}
        super().__init__(problem, idempotency_key=idempotency_key)
