"""What the acquirer refuses, in the codes of Stripe's API."""

from __future__ import annotations

from http import HTTPStatus

from okpay_sandbox.acquirer.records import Intent


class Invalid(Exception):
    """A request that cannot be carried out; nothing was done."""

    def __init__(
        self,
        message: str,
        *,
        code: str = "",
        param: str = "",
        status: int = HTTPStatus.BAD_REQUEST,
        kind: str = "invalid_request_error",
        intent: Intent | None = None,
    ) -> None:
        super().__init__(message)
        self.message, self.code, self.param = message, code, param
        self.status, self.kind, self.intent = status, kind, intent


def missing(kind: str, key: str, param: str = "id") -> Invalid:
    """Return the refusal of an id that nothing has."""
    status = HTTPStatus.NOT_FOUND if param == "id" else HTTPStatus.BAD_REQUEST
    return Invalid(f"No such {kind}: '{key}'", code="resource_missing", param=param, status=status)
