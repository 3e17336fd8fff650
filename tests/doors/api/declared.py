"""Hold what the API answers against what its document declares: status, code, headers, and the shape of the body."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings

from okpay.doors.api.openapi import codes_of, document
from okpay.doors.api.operations import Operation, Routes

_TYPES = {
    "object": dict,
    "array": list,
    "string": str,
    "integer": int,
    "boolean": bool,
    "null": type(None),
}


@cache
def declared() -> dict[str, Any]:
    """Return the document as this installation serves it."""
    return document(settings.ORIGIN)


def assert_declared(method: str, target: str, status: int, headers: Mapping[str, str], body: bytes) -> None:
    """Fail where an answer is none that the document has for its operation."""
    operation = _operation(method, target)
    if operation is None:
        return
    told = declared()["paths"][operation.path][method.lower()]["responses"].get(str(status))
    assert told, f"{operation.name} does not declare {status}: {body[:200]!r}"
    media = headers["content-type"]
    assert media in told["content"], f"{operation.name} declares no {media} for {status}"
    for name in told["headers"]:
        if name not in ("Idempotent-Replayed", "Retry-After"):
            assert name.lower() in headers, f"{operation.name} has no header {name} in its {status}"
    if "json" not in media:
        return
    found = json.loads(body)
    complaints = list(breaches(found, told["content"][media]["schema"]))
    assert not complaints, f"{operation.name}, {status}: {complaints}"
    if media == "application/problem+json":
        assert found["code"] in codes_of(operation), f"{operation.name} does not declare {found['code']}"
        assert f"`{found['code']}`" in told["description"]


def _operation(method: str, target: str) -> Operation | None:
    try:
        found = Routes().find(urlsplit(target).path)
    except ValueError:
        return None
    return found[0].get(method) if found else None


def resolved(schema: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the schema that a reference leads to, or the schema itself."""
    if "$ref" not in schema:
        return schema
    found: Any = declared()
    for step in schema["$ref"].removeprefix("#/").split("/"):
        found = found[step]
    return dict(found)


def breaches(value: Any, schema: Mapping[str, Any], place: str = "#") -> Iterator[str]:
    """Yield where a value is not what a schema says, and where it has what the schema does not name."""
    schema = resolved(schema)
    if "anyOf" in schema:
        if all(list(breaches(value, one, place)) for one in schema["anyOf"]):
            yield f"{place} is none of its kinds: {value!r}"
        return
    if "enum" in schema and value not in schema["enum"]:
        yield f"{place} is {value!r}"
    kind = schema.get("type")
    if kind and (not isinstance(value, _TYPES[kind]) or (kind == "integer" and isinstance(value, bool))):
        yield f"{place} is no {kind}: {value!r}"
        return
    if isinstance(value, dict) and "properties" in schema:
        yield from (f"{place}/{name} is missing" for name in schema.get("required", ()) if name not in value)
        for name, inner in value.items():
            if name in schema["properties"]:
                yield from breaches(inner, schema["properties"][name], f"{place}/{name}")
            elif schema.get("title") != "Problem":
                yield f"{place}/{name} is not declared"
    if isinstance(value, list) and "items" in schema:
        for index, item in enumerate(value):
            yield from breaches(item, schema["items"], f"{place}/{index}")
