"""How much a request may bring, decided before any of it is parsed: refusing must cost next to nothing."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.http.request import split_domain_port, validate_host

BODY_BYTES = 1024 * 1024
QUERY_BYTES = 16 * 1024
QUERY_PARAMETERS = 1000
PATH_BYTES = 4 * 1024
HEADER_BYTES = 32 * 1024
BODY_SECONDS = 30


_served: set[bytes] = set()
"""Host headers that were found to be ours: a program asks thousands of times with the same one."""
_MOST_SERVED = 100


@dataclass(frozen=True)
class Refusal:
    """Why a request is not looked at: the status, a code for programs, and a sentence in both languages."""

    status: int
    code: str
    english: str
    chinese: str


class Refused(Exception):
    """A request is not looked at."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal.english)
        self.refusal = refusal


BAD_HOST = Refusal(400, "host_unknown", "This host name is not served here.", "此处不提供该主机名的服务。")
BAD_REQUEST = Refusal(400, "request_unreadable", "This request cannot be read.", "无法读取该请求。")
SLOW = Refusal(408, "request_timeout", "The request took too long to arrive.", "请求传送超时。")
LARGE_BODY = Refusal(413, "body_too_large", "This is more than can be sent at once.", "一次发送的内容过多。")
LONG_PATH = Refusal(414, "path_too_long", "This address is too long.", "网址过长。")
LARGE_QUERY = Refusal(
    422, "query_too_large", "There is too much after the question mark of this address.", "网址中的参数过多。"
)
LARGE_HEADERS = Refusal(
    431,
    "headers_too_large",
    "Your browser sent too many cookies or headers.",
    "浏览器发送的 Cookie 或标头过多。",
)
BUSY = Refusal(
    503, "busy", "Too many people ask at once. Please try again in a moment.", "访问人数过多，请稍后再试。"
)
MANY_FIELDS = Refusal(422, "invalid_request", "This form has too many fields.", "表单字段过多。")


def check_head(scope: dict[str, Any], hosts: Iterable[str]) -> None:
    """Refuse a request by its first line and headers alone.

    Raises:
        Refused: Something is too large, unreadable, or for a host that is not ours.
    """
    headers = scope["headers"]
    if len(scope.get("raw_path") or b"") > PATH_BYTES:
        raise Refused(LONG_PATH)
    query = scope["query_string"]
    if len(query) > QUERY_BYTES or query.count(b"&") >= QUERY_PARAMETERS:
        raise Refused(LARGE_QUERY)
    if sum(len(name) + len(value) for name, value in headers) > HEADER_BYTES:
        raise Refused(LARGE_HEADERS)
    if not query.isascii():
        raise Refused(BAD_REQUEST)
    _check_host([value for name, value in headers if name == b"host"], hosts)
    lengths = [value for name, value in headers if name == b"content-length"]
    if lengths and (not lengths[0].isdigit() or int(lengths[0][:20]) > BODY_BYTES):
        raise Refused(LARGE_BODY if lengths[0].isdigit() else BAD_REQUEST)


def _check_host(given: list[bytes], hosts: Iterable[str]) -> None:
    if len(given) != 1:
        raise Refused(BAD_HOST)
    if given[0] in _served:
        return
    domain, _ = split_domain_port(given[0].decode("latin-1"))
    if not domain or not validate_host(domain, list(hosts)):
        raise Refused(BAD_HOST)
    if len(_served) < _MOST_SERVED:
        _served.add(given[0])


async def read_body(scope: dict[str, Any], receive: Any) -> bytes | None:
    """Return the whole body, or None when the browser went away; no thread waits while it arrives.

    Raises:
        Refused: It is too large, too slow, or a form of too many fields.
    """
    parts: list[bytes] = []
    size = 0
    try:
        async with asyncio.timeout(BODY_SECONDS):
            while True:
                message = await receive()
                if message["type"] == "http.disconnect":
                    return None
                part = message.get("body", b"")
                size += len(part)
                if size > BODY_BYTES:
                    raise Refused(LARGE_BODY)
                parts.append(part)
                if not message.get("more_body", False):
                    break
    except TimeoutError:
        raise Refused(SLOW) from None
    body = b"".join(parts)
    kind = dict(scope["headers"]).get(b"content-type", b"")
    if kind.startswith(b"application/x-www-form-urlencoded") and body.count(b"&") >= QUERY_PARAMETERS:
        raise Refused(MANY_FIELDS)
    return body
