"""Logs say what happened and nothing about people."""

from __future__ import annotations

import json
import logging
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from django.db import connections
from django.http import HttpRequest, HttpResponse
from django.urls import path as url
from django.utils.log import configure_logging

from okpay.config import urls
from okpay.config.logs import JsonLines, logging_settings
from okpay.config.tracing import traced
from tests.config.application import LOCALHOST, Answer, ask
from tests.config.corpus import CARDS, CONTROLS, PEOPLE, SECRETS

ENGLISH = (LOCALHOST, (b"accept-language", b"en"))


@pytest.fixture(autouse=True)
def _no_connections_left(monkeypatch: pytest.MonkeyPatch) -> None:
    """The threads of the pages go with each application, and close their connections before."""
    monkeypatch.setitem(connections.settings["default"], "CONN_MAX_AGE", 0)


def line(record: logging.LogRecord) -> dict[str, object]:
    found = json.loads(JsonLines().format(record))
    assert isinstance(found, dict)
    return found


def record(message: str, *arguments: object, **fields: object) -> logging.LogRecord:
    made = logging.LogRecord("okpay", logging.INFO, __file__, 1, message, arguments, None)
    made.__dict__.update(fields)
    return made


class Lines:
    """The log file of the program."""

    def __init__(self, file: Path) -> None:
        self._file = file

    @property
    def text(self) -> str:
        return self._file.read_text(encoding="utf-8")

    def of_request(self, answer: Answer) -> list[dict[str, object]]:
        request = answer.headers[b"x-request-id"].decode()
        return [found for found in map(json.loads, self.text.splitlines()) if found.get("request") == request]


@pytest.fixture
def lines(tmp_path: Path, settings: Any) -> Iterator[Lines]:
    """Log as `./okpay run` does."""
    usual = settings.LOGGING
    settings.LOGGING = logging_settings(str(tmp_path / "okpay.jsonl"))
    configure_logging(settings.LOGGING_CONFIG, settings.LOGGING)
    yield Lines(tmp_path / "okpay.jsonl")
    configure_logging(settings.LOGGING_CONFIG, usual)


def test_a_line_is_one_json_object() -> None:
    text = JsonLines().format(record("two\nlines of %s", "钱", status=200))
    assert "\n" not in text
    assert json.loads(text)["message"] == "two\nlines of 钱"
    assert json.loads(text)["status"] == 200


def test_unknown_fields_are_left_out() -> None:
    assert "phone" not in line(record("request", phone="555-0100"))


def test_the_text_of_an_error_is_left_out() -> None:
    try:
        raise ValueError("Key (email)=(anna@example.com) already exists.")
    except ValueError:
        failed = record("failed")
        failed.exc_info = sys.exc_info()
    text = JsonLines().format(failed)
    assert "anna" not in text
    assert "builtins.ValueError" in text
    assert "test_logs.py" in text


def test_what_asyncio_shows_below_its_first_line_is_left_out() -> None:
    told = record("Task exception was never retrieved\nfuture: <Task exception=ValueError('Anna Smith')>")
    told.name = "asyncio"
    assert line(told)["message"] == "Task exception was never retrieved"


