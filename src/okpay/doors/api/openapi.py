"""The OpenAPI document, made from the table of operations and the shapes of the wire.

Source: OpenAPI 3.1.1; the shapes are JSON Schema 2020-12 as msgspec writes it.
"""

from __future__ import annotations

from collections import defaultdict
from typing import Any

import msgspec
from django.utils.translation import gettext_noop as N_  # noqa: N812, what Babel looks for

from okpay.doors.api.operations import EXAMPLE_ID, OPERATIONS, Operation
from okpay.doors.api.problem_words import WORDS
from okpay.identity.records import Scope

VERSION = "1"
_EVERYWHERE = (
    "request_unreadable",
    "host_unknown",
    "request_timeout",
    "body_too_large",
    "path_too_long",
    "query_too_large",
    "headers_too_large",
    "internal_error",
    "busy",
)
_WITH_KEY = (
    "key_missing",
    "key_invalid",
    "scope_missing",
    "invalid_request",
    "rate_limited",
    "overloaded",
    "database_unavailable",
    "shutting_down",
)
_WITH_BODY = (
    "json_malformed",
    "json_duplicate_key",
    "json_too_large",
    "json_too_deep",
    "media_type_unsupported",
    "idempotency_key_missing",
    "idempotency_key_invalid",
)
_SCOPES = {
    Scope.READ: "Read balances, movements, receipts, limits and events.",
    Scope.SEND: "Send money and take it back.",
    Scope.TOP_UP: "Charge saved cards.",
}
_ABOUT = """
Every request but the one for health carries an API key, made on the site under Account centre, API keys:
`Authorization: Bearer okp_test_…`. Amounts are whole minor units. Whatever changes something carries an
`Idempotency-Key` of your own choice: the same key with the same request gets the first answer again, whenever it comes,
and the key never expires. A key of another API key is another key.

Errors are problem details (RFC 9457) with a stable `code`; `type` leads to a page about it. Each answer has an
`X-Request-Id`, which is in the operator's logs.
""".strip()
_PROBLEM = {
    "title": "Problem",
    "description": N_("Why something was not done. More members may follow from the code."),
    "type": "object",
    "properties": {
        "type": {"type": "string", "format": "uri", "description": N_("The page about this code.")},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string", "description": N_("What became of the money, and what to do next.")},
        "code": {"type": "string", "description": N_("Stable: decide by it.")},
        "request_id": {"type": "string", "description": N_("What the operator finds the request by.")},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {
                    "pointer": {
                        "type": "string",
                        "description": N_("Where: a JSON pointer, or ?name in the query."),
                    },
                    "detail": {"type": "string"},
                },
                "required": ["pointer", "detail"],
            },
        },
    },
    "required": ["type", "title", "status", "detail", "code"],
}
_RATE_HEADERS = {
    "RateLimit": {"$ref": "#/components/headers/RateLimit"},
    "RateLimit-Policy": {"$ref": "#/components/headers/RateLimit-Policy"},
}


