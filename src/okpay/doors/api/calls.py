"""A request as an operation sees it: read strictly, and refused with the place of what does not fit."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any, TypeVar, cast
from urllib.parse import parse_qsl
from uuid import UUID

import msgspec

from okpay.base.ids import InvalidId, parse_uuid
from okpay.base.strict_json import parse_json
from okpay.doors.api.callers import Caller
from okpay.doors.api.problems import Fault, Problem

T = TypeVar("T")
_KEY = re.compile(rb'"([\x21\x23-\x5b\x5d-\x7e]{1,255})"|([\x21\x23-\x7e]{1,255})')
_AT = re.compile(r"^(?P<what>.*?)(?: - at `\$(?P<where>[^`]*)`)?$", re.DOTALL)
_STEP = re.compile(r"\.([^.\[]+)|\[(\d+|\.\.\.)\]")
_INSTANT = re.compile(r"[0-9]{4}-[0-9]{2}-")
_NUMBER = re.compile(r"-?(0|[1-9][0-9]{0,18})")
_NO_BODY = frozenset({b"", b"{}"})

Headers = Sequence[tuple[bytes, bytes]]


@dataclass(slots=True)
class Call:
    """One request of one caller, before what it brings is read."""

    caller: Caller
    headers: Headers
    body: bytes
    query: bytes
    id: UUID | None
    """The id in the path, where the operation has one."""
    now: datetime


@dataclass(frozen=True, slots=True)
class Reply:
    """What an operation answers: a shape, or bytes of a kind of their own."""

    answer: msgspec.Struct | bytes
    is_replay: bool = False
    """Whether it is the answer of an earlier request with the same key."""
    headers: tuple[tuple[bytes, bytes], ...] = ()


def header(headers: Headers, name: bytes) -> bytes | None:
    """Return the value of a header that may be sent once, or None; what is sent twice counts as not readable.

    Raises: Problem `request_unreadable`.
    """
    found = [value for given, value in headers if given == name]
    if len(found) > 1:
        raise Problem("request_unreadable")
    return found[0] if found else None


def idempotency_key(headers: Headers) -> str:
    """Return the key that the caller gave to a request, bare or as a quoted string.

    Raises: Problem `idempotency_key_missing`, `idempotency_key_invalid`.

    Source: draft-ietf-httpapi-idempotency-key-header-07, section 2.1.
    """
    found = [value for name, value in headers if name == b"idempotency-key"]
    if not found:
        raise Problem("idempotency_key_missing")
    match = _KEY.fullmatch(found[0]) if len(found) == 1 else None
    if match is None:
        raise Problem("idempotency_key_invalid")
    return (match[1] or match[2]).decode("ascii")


def read_body(call: Call, shape: type[T]) -> T:
    """Return the body in its shape.

    Raises: Problem `media_type_unsupported`, `invalid_request` with the place. InvalidJson.
    """
    kind = header(call.headers, b"content-type")
    if kind is None and call.body in _NO_BODY:
        return _fit(parse_json(call.body or b"{}"), shape)
    if kind is None or not _is_json(kind):
        raise Problem("media_type_unsupported")
    return _fit(parse_json(call.body), shape)


def read_query(call: Call, shape: type[T]) -> T:
    """Return the parameters of a query in their shape: each once, and none that is not known.

    Raises: Problem `invalid_request` with the place.
    """
    try:
        pairs = parse_qsl(
            call.query.decode("ascii"),
            keep_blank_values=True,
            strict_parsing=bool(call.query),
            errors="strict",
        )
    except (ValueError, UnicodeDecodeError):
        raise Problem("invalid_request", faults=[Fault("", "The query cannot be read.")]) from None
    values: dict[str, str] = {}
    instants, numbers = _fields_of(cast(Any, shape), "datetime"), _fields_of(cast(Any, shape), "int")
    for name, value in pairs:
        if name in values:
            raise Problem("invalid_request", faults=[Fault(f"?{name[:60]}", "It stands twice.")])
        if "\0" in value:
            raise Problem("invalid_request", faults=[Fault(f"?{name[:60]}", "It has a NUL character.")])
        # Read as loosely as a query must be, a number would be seconds since 1970, and 1e3 a thousand.
        if name in instants and not _INSTANT.match(value):
            raise Problem("invalid_request", faults=[Fault(f"?{name}", "Expected an instant of RFC 3339.")])
        if name in numbers and not _NUMBER.fullmatch(value):
            raise Problem("invalid_request", faults=[Fault(f"?{name}", "Expected a whole number.")])
        values[name] = value
    return _fit(values, shape, lax=True)


def read_id(text: str) -> UUID:
    """Return an id in a path; what is none names nothing.

    Raises: Problem `not_found`.
    """
    try:
        return parse_uuid(text)
    except InvalidId:
        raise Problem("not_found") from None


@cache
def _fields_of(shape: Any, kind: str) -> frozenset[str]:
    """Return the names of a shape whose type is, or may be, of a kind: `datetime`, `int`."""
    found = re.compile(rf"\b{kind}\b")
    return frozenset(field.name for field in msgspec.structs.fields(shape) if found.search(str(field.type)))


def _is_json(kind: bytes) -> bool:
    media, _, parameters = kind.partition(b";")
    if media.strip().lower() != b"application/json":
        return False
    wanted = parameters.replace(b" ", b"").replace(b'"', b"").lower()
    return wanted in (b"", b"charset=utf-8")


def _fit(value: Any, shape: type[T], *, lax: bool = False) -> T:
    try:
        return msgspec.convert(value, shape, strict=not lax)
    except msgspec.ValidationError as error:
        raise Problem("invalid_request", faults=[_fault(str(error), is_query=lax)]) from None


def _fault(message: str, *, is_query: bool) -> Fault:
    match = _AT.match(message)
    assert match is not None
    steps = [name or index for name, index in _STEP.findall(match["where"] or "")]
    escaped = [step.replace("~", "~0").replace("/", "~1")[:60] for step in steps]
    place = "?" + "/".join(escaped) if is_query else "#" + "".join(f"/{step}" for step in escaped)
    return Fault(place, match["what"][:200].replace("`", "'") + ".")
