"""The SMS gateway, as a client meets it."""

from __future__ import annotations

import http.client
import json
import threading
import time
from pathlib import Path

import pytest

from tests.okpay_sandbox.running import KEY, Answer, Running, running

ANNA = "+15550100"


def test_a_message_is_accepted_delivered_and_found_by_its_reference(sandbox: Running) -> None:
    sent = sandbox.send_sms(ANNA, "OKPay: 602841 is your code. 验证码", "ref-1")
    assert sent.status == 202
    assert sent.headers["content-type"] == "application/json"
    assert sent.json["status"] == "accepted"
    told = {"id": sent.json["id"], "reference": "ref-1", "status": "delivered"}
    assert sandbox.ask_gateway(f"/{sent.json['id']}").json == told
    assert sandbox.ask_gateway("?reference=ref-1").json == told
    (message,) = sandbox.messages(ANNA)
    assert message["text"] == "OKPay: 602841 is your code. 验证码"
    assert message["codes"] == ["602841"]


def test_the_same_reference_sends_once(sandbox: Running) -> None:
    first = sandbox.send_sms(ANNA, "once", "ref-2")
    assert sandbox.send_sms(ANNA, "once", "ref-2").json == first.json
    for other in (sandbox.send_sms(ANNA, "twice", "ref-2"), sandbox.send_sms("+15550101", "once", "ref-2")):
        assert other.status == 409
        assert other.json["error"]["code"] == "reference_reused"
    assert len(sandbox.messages(ANNA)) == 1


def test_the_same_reference_at_the_same_moment_sends_once(sandbox: Running) -> None:
    sandbox.set_switches(sms={"mode": "slow", "seconds": 0.3})
    answers: list[Answer] = []
    clients = [
        threading.Thread(target=lambda: answers.append(sandbox.send_sms(ANNA, "once", "ref-3")))
        for _ in range(8)
    ]
    for client in clients:
        client.start()
    for client in clients:
        client.join()
    assert {answer.status for answer in answers} == {202}
    assert len({answer.json["id"] for answer in answers}) == 1
    assert len(sandbox.messages(ANNA)) == 1


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"not json",
        b"[]",
        b"\xff\xfe",
        b'{"to": "+15550100", "text": "x"}',
        b'{"to": "+15550100", "reference": "r"}',
        b'{"to": 15550100, "text": "x", "reference": "r"}',
        b'{"to": "5550100", "text": "x", "reference": "r"}',
        b'{"to": "+15550100\\n", "text": "x", "reference": "r"}',
        b'{"to": "+15550100\\r\\nBcc: x", "text": "x", "reference": "r"}',
        b'{"to": "+15550100", "text": "", "reference": "r"}',
        b'{"to": "+15550100", "text": "\\ud800", "reference": "r"}',
        b'{"to": "+15550100", "text": null, "reference": "r"}',
        b'{"to": "+15550100", "text": "x", "reference": ""}',
        b'{"to": "+15550100", "text": "x", "reference": "a b"}',
        b'{"to": "+15550100", "text": "x", "reference": "r\\n"}',
        json.dumps({"to": "+15550100", "text": "x" * 1601, "reference": "r"}).encode(),
        json.dumps({"to": "+15550100", "text": "x", "reference": "r" * 101}).encode(),
    ],
)
def test_what_is_malformed_is_answered_with_422(sandbox: Running, body: bytes) -> None:
    answer = sandbox.ask("/sms/v1/messages", "POST", body, Authorization=f"Bearer {KEY}")
    assert answer.status == 422
    assert answer.json["error"]["code"] == "malformed"
    assert answer.json["error"]["message"]
    assert sandbox.messages("+15550100") == []


def test_a_huge_body_is_refused(sandbox: Running) -> None:
    answer = sandbox.ask("/sms/v1/messages", "POST", b"x" * 70_000, Authorization=f"Bearer {KEY}")
    assert answer.status == 413
    assert answer.json["error"]["code"] == "too_large"