def test_a_message_that_does_not_fit_its_parts_is_a_line_all_the_same(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert "Anna" not in JsonLines().format(record("%s and %s", "Anna Smith"))
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize("place", ["message", "argument", "path", "code"])
def test_nothing_of_the_corpus_gets_into_a_line(place: str) -> None:
    for hidden, secret in [*((card, card) for card in CARDS), *((one, one) for one in PEOPLE), *SECRETS]:
        made = {
            "message": lambda text: record(text.replace("%", "%%")),
            "argument": lambda text: record("refused: %s", text),
            "path": lambda text: record("request", path=text),
            "code": lambda text: record("request", code=text),
        }[place](hidden)
        assert secret not in JsonLines().format(made)


@pytest.mark.parametrize("text", CONTROLS)
def test_what_moves_a_cursor_is_encoded(text: str) -> None:
    written = JsonLines().format(record("%s", text, path=text))
    assert written.isprintable()
    written.encode()
    assert json.loads(written)["message"] == text


@pytest.mark.parametrize("place", ["confirm-email", "recover", "password/reset/key"])
def test_what_a_mailed_link_holds_is_left_out(place: str) -> None:
    path = f"/account/{place}/Mg:1xW2PQ:is899WdWuGYU4im1/"
    text = JsonLines().format(record("Gone: %s", path, path=path))
    assert "1xW2PQ" not in text
    assert f"/account/{place}/…" in text


def test_a_request_is_logged_by_the_pattern_that_it_matched(lines: Lines) -> None:
    answer = ask("/account/recover/1xW2PQis899WdWuGYU4im1", role="web", headers=ENGLISH)
    (access,) = [found for found in lines.of_request(answer) if found["logger"] == "okpay.access"]
    assert access["path"] == "/account/recover/<str:token>"
    assert access["status"] == answer.status
    assert "1xW2PQ" not in lines.text
    ask("/account/confirm-email/Mg:1xW2PQ:is899WdWuGYU4im1/", role="web", headers=ENGLISH)
    assert "/account/confirm-email/<key>/" in lines.text
    assert "1xW2PQ" not in lines.text


def test_every_line_of_a_request_has_its_id(lines: Lines) -> None:
    answer = ask("/no/such/1xW2PQis899WdWuGYU4im1?email=anna@example.com", role="web", headers=ENGLISH)
    assert answer.status == 404
    found = lines.of_request(answer)
    assert {one["logger"] for one in found} == {"django.request", "okpay.access"}
    assert "1xW2PQ" not in lines.text
    assert "anna" not in lines.text


def test_a_page_that_breaks_says_so_under_the_id_of_its_request(lines: Lines, settings: Any) -> None:
    def broken(request: HttpRequest, secret: str) -> HttpResponse:
        raise ValueError(f"Anna Smith knows {secret}")

    addresses: Any = ModuleType("addresses")
    addresses.urlpatterns = [url("broken/<str:secret>", broken), *urls.urlpatterns]
    addresses.handler500 = urls.handler500
    settings.ROOT_URLCONF = addresses
    answer = ask("/broken/swordfish", role="web", headers=ENGLISH)
    assert answer.status == 500
    failed = next(found for found in lines.of_request(answer) if "error" in found)
    assert failed["message"] == "Internal Server Error: /broken/<str:secret>"
    assert "ValueError" in json.dumps(failed["error"])
    assert "swordfish" not in lines.text
    assert "Anna" not in lines.text


def test_a_request_id_is_our_own_and_on_every_answer(lines: Lines) -> None:
    claimed = (b"x-request-id", b"\x1b[31mmine")
    answers = [
        ask("/fees", role="web", headers=(LOCALHOST, claimed)),
        ask("/fees", role="web", headers=((b"host", b"evil.example"),)),  # refused before any page
        ask("/health/live", headers=(claimed,)),
        ask("/live", role="web"),
    ]
    assert [answer.status for answer in answers] == [200, 400, 200, 401]
    ids = [answer.headers[b"x-request-id"] for answer in answers]
    assert len(set(ids)) == len(ids)
    assert not any(b"mine" in found for found in ids)
    for answer in answers:
        assert lines.of_request(answer)


@pytest.mark.parametrize(
    "text", [*CONTROLS[:-1], "'; -- <script>", "4242 4242 4242 4242", "../../etc/passwd"]
)
def test_an_address_that_is_typed_badly_makes_one_plain_line_each(lines: Lines, text: str) -> None:
    answer = ask(f"/{text}", role="web", headers=ENGLISH)
    assert answer.status in (400, 404)
    assert all(written.isprintable() for written in lines.text.splitlines())
    assert len(lines.text.splitlines()) == len(lines.text.split("\n")) - 1
    assert len(lines.of_request(answer)) == len(lines.text.splitlines())
    assert "4242 4242" not in lines.text


def test_outside_a_request_there_is_no_id() -> None:
    assert "request" not in line(record("a round"))
    with traced("/x") as trace:
        assert line(record("a page"))["request"] == trace.id
    assert "request" not in line(record("a round"))
