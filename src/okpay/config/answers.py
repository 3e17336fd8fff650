"""Small whole answers of the ASGI application itself."""

from __future__ import annotations

from html import escape
from http import HTTPStatus
from typing import Any

from django.conf import settings

from okpay.config.limits import Refusal
from okpay.doors.api.problems import CONTENT_TYPE, Problem, Writer

_SAFE = [
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'"),
    (b"x-content-type-options", b"nosniff"),
    (b"cache-control", b"no-store"),
]


async def send_text(
    send: Any, status: int, text: str, headers: list[tuple[bytes, bytes]] | None = None
) -> None:
    """Answer with a line of text."""
    body = f"{text}\n".encode()
    await _send_whole(send, status, _headers(b"text/plain; charset=utf-8", body) + (headers or []), body)


async def send_json(
    send: Any, status: int, text: str, headers: list[tuple[bytes, bytes]] | None = None
) -> None:
    """Answer with a line of JSON."""
    body = f"{text}\n".encode()
    await _send_whole(send, status, _headers(b"application/json", body) + (headers or []), body)


async def send_refusal(send: Any, refusal: Refusal) -> None:
    """Answer with a small plain page, and close the connection: the rest of the request is not read."""
    headers, body = whole_refusal(refusal)
    await _send_whole(send, refusal.status, headers, body)


def whole_refusal(refusal: Refusal) -> tuple[list[tuple[bytes, bytes]], bytes]:
    """Return the headers and the body of a refusal."""
    phrase = HTTPStatus(refusal.status).phrase
    page = (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{refusal.status} {escape(phrase)}</title>'
        f'<h1>{escape(refusal.english)}</h1><p lang="zh-Hans">{escape(refusal.chinese)}</p></html>'
    ).encode()
    headers = _headers(b"text/html; charset=utf-8", page)
    headers.append((b"connection", b"close"))
    if refusal.status == HTTPStatus.SERVICE_UNAVAILABLE:
        headers.append((b"retry-after", b"2"))
    return headers, page


def whole_problem(refusal: Refusal) -> tuple[list[tuple[bytes, bytes]], bytes]:
    """Return the headers and the body of a refusal as programs read it."""
    body = Writer(settings.ORIGIN).body(Problem(refusal.code))
    headers = _headers(CONTENT_TYPE, body)
    headers.append((b"connection", b"close"))
    if refusal.status == HTTPStatus.SERVICE_UNAVAILABLE:
        headers.append((b"retry-after", b"2"))
    return headers, body


def is_for_programs(path: bytes | str) -> bool:
    """Tell whether an address is one of the API's."""
    text = path.decode("latin-1") if isinstance(path, bytes) else path
    return text == "/v1" or text.startswith(("/v1/", "/v1?"))


def _headers(kind: bytes, body: bytes) -> list[tuple[bytes, bytes]]:
    return [(b"content-type", kind), (b"content-length", str(len(body)).encode()), *_SAFE]


async def _send_whole(send: Any, status: int, headers: list[tuple[bytes, bytes]], body: bytes) -> None:
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