def document(origin: str) -> dict[str, Any]:
    """Return the document of an installation that is known by an origin."""
    shapes = {part for one in OPERATIONS for part in (one.answer, one.body) if isinstance(part, type)}
    queries = [one.query for one in OPERATIONS if one.query]
    _, schemas = msgspec.json.schema_components(
        sorted(shapes, key=lambda shape: shape.__name__), ref_template="#/components/schemas/{name}"
    )
    (_, parameters) = msgspec.json.schema_components(queries, ref_template="#/components/schemas/{name}")
    schemas["BulkRow"]["properties"]["error"] = {"$ref": "#/components/schemas/Problem"}
    schemas["BulkRow"]["properties"]["transfer"] = {"$ref": "#/components/schemas/Transfer"}
    return {
        "openapi": "3.1.1",
        "info": {
            "title": "OKPay",
            "version": VERSION,
            "summary": "Accounts, transfers, top-ups and records of an OKPay wallet.",
            "description": _ABOUT,
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": origin}],
        "security": [{"apiKey": []}],
        "tags": [{"name": tag} for tag in dict.fromkeys(one.tag for one in OPERATIONS)],
        "paths": _paths(parameters),
        "components": {
            "schemas": {**dict(sorted(schemas.items())), "Problem": _PROBLEM},
            "headers": _headers(),
            "securitySchemes": {
                "apiKey": {
                    "type": "http",
                    "scheme": "bearer",
                    "description": "An API key. Its scopes: "
                    + " ".join(f"`{scope.value}`: {words}" for scope, words in _SCOPES.items()),
                }
            },
        },
    }


def codes_of(operation: Operation) -> list[str]:
    """Return every code that an operation may be refused with, in the order of the table of words."""
    found = {*_EVERYWHERE, *operation.codes}
    if operation.scope is not None:
        found |= {*_WITH_KEY}
    if operation.body is not None:
        found |= {*_WITH_BODY}
    if operation.has_id:
        found |= {"not_found"}
    if operation.body is not None and operation.codes:
        found |= {"amount_out_of_range"}
    return [code for code in WORDS if code in found]


def _headers() -> dict[str, Any]:
    return {
        "X-Request-Id": {
            "description": N_("What the operator finds the request by."),
            "schema": {"type": "string", "format": "uuid"},
        },
        "RateLimit": {
            "description": "`r` is how many requests may follow at once.",
            "schema": {"type": "string"},
            "example": '"default";r=999',
        },
        "RateLimit-Policy": {
            "description": "`q` requests in `w` seconds.",
            "schema": {"type": "string"},
            "example": '"default";q=1000;w=5',
        },
        "Retry-After": {"description": "How many seconds to wait.", "schema": {"type": "integer"}},
        "Idempotent-Replayed": {
            "description": "`true` where this is the answer of an earlier request with the same key.",
            "schema": {"type": "string", "enum": ["true"]},
        },
    }


def _paths(parameters: dict[str, Any]) -> dict[str, Any]:
    paths: dict[str, Any] = defaultdict(dict)
    for operation in OPERATIONS:
        paths[operation.path][operation.method.lower()] = _described(operation, parameters)
    return dict(paths)


def _described(operation: Operation, queries: dict[str, Any]) -> dict[str, Any]:
    described: dict[str, Any] = {
        "operationId": operation.name,
        "tags": [operation.tag],
        "summary": operation.summary,
    }
    if operation.description:
        described["description"] = operation.description
    if operation.scope is None:
        described["security"] = []
    else:
        described["x-scope"] = operation.scope.value
    if parameters := _parameters(operation, queries):
        described["parameters"] = parameters
    if operation.body is not None:
        described["requestBody"] = _request_body(operation)
    described["responses"] = _responses(operation)
    return described


def _parameters(operation: Operation, queries: dict[str, Any]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    if operation.has_id:
        found.append(
            {
                "name": "id",
                "in": "path",
                "required": True,
                "schema": {"type": "string", "format": "uuid"},
                "example": EXAMPLE_ID,
            }
        )
    if operation.is_write:
        found.append(
            {
                "name": "Idempotency-Key",
                "in": "header",
                "required": True,
                "description": N_(
                    "A key of your own, such as a UUID: the same key with the same request is done once."
                ),
                "schema": {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[!#-~]+$"},
                "example": "lunch-0001",
            }
        )
    if operation.query is not None:
        schema = queries[operation.query.__name__]
        for name, shape in schema["properties"].items():
            one = {name_: part for name_, part in shape.items() if name_ not in ("description", "default")}
            alternatives = [part for part in one.get("anyOf", ()) if part != {"type": "null"}]
            if len(alternatives) == 1:
                one = alternatives[0]
            told = shape.get("description") or one.pop("description", "")
            one.pop("description", None)
            if shape.get("default") is not None:
                one["default"] = shape["default"]
            examples = one.pop("examples", ())
            parameter = {
                "name": name,
                "in": "query",
                "required": name in schema.get("required", ()),
                "schema": one,
                **({"description": told} if told else {}),
                **({"example": examples[0]} if examples else {}),
            }
            found.append(parameter)
    return found


def _request_body(operation: Operation) -> dict[str, Any]:
    assert operation.body is not None
    content: dict[str, Any] = {"schema": {"$ref": f"#/components/schemas/{operation.body.__name__}"}}
    if operation.example is not None:
        content["example"] = operation.example
    is_needed = bool(msgspec.structs.fields(operation.body))
    return {"required": is_needed, "content": {"application/json": content}}


def _responses(operation: Operation) -> dict[str, Any]:
    headers: dict[str, Any] = {"X-Request-Id": {"$ref": "#/components/headers/X-Request-Id"}}
    if operation.scope is not None:
        headers |= _RATE_HEADERS
    if operation.is_write:
        headers["Idempotent-Replayed"] = {"$ref": "#/components/headers/Idempotent-Replayed"}
    if isinstance(operation.answer, str):
        content: dict[str, Any] = {operation.answer: {"schema": {"type": "string", "format": "binary"}}}
        told = "The file."
    else:
        content = {
            "application/json": {"schema": {"$ref": f"#/components/schemas/{operation.answer.__name__}"}}
        }
        told = (operation.answer.__doc__ or "").strip().split("\n")[0]
    responses: dict[str, Any] = {
        str(operation.status): {"description": told, "headers": headers, "content": content}
    }
    by_status: dict[int, list[str]] = defaultdict(list)
    for code in codes_of(operation):
        by_status[WORDS[code].status].append(code)
    for status, codes in sorted(by_status.items()):
        responses[str(status)] = _refusals(status, codes)
    return responses


def _refusals(status: int, codes: list[str]) -> dict[str, Any]:
    headers: dict[str, Any] = {"X-Request-Id": {"$ref": "#/components/headers/X-Request-Id"}}
    if status in (429, 503):
        headers["Retry-After"] = {"$ref": "#/components/headers/Retry-After"}
    return {
        "description": "; ".join(f"`{code}`: {WORDS[code].title}" for code in codes),
        "headers": headers,
        "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}},
    }
