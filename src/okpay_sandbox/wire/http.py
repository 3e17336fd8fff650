"""What the addresses for programs share: JSON in, JSON out, errors with a code."""

from __future__ import annotations

from http import HTTPStatus
from typing import TypeVar

import msgspec
from starlette.requests import Request
from starlette.responses import Response

T = TypeVar("T")

MOST_BYTES = 64 * 1024


class Refused(Exception):
    """A request is not carried out."""

    def __init__(self, status: int, code: str, sentence: str) -> None:
        super().__init__(sentence)
        self.status, self.code, self.sentence = status, code, sentence


def answer(content: object, status: int = HTTPStatus.OK) -> Response:
    """Return an answer in JSON."""
    return Response(msgspec.json.encode(content), status, media_type="application/json")


async def refusal(_: Request, error: Exception) -> Response:
    """Return the answer to a request that is not carried out."""
    assert isinstance(error, Refused)
    told = answer({"error": {"code": error.code, "message": error.sentence}}, error.status)
    if error.status == HTTPStatus.UNAUTHORIZED:
        told.headers["WWW-Authenticate"] = "Bearer"
    if error.status == HTTPStatus.SERVICE_UNAVAILABLE:
        told.headers["Retry-After"] = "5"
    return told


async def read_body(request: Request, most_bytes: int = MOST_BYTES) -> bytes:
    """Return the whole body of a request.

    Raises:
        Refused: It is too large.
    """
    body = bytearray()
    async for part in request.stream():
        body += part
        if len(body) > most_bytes:
            raise Refused(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "too_large", f"At most {most_bytes} bytes.")
    return bytes(body)


def decode(body: bytes, kind: type[T]) -> T:
    """Return what a body says.

    Raises:
        Refused: It is not JSON, or not of this form; the sentence names the field.
    """
    try:
        return msgspec.json.decode(body, type=kind)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise Refused(HTTPStatus.UNPROCESSABLE_ENTITY, "malformed", f"{error}.") from None
