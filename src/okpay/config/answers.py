"""Small whole answers of the ASGI application itself."""

from __future__ import annotations

from html import escape
from http import HTTPStatus
from typing import Any

from okpay.config.limits import Refusal

_SAFE = [
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'"),
    (b"x-content-type-options", b"nosniff"),
    (b"cache-control", b"no-store"),
]


async def send_text(
    send: Any, status: int, text: str, headers: list[tuple[bytes, bytes]] | None = None
) -> None:
    """Answer with a line of text."""
    await _send(send, status, b"text/plain; charset=utf-8", f"{text}\n".encode(), headers or [])


async def send_refusal(send: Any, refusal: Refusal) -> None:
    """Answer with a small plain page, and close the connection: the rest of the request is not read."""
    phrase = HTTPStatus(refusal.status).phrase
    page = (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{refusal.status} {escape(phrase)}</title>'
        f'<h1>{escape(refusal.english)}</h1><p lang="zh-Hans">{escape(refusal.chinese)}</p></html>'
    )
    headers = [(b"connection", b"close")]
    if refusal.status == HTTPStatus.SERVICE_UNAVAILABLE:
        headers.append((b"retry-after", b"2"))
    await _send(send, refusal.status, b"text/html; charset=utf-8", page.encode(), headers)


async def _send(send: Any, status: int, kind: bytes, body: bytes, headers: list[tuple[bytes, bytes]]) -> None:
    length = (b"content-length", str(len(body)).encode())
    start = {"type": "http.response.start", "status": status}
    await send({**start, "headers": [(b"content-type", kind), length, *_SAFE, *headers]})
    await send({"type": "http.response.body", "body": body})
