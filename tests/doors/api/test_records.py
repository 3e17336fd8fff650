"""What a program can read of its customer's own."""

from __future__ import annotations

from okpay.base.relay import Relay
from okpay.config.wiring import LISTENERS
from tests.doors.api.conftest import NewProgram
from tests.doors.api.programs import Program
from tests.factories.transfers import new_holder, nobody


def test_health_needs_no_key(nobody: Program) -> None:
    assert nobody.get("/v1/health").json == {"object": "health", "status": "ok"}


def test_accounts_say_what_there_is(program: NewProgram) -> None:
    anna = new_holder(available_minor=100_00, maturing_minor=50_00)
    client = program(anna)
    (account,) = client.get("/v1/accounts").json["data"]
    assert account["available"] == {"amount": 150_00, "currency": "USD"}
    assert account["maturing"]["amount"] == 50_00
    client.send(nobody().address, 20_00)
    again = client.get(f"/v1/accounts/{account['id']}").json
    assert again["held"]["amount"] >= 20_00
    assert again["available"]["amount"] + again["held"]["amount"] == 150_00


def test_the_record_goes_on_where_the_page_ended(program: NewProgram) -> None:
    anna, ben = new_holder(available_minor=100_00), new_holder()
    client = program(anna)
    sent = [client.send(ben.email.address, 1_00 + number).json["id"] for number in range(7)]
    seen, after, pages = [], "", 0
    while True:
        page = client.get(f"/v1/movements?limit=3{after}").json
        seen += [row["id"] for row in page["data"]]
        pages += 1
        if not page["has_more"]:
            assert page["next_cursor"] is None
            break
        after = f"&after={page['next_cursor']}"
    assert seen == sent[::-1]
    assert pages == 3
    # A cursor of somebody else's list leads nowhere but into one's own.
    theirs = client.get("/v1/movements?limit=1").json["next_cursor"]
    assert program(new_holder()).get(f"/v1/movements?after={theirs}").json["data"] == []


def test_the_record_can_be_narrowed(program: NewProgram) -> None:
    anna, ben = new_holder(available_minor=100_00), new_holder(available_minor=100_00)
    client = program(anna)
    out = client.send(ben.email.address, 1_23, note="Dumplings").json
    program(ben).send(anna.email.address, 4_56, note="Noodles")
    everything = client.get("/v1/movements").json["data"]
    assert [(row["direction"], row["change"]["amount"]) for row in everything] == [
        ("in", 4_56),
        ("out", -out["total"]["amount"]),
    ]
    assert [row["note"] for row in client.get("/v1/movements?show=income").json["data"]] == ["Noodles"]
    assert [row["note"] for row in client.get("/v1/movements?search=dumplings").json["data"]] == ["Dumplings"]
    at = everything[1]["recorded_at"].replace("+", "%2B")
    assert client.get(f"/v1/movements?until={at}").json["data"] == []
    assert len(client.get(f"/v1/movements?since={at}").json["data"]) == 2


def test_a_movement_tells_how_it_went(program: NewProgram) -> None:
    anna = new_holder(available_minor=100_00)
    client = program(anna)
    sent = client.send(nobody().address, 10_00).json
    client.post(f"/v1/transfers/{sent['id']}/cancel")
    found = client.get(f"/v1/movements/{sent['id']}").json
    assert [(step["state"], step["whose_turn"]) for step in found["timeline"]] == [
        ("pending", "payee"),
        ("cancelled", None),
    ]


def test_a_receipt_is_a_pdf_in_either_language(program: NewProgram) -> None:
    anna, ben = new_holder(available_minor=100_00), new_holder()
    client = program(anna)
    sent = client.send(ben.email.address, 10_00).json["id"]
    for language in ("en", "zh-Hans"):
        answer = client.get(f"/v1/movements/{sent}/receipt?language={language}")
        assert (answer.status, answer.headers["content-type"]) == (200, "application/pdf")
        assert answer.body.startswith(b"%PDF-")
    assert client.get(f"/v1/movements/{sent}/receipt?language=fr").code == "invalid_request"


def test_limits_say_what_is_left(program: NewProgram) -> None:
    anna, ben = new_holder(available_minor=100_00), new_holder()
    client = program(anna)
    before = client.get("/v1/limits").json
    client.send(ben.email.address, 10_00)
    after = client.get("/v1/limits").json
    assert before["level"] == 1
    pairs = zip(before["data"], after["data"], strict=True)
    used = {
        (b["flow"], b["window"]): a["used"]["amount"] - b["used"]["amount"]
        for b, a in pairs
        if a["used"] != b["used"]
    }
    assert used
    assert {flow for flow, _ in used} == {"send"}
    assert set(used.values()) == {10_00}


def test_events_tell_each_party_what_happened(program: NewProgram) -> None:
    anna, ben = new_holder(available_minor=100_00), new_holder()
    sender, receiver = program(anna), program(ben)
    done = sender.send(ben.email.address, 10_00).json["id"]
    waits = sender.send(nobody().address, 5_00).json["id"]
    sender.post(f"/v1/transfers/{waits}/cancel")
    _relay()
    told = sender.get("/v1/events").json["data"]
    assert [(event["type"], event["data"]["movement"]) for event in told] == [
        ("transfer.cancelled", waits),
        ("transfer.pending", waits),
        ("transfer.completed", done),
    ]
    assert [event["type"] for event in receiver.get("/v1/events").json["data"]] == ["transfer.completed"]
    page = sender.get("/v1/events?limit=2").json
    rest = sender.get(f"/v1/events?limit=2&after={page['next_cursor']}").json
    assert [event["id"] for event in page["data"] + rest["data"]] == [event["id"] for event in told]
    assert not rest["has_more"]


def _relay() -> None:
    # Until nothing is left: events are handed on in rounds.
    relay = Relay(LISTENERS)
    while relay.run_once():
        pass
