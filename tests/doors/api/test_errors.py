"""What is not understood, not there, too much or too fast is a problem document, wherever it is found."""

from __future__ import annotations

import socket
import time
from typing import Any

import pytest
from django.conf import settings

from okpay.base.errors import every_code
from okpay.doors.api.application import Api
from okpay.doors.api.openapi import codes_of
from okpay.doors.api.operations import OPERATIONS
from okpay.doors.api.problem_words import WORDS
from tests.doors.api.conftest import NewProgram, served
from tests.doors.api.programs import Program, new_key, transfer_to
from tests.factories.transfers import new_holder


def _is_whole(answer: Any) -> None:
    found = answer.json
    assert answer.headers["content-type"] == "application/problem+json"
    assert found["status"] == answer.status
    assert found["type"].endswith(f"/developers/errors/{found['code']}")
    assert found["title"]
    assert found["detail"]
    text = answer.body.decode()
    for told in ("Traceback", "SELECT", "/src/", "psycopg", "okpay."):
        assert told not in text
    assert answer.headers["x-request-id"]


@pytest.mark.parametrize(
    "path",
    [
        "/v1", "/v1/", "/v1/nothing", "/v1/transfers/", "/v1//transfers", "/v1/Transfers", "/v1/transfers.",
        "/V1/accounts",
        "/v1/%61ccounts", "/v1/accounts/../accounts", "/v1/accounts%2f", "/v1/accounts;x", "/v1/transfers/1/2/3/4",
        "/v1/transfers/{id}", "/v1/accounts/%00", "/v1/movements/1",
        "/v1/transfers/00000000-0000-0000-0000-00000000000g",
    ],
)  # fmt: skip
def test_what_is_not_there(program: NewProgram, path: str) -> None:
    answer = program(new_holder()).get(path)
    assert answer.status == 404
    if path.startswith("/v1"):
        assert answer.code == "not_found"
        _is_whole(answer)


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE", "OPTIONS", "POST"])
def test_a_method_that_is_not_taken(program: NewProgram, method: str) -> None:
    answer = program(new_holder()).ask(method, "/v1/accounts", headers={"x-http-method-override": "GET"})
    assert (answer.status, answer.code) == (405, "method_not_allowed")
    assert answer.headers["allow"] == "GET, HEAD"
    _is_whole(answer)


def test_a_question_about_the_head_alone(program: NewProgram) -> None:
    answer = program(new_holder()).ask("HEAD", "/v1/accounts")
    assert (answer.status, answer.body) == (200, b"")


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        (b"", 400, "json_malformed"),
        (b"{", 400, "json_malformed"),
        (b"\xff\xfe", 400, "json_malformed"),
        (b'{"note":"\\u0000"}', 400, "json_malformed"),
        (b'{"note":"\\ud800"}', 400, "json_malformed"),
        (b'{"a":1,"a":1}', 400, "json_duplicate_key"),
        (b"[]", 422, "invalid_request"),
        (b"1", 422, "invalid_request"),
        (b"null", 422, "invalid_request"),
        (b"{}", 422, "invalid_request"),
        (b"[" * 100 + b"]" * 100, 422, "json_too_deep"),
        (b'{"note":"' + b"a" * 1_000_001 + b'"}', 413, "json_too_large"),
    ],
)
def test_a_body_that_is_none(program: NewProgram, body: bytes, status: int, code: str) -> None:
    client = program(new_holder())
    client.get("/v1/accounts")
    started = time.process_time()
    answer = client.post("/v1/transfers", raw=body)
    assert (answer.status, answer.code) == (status, code)
    assert time.process_time() - started < 1
    _is_whole(answer)


