"""The same key is the same request: done once, and answered the same ever after.

Source: draft-ietf-httpapi-idempotency-key-header-07.
"""

from __future__ import annotations

import threading
import uuid
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.doors.api.conftest import NewProgram
from tests.doors.api.programs import Answer, Program, transfer_to
from tests.factories.transfers import new_holder, nobody

REPLAYED = "idempotent-replayed"


def test_a_key_is_needed_for_whatever_changes_something(program: NewProgram) -> None:
    anna, ben = new_holder(available_minor=100_00), new_holder()
    answer = program(anna).send(ben.email.address, 10_00, key=None)
    assert (answer.status, answer.code) == (400, "idempotency_key_missing")
    assert (anna.available, ben.available) == (100_00, 0)


@pytest.mark.parametrize("key", ["", '""', '"', "a b", "é", "a" * 256, '"abc', 'a"b', "\t"])
def test_a_key_that_cannot_be_taken_is_refused(program: NewProgram, key: str) -> None:
    anna, ben = new_holder(available_minor=100_00), new_holder()
    client = program(anna)
    answer = client.post(
        "/v1/transfers",
        transfer_to(ben.email.address, 10_00),
        key=None,
        headers={"idempotency-key": key.encode("utf-8").decode("latin-1")},
    )
    assert (answer.status, answer.code) == (400, "idempotency_key_invalid")
    assert (anna.available, ben.available) == (100_00, 0)


def test_a_key_that_is_sent_twice_is_refused(program: NewProgram) -> None:
    anna, ben = new_holder(available_minor=100_00), new_holder()
    client = program(anna)
    body = str(transfer_to(ben.email.address, 1)).replace("'", '"').encode()
    answer = _raw(client, [("idempotency-key", "a"), ("idempotency-key", "b")], body)
    assert b" 400 " in answer.split(b"\r\n", 1)[0]
    assert ben.available == 0


def test_the_same_request_again_gets_the_same_answer(program: NewProgram) -> None:
    anna, ben = new_holder(available_minor=100_00), new_holder()
    client, key = program(anna), str(uuid.uuid4())
    first = client.send(ben.email.address, 10_00, key=key)
    again = client.send(ben.email.address, 10_00, key=key)
    quoted = client.send(ben.email.address, 10_00, key=f'"{key}"')
    assert (first.status, again.status, quoted.status) == (201, 201, 201)
    assert first.body == again.body == quoted.body
    assert REPLAYED not in first.headers
    assert again.headers[REPLAYED] == quoted.headers[REPLAYED] == "true"
    assert ben.available == 10_00


def test_what_waited_is_told_as_it_was_then(program: NewProgram) -> None:
    anna = new_holder(available_minor=100_00)
    client, to, key = program(anna), nobody().address, str(uuid.uuid4())
    first = client.send(to, 10_00, key=key, note="See you")
    assert first.json["state"] == "pending"
    client.post(f"/v1/transfers/{first.json['id']}/cancel")
    again = client.send(to, 10_00, key=key, note="See you")
    assert (again.status, again.body) == (201, first.body)
    assert client.get(f"/v1/transfers/{first.json['id']}").json["state"] == "cancelled"


def test_a_refusal_is_an_answer_like_any_other(program: NewProgram) -> None:
    anna, ben = new_holder(available_minor=5_00), new_holder()
    client, key = program(anna), str(uuid.uuid4())
    first = client.send(ben.email.address, 10_00, key=key)
    assert (first.status, first.code) == (422, "funds_missing")
    assert first.json["available_minor"] == 5_00
    again = client.send(ben.email.address, 10_00, key=key)
    assert (again.status, again.code) == (422, "funds_missing")
    assert again.headers[REPLAYED] == "true"
    assert _without_id(first) == _without_id(again)
    assert ben.available == 0


def test_what_could_not_be_read_may_be_sent_again_under_the_same_key(program: NewProgram) -> None:
    anna, ben = new_holder(available_minor=100_00), new_holder()
    client, key = program(anna), str(uuid.uuid4())
    wrong = client.send(ben.email.address, -1, key=key)
    assert (wrong.status, wrong.code) == (422, "invalid_request")
    assert client.send(ben.email.address, 10_00, key=key).status == 201
    assert ben.available == 10_00


def test_another_request_under_the_same_key_does_nothing(program: NewProgram) -> None:
    anna, ben, carla = new_holder(available_minor=100_00), new_holder(), new_holder()
    client, key = program(anna), str(uuid.uuid4())
    first = client.send(ben.email.address, 10_00, key=key)
    for answer in (
        client.send(ben.email.address, 11_00, key=key),
        client.send(carla.email.address, 10_00, key=key),
        client.send(ben.email.address, 10_00, key=key, note="Other"),
        client.post(f"/v1/transfers/{first.json['id']}/cancel", key=key),
        client.post("/v1/bulk_transfers", {"transfers": [transfer_to(ben.email.address, 10_00)]}, key=key),
    ):
        assert (answer.status, answer.code) == (422, "key_reused")
    assert client.send(ben.email.address, 10_00, key=key).body == first.body
    assert (ben.available, carla.available) == (10_00, 0)


