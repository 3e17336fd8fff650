"""Money is sent, looked at and taken back by programs."""

from __future__ import annotations

from tests.doors.api.conftest import NewProgram
from tests.factories.transfers import new_holder, nobody


def test_money_is_sent_and_is_there_at_once(program: NewProgram) -> None:
    anna, ben = new_holder(available_minor=100_00), new_holder()
    answer = program(anna).send(ben.email.address, 12_50, note="Lunch")
    assert answer.status == 201
    found = answer.json
    assert (found["object"], found["state"]) == ("transfer", "completed")
    assert found["amount"] == {"amount": 12_50, "currency": "USD"}
    assert found["total"]["amount"] == 12_50 + found["fee"]["amount"]
    assert found["counterparty"] == ben.user.display_name
    assert (found["reason"], found["whose_turn"], found["next_step"], found["resolves_at"]) == (None,) * 4
    assert ben.available == 12_50
    assert program(anna).get(f"/v1/transfers/{found['id']}").json == found


def test_what_cannot_arrive_waits_and_says_so_and_can_be_taken_back(program: NewProgram) -> None:
    anna = new_holder(available_minor=100_00)
    client = program(anna)
    found = client.send(nobody().address, 10_00).json
    assert (found["state"], found["reason"]) == ("pending", "address_not_registered")
    assert found["whose_turn"] == "payee"
    assert found["resolves_at"]
    assert client.get(f"/v1/transfers/{found['id']}").json == found
    cancelled = client.post(f"/v1/transfers/{found['id']}/cancel")
    assert (cancelled.status, cancelled.json["state"]) == (200, "cancelled")
    assert anna.available == 100_00
    again = client.post(f"/v1/transfers/{found['id']}/cancel")
    assert (again.status, again.json["state"]) == (200, "cancelled")
