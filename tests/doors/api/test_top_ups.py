"""Saved cards are charged by programs."""

from __future__ import annotations

import uuid

from tests.doors.api.conftest import NewProgram
from tests.factories.funding import new_card
from tests.factories.transfers import new_holder


def _body(card: str, minor: int) -> dict[str, object]:
    return {"card": card, "amount": {"amount": minor, "currency": "USD"}}


def test_a_card_is_charged_once_for_a_key(program: NewProgram) -> None:
    anna = new_holder()
    card = new_card(anna)
    client, key = program(anna), str(uuid.uuid4())
    (shown,) = client.get("/v1/cards").json["data"]
    assert (shown["id"], shown["last4"]) == (str(card.id), card.last4)
    first = client.post("/v1/top_ups", _body(str(card.id), 20_00), key=key)
    assert (first.status, first.json["state"]) == (201, "processing")
    assert first.json["counterparty"] == card.name
    assert first.json["resolves_at"]
    again = client.post("/v1/top_ups", _body(str(card.id), 20_00), key=key)
    assert again.body == first.body
    assert client.get(f"/v1/top_ups/{first.json['id']}").json == first.json
    assert client.post("/v1/top_ups", _body(str(card.id), 21_00), key=key).code == "key_reused"


def test_somebody_elses_card_is_not_there(program: NewProgram) -> None:
    anna, mallory = new_holder(), new_holder()
    card = new_card(anna)
    for wanted in (str(card.id), str(uuid.uuid4())):
        answer = program(mallory).post("/v1/top_ups", _body(wanted, 20_00))
        assert (answer.status, answer.code) == (422, "card_unknown")
    assert program(mallory).post("/v1/top_ups", _body("x", 20_00)).code == "invalid_request"
