"""More than can be done, clients that are slow or go away: nobody else suffers, and nothing is half done."""

from __future__ import annotations

import asyncio
import socket
import threading
import time
import uuid

import pytest

from okpay.base.errors import Unavailable
from okpay.base.loop_batching import LoopBatcher
from okpay.doors.api import records, transfers
from okpay.doors.api.callers import TRUSTED_SECONDS
from okpay.doors.api.readers import THREADS, Readers
from tests.doors.api.conftest import NewProgram
from tests.doors.api.programs import Program, transfer_to
from tests.factories.transfers import new_holder


def test_reports_that_wait_do_not_hold_up_payments(program: NewProgram) -> None:
    anna, ben = new_holder(available_minor=100_00), new_holder()
    client, gate = program(anna), threading.Event()
    client.get("/v1/accounts")

    async def fill() -> list[object]:
        readers = Readers(threads=1, most_waiting=2)
        try:
            waiting = [asyncio.ensure_future(readers.run(gate.wait, 10)) for _ in range(3)]
            await asyncio.sleep(0.1)
            with pytest.raises(Unavailable) as refused:
                await readers.run(gate.wait, 10)
            assert refused.value.code == "overloaded"
            answer = await asyncio.to_thread(client.send, ben.email.address, 10_00)
            assert answer.status == 201
            gate.set()
            return list(await asyncio.gather(*waiting))
        finally:
            await asyncio.to_thread(readers.close)

    assert asyncio.run(fill()) == [True] * 3
    assert ben.available == 10_00


def test_payments_go_on_while_reports_have_all_the_threads(
    program: NewProgram, monkeypatch: pytest.MonkeyPatch
) -> None:
    anna, ben, gate = new_holder(available_minor=100_00), new_holder(), threading.Event()
    client = program(anna)
    client.get("/v1/health")

    def slow(call: object) -> list[object]:
        gate.wait(20)
        return []

    monkeypatch.setattr(records, "_accounts", slow)
    askers = [Program(client.port, client.secret) for _ in range(2 * THREADS)]
    waiting = [
        threading.Thread(target=lambda one=one: (one.get("/v1/accounts"), one.close())) for one in askers
    ]
    for one in waiting:
        one.start()
    try:
        # Longer than a key is trusted without a word from the database.
        time.sleep(TRUSTED_SECONDS + 0.7)
        answer = client.send(ben.email.address, 10_00)
    finally:
        gate.set()
        for one in waiting:
            one.join(20)
    assert answer.status == 201
    assert ben.available == 10_00


def test_a_full_queue_is_told_at_once(program: NewProgram, monkeypatch: pytest.MonkeyPatch) -> None:
    anna, ben = new_holder(available_minor=100_00), new_holder()
    client, key = program(anna), str(uuid.uuid4())
    client.get("/v1/accounts")

    # Nobody works on its queue, in which there is room for one.
    def full() -> LoopBatcher:
        found = LoopBatcher(writers=0, queue_limit=1)
        found.submit(list, "first")
        return found

    monkeypatch.setattr(transfers, "loop_batcher", full)
    answer = client.send(ben.email.address, 10_00, key=key)
    assert (answer.status, answer.code) == (503, "overloaded")
    assert int(answer.headers["retry-after"]) >= 1
    monkeypatch.undo()
    assert ben.available == 0
    assert client.send(ben.email.address, 10_00, key=key).status == 201


def test_who_goes_away_while_waiting_finds_the_answer_under_the_key(program: NewProgram) -> None:
    anna, ben = new_holder(available_minor=100_00), new_holder()
    client, key = program(anna), str(uuid.uuid4())
    client.get("/v1/accounts")
    for _ in range(5):
        with socket.create_connection(("127.0.0.1", client.port)) as connection:
            connection.sendall(_request(client, key, ben.email.address))
    deadline = time.monotonic() + 10
    while ben.available == 0 and time.monotonic() < deadline:
        time.sleep(0.05)
    answer = client.send(ben.email.address, 10_00, key=key)
    assert answer.status == 201
    assert answer.headers["idempotent-replayed"] == "true"
    assert ben.available == 10_00


def test_a_body_that_never_comes_does_nothing(program: NewProgram) -> None:
    anna, ben = new_holder(available_minor=100_00), new_holder()
    client = program(anna)
    client.get("/v1/accounts")
    whole = _request(client, str(uuid.uuid4()), ben.email.address)
    with socket.create_connection(("127.0.0.1", client.port)) as connection:
        connection.sendall(whole[:-20])
        assert client.get("/v1/accounts").status == 200
    time.sleep(0.2)
    assert ben.available == 0


def _request(client: Program, key: str, to: str) -> bytes:
    import json

    body = json.dumps(transfer_to(to, 10_00)).encode()
    head = (
        "POST /v1/transfers HTTP/1.1\r\nhost: localhost\r\n"
        f"authorization: Bearer {client.secret}\r\nidempotency-key: {key}\r\n"
        f"content-type: application/json\r\ncontent-length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


@pytest.mark.parametrize(
    "end",
    [b"zz\r\n", b"fffffffffffffffffff\r\n", b"3\r\nabcXX", b"-1\r\n"],
    ids=["no size", "too large", "no end", "negative"],
)
def test_a_body_that_turns_out_to_be_no_http_is_answered(end: bytes, program: NewProgram) -> None:
    client = program(new_holder(available_minor=100_00))
    client.get("/v1/accounts")
    head = (
        f"POST /v1/transfers HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {client.secret}\r\n"
        "Idempotency-Key: k\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"
    )
    with socket.create_connection(("127.0.0.1", client.port)) as connection:
        connection.settimeout(10)
        connection.sendall(head.encode() + b"1\r\n{\r\n" + end)
        assert connection.recv(65536).startswith(b"HTTP/1.1 400 ")
    assert client.get("/v1/accounts").status == 200
