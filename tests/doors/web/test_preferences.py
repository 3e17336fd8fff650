"""The form of language and appearance with what it must not accept."""

from __future__ import annotations

import pytest
from django.test import Client

from okpay.doors.web.views.preferences import own_address

ELSEWHERE = [
    "javascript:alert(1)",
    "JaVaScRiPt:alert(1)",
    "javascript://shop.example/%0aalert(1)",
    "data:text/html,<script>alert(1)</script>",
    "vbscript:msgbox(1)",
    "//evil.example",
    "///evil.example",
    "/\\evil.example",
    "\\\\evil.example",
    "/\t/evil.example",
    "/\n/evil.example",
    "https:evil.example",
    "https://evil.example/",
    "https://localhost@evil.example",
    "https://localhost.evil.example",
    "https://evil.example/localhost",
    "https://localhost%2f@evil.example",
    "http://localhost/",
    "https://lоcalhost/",
    "/%0d%0aSet-Cookie:%20a=b",
    "/fees\r\nSet-Cookie: a=b",
    "/fees\u2028",
    "/" + "a" * 8000,
    "",
    " /fees",
    "fees",
    ".//evil.example",
    "/a//evil",
    "?next=//evil.example",
]
"""Source: the corpus of redirects that other wallets and shops got wrong."""


@pytest.fixture
def client() -> Client:
    """A visitor."""
    return Client(headers={"host": "localhost"})


@pytest.mark.parametrize("address", ELSEWHERE)
def test_nobody_is_sent_elsewhere(client: Client, address: str) -> None:
    answer = client.post("/preferences", {"theme": "dark", "next": address})
    assert answer.status_code == 302
    assert answer.headers["Location"] == "/"


@pytest.mark.parametrize(
    "address",
    ["/", "/fees", "/?x=1", "/?x=//evil", "/book?after=7", "/design?tab=in&x=%2F%2Fevil.example", "/no such"],
)
def test_an_address_of_ours_is_kept(address: str) -> None:
    assert own_address(address) == address


def test_choices_are_kept_in_cookies_that_scripts_cannot_read(client: Client) -> None:
    answer = client.post("/preferences", {"theme": "dark", "language": "zh-hans", "next": "/fees"})
    assert answer.headers["Location"] == "/fees"
    for name, value in (("okpay_theme", "dark"), ("django_language", "zh-hans")):
        cookie = answer.cookies[name]
        assert cookie.value == value
        assert cookie["httponly"]
        assert cookie["samesite"] == "Lax"


@pytest.mark.parametrize(
    "fields",
    [
        {"language": "xx"},
        {"language": "en\r\nSet-Cookie: a=b"},
        {"theme": "<script>"},
        {"theme": ""},
        {"theme": "d" * 1_000_000},
        {"language": ["en\u0000"]},
        {},
    ],
)
def test_what_is_no_choice_changes_nothing(client: Client, fields: dict[str, object]) -> None:
    answer = client.post("/preferences", fields)
    assert answer.status_code == 302
    assert not answer.cookies


def test_a_cookie_of_somebody_elses_making_is_ignored(client: Client) -> None:
    client.cookies["okpay_theme"] = '"><script>'
    client.cookies["django_language"] = "../../etc"
    text = client.get("/").content.decode()
    assert "data-theme" not in text
    assert 'lang="en"' in text


def test_only_a_form_of_this_site_is_taken() -> None:
    answer = Client(enforce_csrf_checks=True, headers={"host": "localhost"}).post(
        "/preferences", {"theme": "dark"}
    )
    assert answer.status_code == 403
    assert "No money was moved." in answer.content.decode()
    assert "okpay_theme" not in answer.cookies


def test_the_form_is_not_an_address_to_visit(client: Client) -> None:
    assert client.get("/preferences").status_code == 405


def test_thousands_of_fields_are_refused(client: Client) -> None:
    answer = client.post("/preferences", {f"field{number}": "x" for number in range(5000)})
    assert answer.status_code == 400
    assert "cannot be read" in answer.content.decode()


def test_a_body_of_ten_megabytes_is_refused(client: Client) -> None:
    body = "next=" + "a" * 10_000_000
    answer = client.post("/preferences", body, content_type="application/x-www-form-urlencoded")
    assert answer.status_code == 400


def test_thousands_of_query_parameters_change_nothing(client: Client) -> None:
    assert client.get("/fees?" + "&".join(f"a{number}=1" for number in range(10_000))).status_code in (
        200,
        400,
    )