def test_the_same_body_written_otherwise_is_the_same_request(program: NewProgram) -> None:
    anna, ben = new_holder(available_minor=100_00), new_holder()
    client, key = program(anna), str(uuid.uuid4())
    first = client.send(ben.email.address, 10_00, key=key)
    spread = (
        f'{{ "note":"", "amount": {{"currency":"USD","amount":1000}},'
        f' "recipient": {{"value":"{ben.email.address}","type":"email"}} }}'
    )
    again = client.post("/v1/transfers", key=key, raw=spread.encode())
    assert again.body == first.body
    assert ben.available == 10_00


def test_a_key_is_the_api_keys_own(program: NewProgram) -> None:
    anna, ben, carla = new_holder(available_minor=100_00), new_holder(available_minor=100_00), new_holder()
    key = str(uuid.uuid4())
    answers = [
        client.send(carla.email.address, 10_00, key=key)
        for client in (program(anna), program(ben), program(anna))
    ]
    assert [answer.status for answer in answers] == [201, 201, 201]
    assert len({answer.json["id"] for answer in answers}) == 3
    assert carla.available == 30_00


def test_a_key_on_a_question_is_ignored(program: NewProgram) -> None:
    anna = new_holder(available_minor=100_00)
    client, key = program(anna), str(uuid.uuid4())
    assert client.get("/v1/accounts", key=key).status == 200
    assert client.get("/v1/limits", key=key).status == 200


def test_fifty_at_once_are_one(program: NewProgram) -> None:
    anna, ben = new_holder(available_minor=100_00), new_holder()
    key, secret = str(uuid.uuid4()), program(anna)
    answers = _together(50, secret, lambda client, _: client.send(ben.email.address, 10_00, key=key))
    assert {answer.status for answer in answers} == {201}
    assert len({answer.body for answer in answers}) == 1
    assert ben.available == 10_00


def test_fifty_at_once_of_everything_there_is_are_one(program: NewProgram) -> None:
    anna, ben = new_holder(available_minor=100_00), new_holder()
    answers = _together(50, program(anna), lambda client, _: client.send(ben.email.address, 100_00))
    assert sorted(answer.status for answer in answers) == [201] + [422] * 49
    assert {answer.code for answer in answers if answer.status == 422} == {"funds_missing"}
    assert (anna.available, ben.available) == (0, 100_00)


def test_twenty_at_once_do_not_exceed_what_may_be_sent(program: NewProgram) -> None:
    anna, ben = new_holder(available_minor=20_000_00), new_holder(level=3)
    client = program(anna)
    left = min(
        limit["left"]["amount"] for limit in client.get("/v1/limits").json["data"] if limit["flow"] == "send"
    )
    answers = _together(20, client, lambda one, _: one.send(ben.email.address, left))
    assert sum(answer.status == 201 for answer in answers) >= 1
    left_of = {
        limit["window"]: limit["left"]["amount"]
        for limit in client.get("/v1/limits").json["data"]
        if limit["flow"] == "send"
    }
    assert all(minor >= 0 for minor in left_of.values())
    assert all(answer.code == "send_limit_reached" for answer in answers if answer.status == 422)


def _together(count: int, program: Program, do: object) -> list[Answer]:
    start = threading.Barrier(count)

    def one(number: int) -> Answer:
        client = Program(program.port, program.secret)
        try:
            start.wait(20)
            answer: Answer = do(client, number)  # type: ignore[operator]
            return answer
        finally:
            client.close()

    with ThreadPoolExecutor(count) as threads:
        return list(threads.map(one, range(count)))


def _without_id(answer: Answer) -> dict[str, object]:
    return {name: value for name, value in answer.json.items() if name != "request_id"}


def _raw(client: Program, headers: list[tuple[str, str]], body: bytes) -> bytes:
    import socket

    lines = [
        "POST /v1/transfers HTTP/1.1",
        "host: localhost",
        f"authorization: Bearer {client.secret}",
        "content-type: application/json",
        f"content-length: {len(body)}",
        "connection: close",
        *(f"{name}: {value}" for name, value in headers),
    ]
    with socket.create_connection(("127.0.0.1", client.port), timeout=20) as connection:
        connection.sendall("\r\n".join(lines).encode() + b"\r\n\r\n" + body)
        found = b""
        while part := connection.recv(65536):
            found += part
    return found