@pytest.mark.parametrize(
    "kind",
    [
        "text/plain",
        "application/x-www-form-urlencoded",
        "application/jsonp",
        "application/json; charset=latin-1",
        "",
    ],
)
def test_a_body_that_is_not_declared_as_json(program: NewProgram, kind: str) -> None:
    anna, ben = new_holder(available_minor=100_00), new_holder()
    answer = program(anna).post(
        "/v1/transfers", transfer_to(ben.email.address, 1), headers={"content-type": kind}
    )
    assert (answer.status, answer.code) == (415, "media_type_unsupported")
    assert ben.available == 0
    _is_whole(answer)


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"level": 3}, "#"),
        ({"customer_id": "x"}, "#"),
        ({"note": 5}, "#/note"),
        ({"note": "a" * 501}, "#/note"),
        ({"note": "a" * 141}, "#/note"),
        ({"note": "a\u202eb"}, "#/note"),
        ({"delay_hours": 3}, "#/delay_hours"),
        ({"delay_hours": -1}, "#/delay_hours"),
        ({"recipient": {"type": "email", "value": "nobody"}}, "#/recipient"),
        ({"recipient": {"type": "phone", "value": "ben@example.com"}}, "#/recipient"),
        ({"recipient": {"type": "user", "value": "ben@example.com"}}, "#/recipient/type"),
        ({"recipient": {"type": "email", "value": "a@x.example,b@y.example"}}, "#/recipient"),
        ({"recipient": {"type": "email", "value": "a@x.example\r\nBcc: b@y.example"}}, "#/recipient"),
        ({"recipient": ["ben@example.com"]}, "#/recipient"),
        ({"recipient": {"type": "email", "value": "ben@example.com", "id": 1}}, "#/recipient"),
        ({"amount": {"amount": 1, "currency": "USD", "balance": 5}}, "#/amount"),
    ],
)
def test_what_does_not_fit_is_told_by_its_place(
    program: NewProgram, change: dict[str, Any], pointer: str
) -> None:
    anna, ben = new_holder(available_minor=100_00), new_holder()
    answer = program(anna).post("/v1/transfers", {**transfer_to(ben.email.address, 1), **change})
    assert answer.status == 422
    assert answer.json["errors"][0]["pointer"] == pointer
    assert answer.json["errors"][0]["detail"]
    assert (anna.available, ben.available) == (100_00, 0)
    _is_whole(answer)


@pytest.mark.parametrize(
    "query",
    [
        "user_id=1", "limit=0", "limit=101", "limit=1.5", "limit=", "limit=1&limit=2", "show=hidden", "show=all'--",
        "sort=amount", "after=x", "after=" + "A" * 31, "after=__________8AAAAAAAAAAAAAAAAAAAAA", "since=yesterday",
        "until=null", "since=null", "after=null", "limit=null", "until=5", "since=1700000000",
        "since=2026-01-01T00:00:00", "search=%00", "search=%ff", "%", "=", "a", "show[$ne]=all",
    ],
)  # fmt: skip
def test_a_query_that_is_none_tells_nothing(program: NewProgram, query: str) -> None:
    answer = program(new_holder()).get(f"/v1/movements?{query}")
    assert answer.status == 422, answer.body
    _is_whole(answer)


def test_a_search_is_never_more_than_a_search(program: NewProgram) -> None:
    client = program(new_holder())
    for text in ("%27%20OR%201%3D1--", "%25", "_", "%27%3B%20DROP%20TABLE%20x", "%F0%9F%98%80", "%5C"):
        answer = client.get(f"/v1/movements?search={text}")
        assert (answer.status, answer.json["data"]) == (200, [])


def test_parameters_that_nobody_reads_are_refused(program: NewProgram) -> None:
    client = program(new_holder())
    for path in ("/v1/accounts?customer_id=1", "/v1/limits?level=3", "/v1/cards?user=1"):
        assert client.get(path).code == "invalid_request"


def test_too_much_in_the_address_or_the_head(program: NewProgram) -> None:
    client = program(new_holder())
    many = "&".join(f"a{n}=1" for n in range(1_500))
    for path, headers, status in (
        (f"/v1/movements?{many}", {}, 422),
        ("/v1/" + "a" * 5_000, {}, 414),
        ("/v1/accounts", {"x-long": "a" * 40_000}, 431),
        ("/v1/accounts", {"host": "evil.example"}, 400),
    ):
        answer = client.get(path, headers=headers)
        assert answer.status == status
        _is_whole(answer)


