"""The document: the committed one is the served one, it is sound in itself, and each of its examples works."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode
from uuid import uuid4

import pytest
from django.conf import settings

from okpay.doors.api.__main__ import ORIGIN
from okpay.doors.api.openapi import document
from okpay.doors.api.operations import EXAMPLE_ID, OPERATIONS
from tests.architecture.tree import ROOT
from tests.doors.api.conftest import NewProgram
from tests.doors.api.declared import breaches, declared
from tests.doors.api.programs import Program
from tests.factories.funding import new_card
from tests.factories.transfers import Holder, new_holder, nobody

COMMITTED = ROOT / "docs" / "api" / "openapi.json"
RENEW = "PYTHONPATH=src .okpay/venv/bin/python -m okpay.doors.api > docs/api/openapi.json"
_METHODS = {"get", "post"}


def test_the_committed_document_is_the_served_one(nobody: Program) -> None:
    written = json.dumps(document(ORIGIN), ensure_ascii=False, indent=2) + "\n"
    assert COMMITTED.read_text(encoding="utf-8") == written, f"renew it: {RENEW}"
    answer = nobody.get("/v1/openapi.json")
    assert answer.status == 200
    assert answer.json == document(settings.ORIGIN)


def _parts(value: Any, place: str = "#") -> Iterator[tuple[str, dict[str, Any]]]:
    if isinstance(value, dict):
        yield place, value
        for name, inner in value.items():
            yield from _parts(inner, f"{place}/{name.replace('~', '~0').replace('/', '~1')}")
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from _parts(inner, f"{place}/{index}")


def test_every_reference_leads_somewhere_and_every_shape_is_used() -> None:
    whole = document(ORIGIN)
    places = {place for place, _ in _parts(whole)}
    used = {part["$ref"] for _, part in _parts(whole) if "$ref" in part}
    assert used <= places
    shapes = {f"#/components/schemas/{name}" for name in whole["components"]["schemas"]}
    assert shapes <= used


def test_it_has_the_form_of_openapi() -> None:
    whole = document(ORIGIN)
    assert whole["openapi"] == "3.1.1"
    assert {"title", "version"} <= set(whole["info"])
    operations = [
        (path, method, one) for path, item in whole["paths"].items() for method, one in item.items()
    ]
    names = [one["operationId"] for _, _, one in operations]
    assert len(names) == len(set(names)) == len(OPERATIONS)
    tags = {tag["name"] for tag in whole["tags"]}
    for path, method, one in operations:
        assert path.startswith("/v1/")
        assert method in _METHODS
        assert set(one["tags"]) <= tags
        in_path = {parameter["name"] for parameter in one.get("parameters", ()) if parameter["in"] == "path"}
        assert in_path == set(re.findall(r"\{(\w+)\}", path))
        for parameter in one.get("parameters", ()):
            assert parameter["in"] in ("path", "query", "header")
            assert parameter["required"] or parameter["in"] == "query"
            assert "schema" in parameter
        assert ("requestBody" in one) == (method == "post")
        assert all(re.fullmatch(r"[1-5]\d\d", status) for status in one["responses"])
        assert all(told["description"] and told["content"] for told in one["responses"].values())
        assert sum(status.startswith("2") for status in one["responses"]) == 1
    schemes = set(whole["components"]["securitySchemes"])
    assert all(set(need) <= schemes for _, _, one in operations for need in one.get("security", ()))


def test_examples_fit_their_own_schemas() -> None:
    for _, part in _parts(document(ORIGIN)):
        if "schema" in part and "example" in part:
            assert not list(breaches(part["example"], part["schema"])), part
        for example in part.get("examples", ()) if isinstance(part.get("examples"), list) else ():
            assert not list(breaches(example, {k: v for k, v in part.items() if k != "examples"})), part


@pytest.fixture
def things(program: NewProgram) -> tuple[Program, Holder, dict[str, str], str]:
    """Somebody who has one of everything: the program of theirs, whom it sends to, ids by operation, and a card."""
    anna, ben = new_holder(available_minor=1_000_00), new_holder()
    client = program(anna)
    card = str(new_card(anna).id)
    sent = client.send(ben.email.address, 5_00).json["id"]
    waiting = client.send(nobody().address, 5_00).json["id"]
    top_up = client.post("/v1/top_ups", {"card": card, "amount": {"amount": 20_00, "currency": "USD"}})
    ids = {
        "getAccount": client.get("/v1/accounts").json["data"][0]["id"],
        "getMovement": sent,
        "getReceipt": sent,
        "getTransfer": sent,
        "cancelTransfer": waiting,
        "getTopUp": top_up.json["id"],
    }
    return client, ben, ids, card


@pytest.mark.parametrize("name", [one.name for one in OPERATIONS])
def test_its_example_works(name: str, things: tuple[Program, Holder, dict[str, str], str]) -> None:
    client, ben, ids, card = things
    path, method, told = next(
        (path, method, one)
        for path, item in declared()["paths"].items()
        for method, one in item.items()
        if one["operationId"] == name
    )
    query, key = {}, None
    for parameter in told.get("parameters", ()):
        if parameter["in"] == "path":
            assert parameter["example"] == EXAMPLE_ID
            path = path.replace("{id}", ids[name])
        elif parameter["in"] == "header":
            key = f"{parameter['example']}-{uuid4()}"
        elif parameter["required"]:
            query[parameter["name"]] = parameter["example"]
    content = told.get("requestBody", {}).get("content", {}).get("application/json", {})
    body = None
    if "example" in content:
        text = json.dumps(content["example"])
        body = json.loads(text.replace("ben@example.com", ben.email.address).replace(EXAMPLE_ID, card))
    target = path + (f"?{urlencode(query)}" if query else "")
    answer = client.ask(method.upper(), target, body, key=key)
    wanted = next(status for status in told["responses"] if status.startswith("2"))
    assert str(answer.status) == wanted, answer.body