@pytest.mark.parametrize("key", ["", "another", KEY + "x", "ключ"])
def test_without_the_key_nothing_is_told(sandbox: Running, key: str) -> None:
    header = f"Bearer {key}".encode().decode("latin-1")
    for path, method in (("", "POST"), ("?reference=x", "GET"), ("/x", "GET")):
        answer = sandbox.ask(f"/sms/v1/messages{path}", method, Authorization=header)
        assert answer.status == 401
        assert answer.headers["www-authenticate"] == "Bearer"
    assert sandbox.ask("/sms/v1/messages", "POST").status == 401


def test_what_nobody_sent_is_not_found(sandbox: Running) -> None:
    for path in ("/nothing", "?reference=nothing"):
        assert sandbox.ask_gateway(path).status == 404
        assert sandbox.ask_gateway(path).json["error"]["code"] == "not_found"
    assert sandbox.ask_gateway("").status == 422
    assert sandbox.ask("/sms/v1/nothing").json["error"]["code"] == "not_found"


def test_a_refused_message_is_answered_with_503_and_noted(sandbox: Running) -> None:
    sandbox.set_switches(sms={"mode": "refuses"})
    refused = sandbox.send_sms(ANNA, "text", "ref-4")
    assert refused.status == 503
    assert refused.headers["retry-after"]
    assert sandbox.ask_gateway("?reference=ref-4").status == 404
    assert ANNA in sandbox.ask("/failures").text
    sandbox.set_switches(sms={"mode": "works"})
    assert sandbox.send_sms(ANNA, "text", "ref-4").status == 202
    assert len(sandbox.messages(ANNA)) == 1


def test_a_lost_message_is_accepted_and_stays_so(sandbox: Running) -> None:
    sandbox.set_switches(sms={"mode": "loses"})
    sent = sandbox.send_sms(ANNA, "text", "ref-5")
    assert sent.status == 202
    assert sandbox.messages(ANNA) == []
    assert sandbox.ask_gateway("?reference=ref-5").json["status"] == "accepted"
    assert ANNA in sandbox.ask("/failures").text
    sandbox.set_switches(sms={"mode": "works"})
    assert sandbox.send_sms(ANNA, "text", "ref-5").json == sent.json
    assert sandbox.messages(ANNA) == []


def test_with_the_answer_lost_the_message_arrives_and_can_be_asked_for(sandbox: Running) -> None:
    sandbox.set_switches(sms={"mode": "answer_lost"})
    for _ in range(2):
        with pytest.raises((http.client.RemoteDisconnected, ConnectionResetError)):
            sandbox.send_sms(ANNA, "text", "ref-6")
    assert len(sandbox.messages(ANNA)) == 1
    found = sandbox.ask_gateway("?reference=ref-6").json
    assert found["status"] == "delivered"
    sandbox.set_switches(sms={"mode": "works"})
    assert sandbox.send_sms(ANNA, "text", "ref-6").json["id"] == found["id"]


def test_a_slow_gateway_waits(sandbox: Running) -> None:
    sandbox.set_switches(sms={"mode": "slow", "seconds": 0.5})
    started = time.monotonic()
    assert sandbox.send_sms(ANNA, "text", "ref-7").status == 202
    assert time.monotonic() - started >= 0.5
    with pytest.raises(TimeoutError):
        sandbox.send_sms(ANNA, "later", "ref-8", timeout=0.1)
    deadline = time.monotonic() + 10
    while len(sandbox.messages(ANNA)) < 2:
        assert time.monotonic() < deadline
        time.sleep(0.05)
    assert sandbox.ask_gateway("?reference=ref-8").json["status"] == "delivered"


def test_references_outlive_a_restart_and_the_clearing_of_the_inbox(tmp_path: Path) -> None:
    with running(tmp_path) as first:
        sent = first.send_sms(ANNA, "once", "ref-9")
        first.ask("/control/v1/messages", "DELETE")
    with running(tmp_path) as second:
        assert second.send_sms(ANNA, "once", "ref-9").json == sent.json
        assert second.send_sms(ANNA, "other", "ref-9").status == 409
        assert second.messages(ANNA) == []