@pytest.mark.parametrize(
    "head",
    [
        b"content-length: 2\r\ncontent-length: 3\r\n",
        b"content-length: 2\r\ntransfer-encoding: chunked\r\n",
        b"content-length: -1\r\n",
        b"content-length: 1x\r\n",
        b"bad header\r\n",
        b"x: a\rb\r\n",
    ],
)
def test_what_two_programs_could_read_differently_is_refused(api_port: int, head: bytes) -> None:
    with socket.create_connection(("127.0.0.1", api_port), timeout=20) as connection:
        connection.sendall(b"POST /v1/transfers HTTP/1.1\r\nhost: localhost\r\n" + head + b"\r\n{}")
        answer = b""
        while part := connection.recv(65536):
            answer += part
    assert answer.startswith(b"HTTP/1.1 400 "), answer[:200]
    assert b"application/problem+json" in answer
    assert b"connection: close" in answer


def test_a_body_that_is_too_large_is_refused_by_its_head(api_port: int) -> None:
    head = b"POST /v1/transfers HTTP/1.1\r\nhost: localhost\r\ncontent-length: 1100000\r\n\r\n"
    with socket.create_connection(("127.0.0.1", api_port), timeout=20) as connection:
        connection.sendall(head)
        answer = b""
        while part := connection.recv(65536):
            answer += part
    assert answer.startswith(b"HTTP/1.1 413 ")
    assert b'"code":"body_too_large"' in answer


def test_who_asks_too_often_is_told_when_to_come_back() -> None:
    # An application of its own: the address of the tests would have to wait in the others, too.
    with served() as port:
        bad, good = Program(port, "okp_test_" + "a" * 43), Program(port, new_key(new_holder()).secret)
        answers = [bad.get("/v1/accounts") for _ in range(150)]
        assert {answer.status for answer in answers} == {401, 429}
        slow = next(answer for answer in answers if answer.status == 429)
        assert int(slow.headers["retry-after"]) >= 1
        _is_whole(slow)
        # Whoever has a key goes on, from the same address.
        assert good.get("/v1/accounts").status == 200
        bad.close()
        good.close()


def test_a_key_has_as_much_as_the_operator_gives(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings, "API_RATE", 2.0)
    with served() as port:
        client = Program(port, new_key(new_holder()).secret)
        answers = [client.get("/v1/accounts") for _ in range(15)]
        assert [answer.status for answer in answers[:10]] == [200] * 10
        assert answers[0].headers["ratelimit-policy"] == '"default";q=10;w=5'
        assert answers[0].headers["ratelimit"] == '"default";r=9'
        assert answers[-1].code == "rate_limited"
        assert int(answers[-1].headers["retry-after"]) >= 1
        client.close()


def test_each_code_that_a_program_can_meet_has_words() -> None:
    for operation in OPERATIONS:
        for code in codes_of(operation):
            assert WORDS[code].title
            assert WORDS[code].detail


def test_no_code_has_words_in_vain() -> None:
    of_rooms = set(every_code())
    met = {code for operation in OPERATIONS for code in codes_of(operation)}
    unknown = set(WORDS) - of_rooms - met - {"not_found", "method_not_allowed", "internal_error"}
    assert not unknown, f"neither a room nor an operation has these: {sorted(unknown)}"


def test_what_breaks_is_told_without_what_broke(monkeypatch: pytest.MonkeyPatch, program: NewProgram) -> None:
    client = program(new_holder())

    def breaks(*_: object) -> None:
        raise RuntimeError("SELECT secret FROM somewhere")

    monkeypatch.setattr(Api, "_operation", breaks)
    answer = client.get("/v1/accounts")
    assert (answer.status, answer.code) == (500, "internal_error")
    assert answer.json["request_id"] == answer.headers["x-request-id"]
    _is_whole(answer)
