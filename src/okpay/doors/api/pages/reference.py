"""The OpenAPI document as the reference shows it: operations by subject, and the fields of every shape."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any
from urllib.parse import urlencode

from django.utils.functional import Promise
from django.utils.text import slugify
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from okpay.base.money import LARGEST_MINOR
from okpay.doors.api.openapi import codes_of, document
from okpay.doors.api.operations import OPERATIONS, Operation
from okpay.doors.api.pages import curl
from okpay.doors.api.problem_words import WORDS, by_status

_REF = "#/components/schemas/"
_OTHER_WORDS: Mapping[str, Promise] = {
    # On the pages of the book the same English word is another thing.
    "Accounts": pgettext_lazy("API", "Accounts"),
}
_IN: Mapping[str, Promise] = {"path": _("in the path"), "query": _("in the query"), "header": _("header")}
_EVERY = frozenset.intersection(*(frozenset(codes_of(one)) for one in OPERATIONS if one.scope is not None))
EVERYWHERE = by_status({code: words for code, words in WORDS.items() if code in _EVERY})
"""The codes that every operation with a key may be refused with, by status."""


@dataclass(frozen=True, slots=True)
class Field:
    """A parameter, or a member of a shape."""

    name: str
    kind: str
    """Its type, as programs write types."""
    shape: str
    """The shape that it is made of, or nothing."""
    is_needed: bool
    words: str
    place: Promise | str = ""
    """Where a parameter stands."""


@dataclass(frozen=True, slots=True)
class Shape:
    """A shape of the wire."""

    name: str
    fields: tuple[Field, ...]


@dataclass(frozen=True, slots=True)
class Entry:
    """An operation as the reference shows it."""

    operation: Operation
    parameters: tuple[Field, ...]
    body: tuple[Field, ...]
    answer: Shape | None
    """None: the answer is a file."""
    example: str
    refusals: tuple[tuple[int, tuple[str, ...]], ...]
    """The codes of its own, by status."""


@dataclass(frozen=True, slots=True)
class Group:
    """The operations on one subject."""

    id: str
    title: Promise
    entries: tuple[Entry, ...]


@cache
def groups(origin: str) -> tuple[Group, ...]:
    """Return all operations by subject, in their order."""
    whole = document(origin)
    found: dict[str, list[Entry]] = {}
    for operation in OPERATIONS:
        found.setdefault(operation.tag, []).append(_entry(operation, whole, origin))
    return tuple(
        Group(slugify(tag), _OTHER_WORDS.get(tag, _(tag)), tuple(entries)) for tag, entries in found.items()
    )


@cache
def shapes(origin: str) -> tuple[Shape, ...]:
    """Return all shapes that another one is made of, by name."""
    schemas = document(origin)["components"]["schemas"]
    whole = [Shape(name, _fields(schema)) for name, schema in sorted(schemas.items())]
    inner = {field.shape for shape in whole for field in shape.fields}
    return tuple(shape for shape in whole if shape.name in inner or shape.name == "Problem")


def _entry(operation: Operation, whole: dict[str, Any], origin: str) -> Entry:
    schemas = whole["components"]["schemas"]
    told = whole["paths"][operation.path][operation.method.lower()]
    parameters = told.get("parameters", [])
    codes = {code: WORDS[code] for code in codes_of(operation) if code not in _EVERY}
    answer = None if isinstance(operation.answer, str) else operation.answer.__name__
    return Entry(
        operation=operation,
        parameters=tuple(
            _field(one["name"], {**one["schema"], **one}, is_needed=one["required"], place=_IN[one["in"]])
            for one in parameters
        ),
        body=_fields(schemas[operation.body.__name__], schemas) if operation.body else (),
        answer=Shape(answer, _fields(schemas[answer])) if answer else None,
        example=_example(operation, parameters, origin),
        refusals=tuple((status, tuple(found)) for status, found in by_status(codes).items()),
    )


def _example(operation: Operation, parameters: list[dict[str, Any]], origin: str) -> str:
    url = origin + operation.path
    query = {}
    key = ""
    for one in parameters:
        if one["in"] == "path":
            url = url.replace("{id}", one["example"])
        elif one["in"] == "header":
            key = one["example"]
        elif one["required"]:
            query[one["name"]] = one["example"]
    return curl.command(
        url + (f"?{urlencode(query)}" if query else ""),
        has_key=operation.scope is not None,
        idempotency_key=key,
        body=operation.example,
        into="receipt.pdf" if operation.answer == "application/pdf" else "",
    )


def _fields(schema: dict[str, Any], schemas: Mapping[str, Any] | None = None) -> tuple[Field, ...]:
    """Return the members of a shape; with all schemas, the members of what it is made of stand below it."""
    found: list[Field] = []
    needed = schema.get("required", ())
    for name, told in schema.get("properties", {}).items():
        field = _field(name, told, is_needed=name in needed)
        found.append(field)
        if schemas is not None and field.shape and not field.kind.endswith("[]"):
            found += [
                _field(f"{name}.{inner}", part, is_needed=inner in schemas[field.shape]["required"])
                for inner, part in schemas[field.shape]["properties"].items()
            ]
    return tuple(found)


def _field(name: str, told: dict[str, Any], *, is_needed: bool, place: Promise | str = "") -> Field:
    kind = _kind(told)
    shape = next((part for part in kind.replace("[]", "").split(" | ") if part[:1].isupper()), "")
    return Field(name, kind, shape, is_needed, told.get("description", ""), place)


def _kind(told: Mapping[str, Any]) -> str:
    """Return a schema in one line."""
    if "$ref" in told:
        return str(told["$ref"]).removeprefix(_REF)
    if "anyOf" in told:
        return " | ".join(map(_kind, told["anyOf"]))
    if "enum" in told:
        return " | ".join(json.dumps(value) for value in told["enum"])
    if told.get("type") == "array":
        return f"{_kind(told['items'])}[]"
    kind = str(told.get("type", "object"))
    if "format" in told:
        kind += f" ({told['format']})"
    lowest = told.get("minimum", told.get("minLength"))
    highest = told.get("maximum", told.get("maxLength"))
    if highest is not None and highest != LARGEST_MINOR:
        return f"{kind} {lowest or 0}–{highest}"
    return kind if lowest is None else f"{kind} ≥ {lowest}"
