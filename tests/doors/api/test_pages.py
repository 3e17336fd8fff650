"""The pages about the API: a page for every code, where every problem leads, and a reference without dead links."""

from __future__ import annotations

import re

import pytest
from django.conf import settings
from django.test import Client

from okpay.doors.api.operations import OPERATIONS
from okpay.doors.api.pages.templatetags.developers import said
from okpay.doors.api.problem_words import WORDS
from tests.doors.api.programs import Program


@pytest.fixture
def client() -> Client:
    """Somebody who reads English and has no session."""
    return Client(headers={"host": "localhost", "accept-language": "en"})


@pytest.mark.parametrize("code", WORDS)
def test_every_code_has_a_page(client: Client, code: str) -> None:
    page = client.get(f"/developers/errors/{code}")
    assert page.status_code == 200
    text = page.content.decode()
    words = WORDS[code]
    assert f"<code>{code}</code> · HTTP {words.status}" in text
    assert all(str(said(part)) in text for part in (words.title, words.what, words.money))


@pytest.mark.parametrize("code", ["nothing", "FUNDS_MISSING", "funds_missing/", "%00", "a" * 500])
def test_there_is_no_page_for_a_code_that_does_not_exist(client: Client, code: str) -> None:
    assert client.get(f"/developers/errors/{code}").status_code == 404


def test_a_problem_leads_to_its_page(client: Client, nobody: Program) -> None:
    for path in ("/v1/accounts", "/v1/nothing"):
        kind = nobody.get(path).json["type"]
        assert kind.startswith(settings.ORIGIN)
        assert client.get(kind.removeprefix(settings.ORIGIN)).status_code == 200


def test_the_reference_has_every_operation_and_no_dead_link(client: Client) -> None:
    page = client.get("/developers/reference").content.decode()
    for operation in OPERATIONS:
        assert f'id="{operation.name}"' in page
    anchors = set(re.findall(r'id="([^"]+)"', page))
    assert set(re.findall(r'href="#([^"]+)"', page)) <= anchors
    for address in sorted(set(re.findall(r'href="(/developers[^"#]*)"', page))):
        assert client.get(address).status_code == 200, address


def test_every_operation_named_on_a_page_of_a_code_is_in_the_reference(client: Client) -> None:
    reference = client.get("/developers/reference").content.decode()
    for code in WORDS:
        page = client.get(f"/developers/errors/{code}").content.decode()
        for name in re.findall(r'href="/developers/reference#([^"]+)"', page):
            assert f'id="{name}"' in reference


def test_what_stands_between_backticks_is_code_and_nothing_is_markup() -> None:
    assert said("Send `<b>` & go") == "Send <code>&lt;b&gt;</code> &amp; go"
    assert said("") == ""
